// Turning MPI error codes into one exception type, and the handle behind a Communicator.
#include "comm/mpi/check.hpp"

#include <fmt/format.h>

#include <array>

namespace moemark::comm {

void throw_mpi_error(int code, std::source_location where) {
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw MpiError(fmt::format("MPI: {} ({}:{})", text.data(), where.file_name(), where.line()));
}

Communicator::Handle::~Handle() {
  // A destructor cannot report: an error here leaves a communicator that finalize will free.
  if (comm != MPI_COMM_NULL && comm != MPI_COMM_WORLD) MPI_Comm_free(&comm);
}

}  // namespace moemark::comm
