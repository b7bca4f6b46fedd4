// A window among the ranks of each host of a job.
#include "measure/host_window.hpp"

#include <algorithm>

#include "device/buffer.hpp"
#include "model/errors.hpp"

namespace moemark::measure {

HostWindow::HostWindow(const comm::Communicator& world, const comm::Transport& transport,
                       std::size_t bytes, std::size_t least_bytes)
    : hosts_(world.host_of_rank()), my_host_(host_of(world.rank())), place_(hosts_.size()) {
  std::vector<int> ranks_on(hosts_.size(), 0);
  for (std::size_t rank = 0; rank < hosts_.size(); ++rank) {
    place_[rank] = ranks_on[static_cast<std::size_t>(hosts_[rank])]++;
  }
  const comm::Transport host = transport.split(my_host_, world.rank());
  while (!window_ && bytes >= least_bytes) {
    try {
      window_ = std::make_unique<comm::SharedWindow>(host.window(std::span(&bytes, 1)));
    } catch (const CaseSkipped&) {
      bytes /= 2;
    }
  }
  const auto all = world.all_gather_value(window_ ? bytes : 0);
  bytes_ = *std::ranges::min_element(all);
}

void HostWindow::touch(device::Stream& stream) {
  constexpr std::size_t page_bytes = 4096;
  for (int rank = 0; rank < static_cast<int>(hosts_.size()) && bytes_ > 0; ++rank) {
    if (host_of(rank) != my_host_) continue;
    for (std::size_t at = 0; at < bytes_; at += page_bytes) {
      device::fill_bytes(stream, part(rank).subspan(at, 1), std::byte{1});
    }
  }
}

}  // namespace moemark::measure
