// Placement files: whatever is read places every expert, and any token finds its copy.
#include "parser.hpp"
#include "traffic/placement/placement.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moemark;
  ExpertSlots slots;
  if (!fuzz::accepted(
          [&] { slots = parse_placement_file(fuzz::origin, fuzz::text_of(data, size)); })) {
    return 0;
  }
  fuzz::require(slots.experts() > 0 && slots.slots() >= slots.experts(), "every expert has a slot");
  for (int expert = 0; expert < slots.experts(); ++expert) {
    for (const std::int32_t slot : slots.slots_of(expert)) {
      fuzz::require(slots.expert_of(slot) == expert, "a copy is of its expert");
    }
    fuzz::require(slots.expert_of(slots.slot_for(expert, 3, 5)) == expert, "a token finds a copy");
  }
  fuzz::require(
      ExpertSlots({slots.expert_of_each().begin(), slots.expert_of_each().end()}) == slots,
      "slots come back as they were");
  return 0;
}
