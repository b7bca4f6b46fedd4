// Starting and ending MPI.
#include <array>
#include <cstdlib>
#include <string>

#include "comm/communicator.hpp"
#include "comm/mpi/check.hpp"
#include "device/cores.hpp"

namespace moemark::comm {
namespace {

int environment_number(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::atoi(text);
}

// Spinning ranks starve each other when they share cores: 8 us become 4-8 ms. Open MPI reads this
// parameter at MPI_Init only; a value that the user has set stays.
void yield_when_oversubscribed() {
  const int usable = device::job_cores().count();
  const int local_ranks = environment_number("OMPI_COMM_WORLD_LOCAL_SIZE");
  if (usable > 0 && local_ranks > usable) setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
}

}  // namespace

Session::Session(int* argc, char*** argv) {
  yield_when_oversubscribed();
  // MPI_THREAD_SINGLE on purpose: one level more and Open MPI 4.1 takes its locks, which nearly
  // doubles the time of messages of 1 KiB.
  check(MPI_Init(argc, argv));
  check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
}

Session::~Session() {
  MPI_Finalize();
}

std::string Session::library_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  check(MPI_Get_library_version(text.data(), &length));
  const std::string all(text.data(), static_cast<std::size_t>(length));
  return all.substr(0, all.find_first_of(",\n"));
}

void Session::abort(int exit_code) {
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::_Exit(exit_code);
}

}  // namespace moemark::comm
