// The one place that knows which instruction set is in use.
#pragma once

#include <span>
#include <string_view>

#include "kernels/host/kernel_table.hpp"

namespace moemark::kernels {

// All that this binary was compiled for, best first; `portable`, the last, runs everywhere.
std::span<const InstructionSet> compiled_instruction_sets();

// The best that runs here, or the one that the environment variable MOEMARK_ISA names (v4, v3, v2,
// portable). Throws UsageError when that is unknown or does not run here.
const InstructionSet& active_instruction_set();
inline const KernelTable& active_kernels() {
  return *active_instruction_set().table;
}

// For tests: the active one from now on, by short name; errors as above. Packed weights are only
// valid under the instruction set that packed them. Not while other threads run kernels.
void use_instruction_set(std::string_view short_name);

}  // namespace moemark::kernels
