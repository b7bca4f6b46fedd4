// Samples a group of rows beside the raw library reference and completes them.
#pragma once

#include <optional>
#include <vector>

#include "bench/common/launch/launch.hpp"
#include "bench/common/rows/case_rows.hpp"
#include "measure/sampler.hpp"

namespace moemark::bench {

struct Slot {
  Row row;
  measure::Participant participant;
};

// Collective. Times all slots together, fills in and emits the rows (reference first), and returns
// the completed records in that order.
std::vector<report::Record> sample_group(Launch& launch, std::optional<Slot> reference,
                                         std::vector<Slot> slots);

}  // namespace moemark::bench
