// Turning MPI error codes into one exception type, and the handle behind a Communicator.
#pragma once

#include <mpi.h>

#include <atomic>
#include <memory>
#include <source_location>
#include <stdexcept>
#include <utility>

#include "comm/communicator.hpp"

namespace moemark::comm {

struct MpiError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws MpiError with MPI's own text and the calling place when `code` is not MPI_SUCCESS.
[[noreturn]] void throw_mpi_error(int code, std::source_location where);
inline void check(int code, std::source_location where = std::source_location::current()) {
  if (code != MPI_SUCCESS) throw_mpi_error(code, where);
}

struct Communicator::Handle {
  explicit Handle(MPI_Comm communicator,
                  std::shared_ptr<std::atomic<bool>> shared = std::make_shared<std::atomic<bool>>())
      : comm(communicator), given_up(std::move(shared)) {}
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  MPI_Comm comm;
  std::shared_ptr<std::atomic<bool>> given_up;  // the same for all that are split from one
};

}  // namespace moemark::comm
