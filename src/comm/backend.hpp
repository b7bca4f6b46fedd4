// Which back end a binary is of, chosen when it is linked.
#pragma once

#include <string_view>

namespace moemark::comm {

// `mpi` or `nccl`: the CSV column `backend`.
std::string_view backend_name();

// Whether a wait for the data plane ends soon after Communicator::give_up(); what waits inside MPI
// does not.
bool waits_can_end();

}  // namespace moemark::comm
