// Which back end a binary is of, chosen when it is linked.
#pragma once

#include <string_view>

namespace moemark::comm {

// `mpi` or `nccl`: the CSV column `backend`.
std::string_view backend_name();

}  // namespace moemark::comm
