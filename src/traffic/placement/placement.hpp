// The --placement specs: how the logical experts of a model are laid out over the slots of an EP
// group.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "traffic/placement/expert_slots.hpp"

namespace moemark {

enum class PlacementKind : std::uint8_t {
  contiguous,
  strided,
  random,
  eplb_global,
  eplb_hier,
  file
};

struct Placement {
  PlacementKind kind = PlacementKind::contiguous;
  std::string text = "contiguous";          // as given
  std::optional<ExpertSlots> in_file = {};  // of `file`, once it is read

  // Made for a load, and free to copy experts.
  [[nodiscard]] bool is_planned() const {
    return kind == PlacementKind::eplb_global || kind == PlacementKind::eplb_hier;
  }
  // Of `file:PATH`.
  [[nodiscard]] std::string path() const;
};

// Parses `contiguous`, `strided`, `random`, `eplb-global`, `eplb-hier` or `file:PATH` (which is not
// read here). Throws UsageError naming --placement, the value and what is allowed.
Placement parse_placement(const std::string& text);

// Reads a placement file: a JSON list of whole numbers, the logical expert of each physical slot in
// rank order. Throws UsageError, one sentence beginning with `origin` (flag and file), that names
// the byte (from 0) where something else stands, or the expert of 0 .. the largest that has no
// slot.
ExpertSlots parse_placement_file(std::string_view origin, std::string_view text);

// What experts are placed on.
struct PlacementShape {
  int experts = 0;
  int replicas = 0;  // slots beyond one of each expert, of planned placements
  int ranks = 1;     // of the EP group
  int nodes = 1;     // of its ranks
  int groups = 1;    // of the model's experts
};

// The slots of a placement: `contiguous` by id, `strided` expert e on rank e mod ranks, `random` a
// Fisher-Yates shuffle (word i of the stream `placement` swaps place E-1-i with place
// bounded(E-i)), planned ones by EPLB for the loads `weights` [experts] (of eplb-hier: global
// unless nodes divide groups and ranks, and groups the experts), `file` as read. Throws CaseSkipped
// when ranks do not divide the slots of a planned placement or a file, or the file holds other
// experts.
ExpertSlots place_experts(const Placement& placement, const PlacementShape& shape,
                          std::span<const double> weights, std::uint64_t seed);

}  // namespace moemark
