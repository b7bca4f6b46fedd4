// Turning NCCL result codes into one exception type.
#pragma once

#include <nccl.h>

#include <source_location>
#include <stdexcept>

namespace moemark::comm {

struct NcclError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws NcclError with NCCL's own text, its last message and the calling place when `result` is
// not ncclSuccess. `communicator` may be null: the last message is then any communicator's.
[[noreturn]] void throw_nccl_error(ncclResult_t result, ncclComm_t communicator,
                                   std::source_location where);

inline void check(ncclResult_t result, ncclComm_t communicator = nullptr,
                  std::source_location where = std::source_location::current()) {
  if (result != ncclSuccess) throw_nccl_error(result, communicator, where);
}

}  // namespace moemark::comm
