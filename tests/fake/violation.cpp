// What the fakes do about a mistake.
#include "fake/violation.hpp"

#include <mpi.h>

#include <cstdio>
#include <cstdlib>

namespace fake {

void violation(const std::string& sentence) {
  int started = 0;
  int rank = 0;
  MPI_Initialized(&started);
  if (started != 0) MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  std::fprintf(stderr, "fake GPU of rank %d: %s\n", rank, sentence.c_str());
  std::fflush(stderr);
  if (started != 0) MPI_Abort(MPI_COMM_WORLD, violation_exit_code);
  std::_Exit(violation_exit_code);
}

int setting(const char* name, int otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

}  // namespace fake
