// Starting and ending MPI.
#include <sched.h>

#include <array>
#include <cstdlib>
#include <string>

#include "comm/communicator.hpp"
#include "comm/mpi/check.hpp"

namespace moemark::comm {
namespace {

int environment_number(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::atoi(text);
}

// Spinning ranks starve each other when they share cores: 8 us become 4-8 ms. Open MPI reads this
// parameter at MPI_Init only; a value that the user has set stays.
void yield_when_oversubscribed() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (sched_getaffinity(0, sizeof usable, &usable) != 0) return;
  const int local_ranks = environment_number("OMPI_COMM_WORLD_LOCAL_SIZE");
  if (local_ranks > CPU_COUNT(&usable)) setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
}

}  // namespace

Session::Session(int* argc, char*** argv) {
  yield_when_oversubscribed();
  int provided = 0;
  check(MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided));
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
