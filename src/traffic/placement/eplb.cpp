// EPLB in three steps.
#include "traffic/placement/eplb.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <stdexcept>

namespace moemark {
namespace {

std::size_t to_size(int value) {
  return static_cast<std::size_t>(value);
}

void require_divides(int divisor, int number, const char* what) {
  if (divisor < 1 || number % divisor != 0) {
    throw std::invalid_argument(
        fmt::format("EPLB: {} do not divide: {} by {}", what, number, divisor));
  }
}

// Sums of `count` equal blocks.
std::vector<double> block_sums(std::span<const double> weights, int count) {
  const std::size_t size = weights.size() / to_size(count);
  std::vector<double> sums;
  for (int block = 0; block < count; ++block) {
    const auto part = weights.subspan(to_size(block) * size, size);
    sums.push_back(std::accumulate(part.begin(), part.end(), 0.0));
  }
  return sums;
}

// Experts in the order of the nodes that their groups were packed onto.
std::vector<std::int32_t> experts_by_node(std::span<const double> weights, const EplbShape& shape) {
  const Packing packing = pack_evenly(block_sums(weights, shape.groups), shape.nodes);
  const std::size_t group_size = weights.size() / to_size(shape.groups);
  const int groups_each = shape.groups / shape.nodes;
  std::vector<std::int32_t> experts(weights.size());
  for (int group = 0; group < shape.groups; ++group) {
    const int place = packing.pack[to_size(group)] * groups_each + packing.place[to_size(group)];
    const auto begin = experts.begin() + static_cast<std::ptrdiff_t>(to_size(place) * group_size);
    std::iota(begin, begin + static_cast<std::ptrdiff_t>(group_size),
              static_cast<std::int32_t>(to_size(group) * group_size));
  }
  return experts;
}

// One node: the place in `weights` of the expert of each slot, in rank order.
std::vector<std::int32_t> plan_node(std::span<const double> weights, int slots, int ranks) {
  const std::vector<std::int32_t> copies = replicate(weights, slots);
  std::vector<int> count(weights.size(), 0);
  for (const std::int32_t expert : copies) ++count[static_cast<std::size_t>(expert)];
  std::vector<double> loads;
  loads.reserve(copies.size());
  for (const std::int32_t expert : copies) {
    loads.push_back(weights[static_cast<std::size_t>(expert)] /
                    count[static_cast<std::size_t>(expert)]);
  }
  const Packing packing = pack_evenly(loads, ranks);
  const int slots_each = slots / ranks;
  std::vector<std::int32_t> in_order(copies.size());
  for (std::size_t i = 0; i < copies.size(); ++i) {
    in_order[to_size(packing.pack[i] * slots_each + packing.place[i])] = copies[i];
  }
  return in_order;
}

}  // namespace

Packing pack_evenly(std::span<const double> weights, int packs) {
  const auto items = static_cast<int>(weights.size());
  require_divides(packs, items, "items and packs");
  const int room = items / packs;
  Packing result{std::vector<int>(weights.size()), std::vector<int>(weights.size(), 0)};
  if (room <= 1) {
    std::iota(result.pack.begin(), result.pack.end(), 0);
    return result;
  }
  std::vector<int> order(weights.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](int a, int b) {
    const double first = weights[to_size(a)];
    const double second = weights[to_size(b)];
    return first != second ? first > second : a < b;
  });
  std::vector<double> load(to_size(packs), 0.0);
  std::vector<int> used(to_size(packs), 0);
  for (const int item : order) {
    int lightest = -1;
    for (int pack = 0; pack < packs; ++pack) {
      if (used[to_size(pack)] == room) continue;
      if (lightest < 0 || load[to_size(pack)] < load[to_size(lightest)]) lightest = pack;
    }
    result.pack[to_size(item)] = lightest;
    result.place[to_size(item)] = used[to_size(lightest)]++;
    load[to_size(lightest)] += weights[to_size(item)];
  }
  return result;
}

std::vector<std::int32_t> replicate(std::span<const double> weights, int slots) {
  const auto experts = static_cast<int>(weights.size());
  if (experts < 1 || slots < experts) {
    throw std::invalid_argument(
        fmt::format("EPLB: {} slots cannot hold {} experts", slots, experts));
  }
  std::vector<std::int32_t> expert_of_slot(to_size(slots));
  std::iota(expert_of_slot.begin(), expert_of_slot.begin() + experts, 0);
  std::vector<double> load(weights.begin(), weights.end());  // of one copy
  std::vector<int> copies(weights.size(), 1);
  for (int slot = experts; slot < slots; ++slot) {
    const auto fullest = static_cast<std::size_t>(std::ranges::max_element(load) - load.begin());
    expert_of_slot[to_size(slot)] = static_cast<std::int32_t>(fullest);
    load[fullest] = weights[fullest] / ++copies[fullest];
  }
  return expert_of_slot;
}

std::vector<std::int32_t> eplb_hierarchical(std::span<const double> weights,
                                            const EplbShape& shape) {
  if (shape.nodes < 1 || shape.groups % shape.nodes != 0) return eplb_global(weights, shape);
  require_divides(shape.ranks, shape.slots, "slots and ranks");
  require_divides(shape.nodes, shape.ranks, "ranks and nodes");
  require_divides(shape.groups, static_cast<int>(weights.size()), "experts and groups");
  const std::vector<std::int32_t> experts = experts_by_node(weights, shape);
  const std::size_t experts_each = experts.size() / to_size(shape.nodes);
  std::vector<std::int32_t> expert_of_slot;
  for (int node = 0; node < shape.nodes; ++node) {
    const auto own = std::span(experts).subspan(to_size(node) * experts_each, experts_each);
    std::vector<double> loads;
    for (const std::int32_t expert : own)
      loads.push_back(weights[static_cast<std::size_t>(expert)]);
    for (const std::int32_t place :
         plan_node(loads, shape.slots / shape.nodes, shape.ranks / shape.nodes)) {
      expert_of_slot.push_back(own[static_cast<std::size_t>(place)]);
    }
  }
  return expert_of_slot;
}

std::vector<std::int32_t> eplb_global(std::span<const double> weights, const EplbShape& shape) {
  return eplb_hierarchical(weights, {shape.slots, shape.ranks, 1, 1});
}

}  // namespace moemark
