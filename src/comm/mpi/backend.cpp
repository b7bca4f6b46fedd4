// The name of this back end.
#include "comm/backend.hpp"

namespace moemark::comm {

std::string_view backend_name() {
  return "mpi";
}

bool waits_can_end() {
  return false;
}

}  // namespace moemark::comm
