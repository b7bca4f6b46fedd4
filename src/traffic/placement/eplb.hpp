// EPLB, the expert-parallel load balancer that DeepSeek published (github.com/deepseek-ai/EPLB,
// eplb.py): hot experts get more copies, and copies go where they fill all ranks alike.
//
//   pack       equal numbers of items into packs: items by falling weight, each into the lightest
//              pack that has room
//   replicate  every extra slot to the expert whose copies carry most, weight / copies
//
// hierarchical: whole groups of experts are packed onto the nodes, copies are made inside each
// node, and packed onto its ranks. global: the same of one group and one node. Equals are taken in
// order: the first item, the first pack, the first expert. Of one item a pack, item i goes into
// pack i.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace moemark {

// What the slots stand on: ranks and nodes of an EP group, and groups of the model's experts
// (blocks of neighbours).
struct EplbShape {
  int slots = 0;
  int ranks = 1;
  int nodes = 1;
  int groups = 1;
};

// The pack of each item, and its place among the items of its pack. Throws std::invalid_argument
// unless `packs` divides the items.
struct Packing {
  std::vector<int> pack;   // [items]
  std::vector<int> place;  // [items]
};
Packing pack_evenly(std::span<const double> weights, int packs);

// The expert of each of `slots` slots: one of every expert in order, then the copies in the order
// in which they are made.
std::vector<std::int32_t> replicate(std::span<const double> weights, int slots);

// The expert of each slot, in rank order, for the loads `weights` [experts]. Global unless nodes
// divide groups. Throws std::invalid_argument when ranks do not divide the slots, there are fewer
// slots than experts, or (hierarchical) nodes do not divide the ranks or groups the experts.
std::vector<std::int32_t> eplb_hierarchical(std::span<const double> weights,
                                            const EplbShape& shape);
// The same of one group and one node, whatever the shape's.
std::vector<std::int32_t> eplb_global(std::span<const double> weights, const EplbShape& shape);

}  // namespace moemark
