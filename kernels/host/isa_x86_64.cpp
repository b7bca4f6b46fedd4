// The instruction sets of an x86-64 binary: one that runs on every CPU since the v2 level.
#include "kernels/host/isa.hpp"

namespace moemark::kernels {

namespace v4 {
extern const KernelTable table;
}
namespace v3 {
extern const KernelTable table;
}
namespace v2 {
extern const KernelTable table;
}
namespace portable {
extern const KernelTable table;
}

std::span<const InstructionSet> compiled_instruction_sets() {
  static const InstructionSet sets[] = {
      {"x86-64-v4", "v4", __builtin_cpu_supports("x86-64-v4") != 0, &v4::table},
      {"x86-64-v3", "v3", __builtin_cpu_supports("x86-64-v3") != 0, &v3::table},
      {"x86-64-v2", "v2", __builtin_cpu_supports("x86-64-v2") != 0, &v2::table},
      {"portable", "portable", true, &portable::table},
  };
  return sets;
}

}  // namespace moemark::kernels
