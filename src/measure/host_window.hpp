// A window among the ranks of each host of a job, addressed by rank of the job.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "comm/transport.hpp"

namespace moemark::measure {

class HostWindow {
 public:
  // Collective. `bytes` a rank; a host whose shared memory is small gets smaller windows, below
  // `least_bytes` none.
  HostWindow(const comm::Communicator& world, const comm::Transport& transport, std::size_t bytes,
             std::size_t least_bytes);

  // The smallest over all ranks; 0: some host has no window.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] bool reaches(int from, int to) const { return host_of(from) == host_of(to); }
  // Of a rank on this host.
  [[nodiscard]] std::span<std::byte> part(int rank) const {
    return window_->part(place_[static_cast<std::size_t>(rank)], /*section=*/0);
  }
  // Of the ranks of this host: what was stored before it may be read.
  void barrier(device::Stream& stream) { window_->barrier(stream); }
  // Stores to every page within reach, because the first access of a process to it is slow.
  void touch(device::Stream& stream);

 private:
  [[nodiscard]] int host_of(int rank) const { return hosts_[static_cast<std::size_t>(rank)]; }

  std::vector<int> hosts_;  // [ranks]
  int my_host_;
  std::vector<int> place_;  // of each rank on its host
  std::unique_ptr<comm::SharedWindow> window_;
  std::size_t bytes_ = 0;
};

}  // namespace moemark::measure
