// The part of the environment that may change a result and may be written down: an allow-list.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace moemark::report {

// Whether run.json may name this variable: settings of Open MPI, PMIx, UCX, NCCL, CUDA and OpenMP,
// but not what mpirun tells a process about itself (ranks, addresses, session folders).
bool is_recorded_variable(std::string_view name);

// The recorded variables of this process. Never the whole environment: it may hold secrets.
std::map<std::string, std::string> recorded_environment();

}  // namespace moemark::report
