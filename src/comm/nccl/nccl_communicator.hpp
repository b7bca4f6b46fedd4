// Owns an NCCL communicator: bootstrapped over the control plane, split from a parent, watched
// while the host waits for its work, finalised or aborted at the end.
#pragma once

#include <nccl.h>

#include <memory>
#include <optional>
#include <string>

#include "comm/communicator.hpp"
#include "comm/nccl/check.hpp"
#include "device/cuda/native.hpp"

namespace moemark::comm {

class NcclCommunicator final : public device::WaitObserver {
 public:
  // Collective over `control`. Throws DeviceAbsent on every rank where the NCCL that is loaded is
  // older than 2.19, NcclError where it cannot begin.
  static std::shared_ptr<NcclCommunicator> among(const Communicator& control);

  // Collective over the parent, which lives as long as the part: NCCL wants children gone first.
  // `control` are the ranks of the part.
  static std::shared_ptr<NcclCommunicator> part_of(std::shared_ptr<NcclCommunicator> parent,
                                                   const Communicator& control, int color, int key);

  NcclCommunicator(ncclComm_t handle, Communicator control,
                   std::shared_ptr<NcclCommunicator> parent);
  ~NcclCommunicator() override;

  [[nodiscard]] ncclComm_t get() const { return handle_; }

  // NCCL reports the loss of a peer here and nowhere else; MPI moves its own messages only when it
  // is called. Aborts before it throws: freeing memory would wait for the kernels that are stuck.
  void while_waiting() override;

 private:
  [[nodiscard]] std::optional<std::string> failure() const;
  void abort();

  std::shared_ptr<NcclCommunicator> parent_;
  Communicator control_;
  ncclComm_t handle_;
  int exceptions_ = 0;  // in flight when this was made
};

// A group of NCCL calls that is launched as one operation: the only way in which both sides of a
// pair, or several pairs, do not wait for each other.
class NcclGroup {
 public:
  NcclGroup() { check(ncclGroupStart()); }
  ~NcclGroup() {
    // Left by an exception: NCCL counts the depth a thread, and would never launch again.
    if (open_) static_cast<void>(ncclGroupEnd());
  }
  NcclGroup(const NcclGroup&) = delete;
  NcclGroup& operator=(const NcclGroup&) = delete;

  void launch(ncclComm_t communicator) {
    open_ = false;
    check(ncclGroupEnd(), communicator);
  }

 private:
  bool open_ = true;
};

}  // namespace moemark::comm
