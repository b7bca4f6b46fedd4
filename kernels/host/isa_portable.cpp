// The only instruction set of a binary for anything but x86-64: the compiler's default.
#include "kernels/host/isa.hpp"

namespace moemark::kernels {

namespace portable {
extern const KernelTable table;
}

std::span<const InstructionSet> compiled_instruction_sets() {
  static const InstructionSet sets[] = {{"portable", "portable", true, &portable::table}};
  return sets;
}

}  // namespace moemark::kernels
