// From a --placement spec to slots.
#include "traffic/placement/placement.hpp"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "model/errors.hpp"
#include "routing/philox.hpp"
#include "traffic/placement/eplb.hpp"

namespace moemark {
namespace {

constexpr std::string_view file_prefix = "file:";

std::vector<std::int32_t> in_order(int experts) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(experts));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

std::vector<std::int32_t> strided(int experts, int ranks) {
  std::vector<std::int32_t> order;
  for (int rank = 0; rank < ranks; ++rank) {
    for (int expert = rank; expert < experts; expert += ranks) order.push_back(expert);
  }
  return order;
}

std::vector<std::int32_t> shuffled(int experts, std::uint64_t seed) {
  std::vector<std::int32_t> order = in_order(experts);
  RandomWords words(seed, RandomStream::placement, 0, 0, 0);
  std::uint32_t index = 0;
  for (std::size_t left = order.size(); left > 1; --left) {
    const std::uint32_t other = words.bounded(index++, static_cast<std::uint32_t>(left));
    std::swap(order[left - 1], order[other]);
  }
  return order;
}

void require_even(int slots, const PlacementShape& shape, std::string_view what) {
  if (slots % shape.ranks == 0) return;
  throw CaseSkipped(
      fmt::format("{} make {} slots, which {} ranks do not divide", what, slots, shape.ranks));
}

std::vector<std::int32_t> planned(PlacementKind kind, const PlacementShape& shape,
                                  std::span<const double> weights) {
  const int slots = shape.experts + shape.replicas;
  require_even(slots, shape,
               fmt::format("{} experts and {} replicas", shape.experts, shape.replicas));
  const EplbShape eplb{slots, shape.ranks, shape.nodes, shape.groups};
  const bool by_node = kind == PlacementKind::eplb_hier && shape.groups % shape.nodes == 0 &&
                       shape.ranks % shape.nodes == 0 && shape.experts % shape.groups == 0;
  return by_node ? eplb_hierarchical(weights, eplb) : eplb_global(weights, eplb);
}

const ExpertSlots& read_before(const Placement& placement, const PlacementShape& shape) {
  if (!placement.in_file) throw std::logic_error("place_experts: a file that was not read");
  const ExpertSlots& slots = *placement.in_file;
  if (slots.experts() != shape.experts) {
    throw CaseSkipped(fmt::format("the file places {} experts, this model has {}", slots.experts(),
                                  shape.experts));
  }
  require_even(slots.slots(), shape, "the numbers of the file");
  return slots;
}

}  // namespace

std::string Placement::path() const {
  return text.substr(file_prefix.size());
}

Placement parse_placement(const std::string& text) {
  constexpr std::pair<std::string_view, PlacementKind> names[] = {
      {"contiguous", PlacementKind::contiguous}, {"strided", PlacementKind::strided},
      {"random", PlacementKind::random},         {"eplb-global", PlacementKind::eplb_global},
      {"eplb-hier", PlacementKind::eplb_hier},
  };
  for (const auto& [name, kind] : names) {
    if (text == name) return {kind, text};
  }
  if (text.starts_with(file_prefix) && text.size() > file_prefix.size()) {
    return {PlacementKind::file, text};
  }
  throw UsageError(fmt::format(
      "--placement: '{}' is not allowed; allowed: contiguous, strided, random, eplb-global, "
      "eplb-hier, file:PATH",
      text));
}

ExpertSlots place_experts(const Placement& placement, const PlacementShape& shape,
                          std::span<const double> weights, std::uint64_t seed) {
  switch (placement.kind) {
    case PlacementKind::strided:
      return ExpertSlots(strided(shape.experts, shape.ranks));
    case PlacementKind::random:
      return ExpertSlots(shuffled(shape.experts, seed));
    case PlacementKind::eplb_global:
    case PlacementKind::eplb_hier:
      return ExpertSlots(planned(placement.kind, shape, weights));
    case PlacementKind::file:
      return read_before(placement, shape);
    default:
      return ExpertSlots::identity(shape.experts);
  }
}

}  // namespace moemark
