// Chooses the instruction set once, at the first call of any kernel.
#include "kernels/isa.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "kernels/host/isa.hpp"
#include "model/errors.hpp"

namespace moemark::kernels {
namespace {

const InstructionSet& find_runnable(std::string_view short_name) {
  std::string runnable;
  for (const InstructionSet& set : compiled_instruction_sets()) {
    if (!set.runs_here) continue;
    if (set.short_name == short_name) return set;
    runnable += fmt::format("{}{}", runnable.empty() ? "" : ", ", set.short_name);
  }
  throw UsageError(
      fmt::format("MOEMARK_ISA={}: this machine runs one of {}", short_name, runnable));
}

const InstructionSet& choose() {
  const char* const wanted = std::getenv("MOEMARK_ISA");
  if (wanted != nullptr && *wanted != '\0') return find_runnable(wanted);
  for (const InstructionSet& set : compiled_instruction_sets()) {
    if (set.runs_here) return set;
  }
  return compiled_instruction_sets().back();
}

const InstructionSet*& active() {
  static const InstructionSet* chosen = &choose();
  return chosen;
}

}  // namespace

const InstructionSet& active_instruction_set() {
  return *active();
}

void use_instruction_set(std::string_view short_name) {
  active() = &find_runnable(short_name);
}

std::string_view isa_name() {
  return active_instruction_set().name;
}

}  // namespace moemark::kernels
