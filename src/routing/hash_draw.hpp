// `--skew hash`: the experts of a token are those of its word, looked up in a table and not learned
// (Roller et al. 2021, "Hash layers for large sparse models"; the first layers of DeepSeek-V4).
//
// Words are ids 0 .. 31,999 of a vocabulary; word v is as frequent as floor(2^20 / (v + 1)) says
// (Zipf's law with exponent 1). The word of token t of rank s is drawn with word 0 of
// (stream `skew`, step 1 + step, s, t), bounded by the sum of the frequencies. A word's experts are
// those that the uniform draw of `--routing ids` gives to (step 0, rank 0, token v): the table is a
// model's, the same at every step and on every rank.
#pragma once

#include <cstdint>
#include <vector>

#include "routing/expert_draw.hpp"
#include "routing/routing_table.hpp"

namespace moemark {

constexpr int hash_vocabulary = 32'000;

// The word of each token of a rank, [tokens].
std::vector<int> words_of_tokens(std::uint64_t seed, std::uint32_t step, std::uint32_t rank,
                                 int tokens);

// Fills the ids of one rank's table. Throws std::invalid_argument when topk exceeds the experts.
void hash_ids(const RoutingPlan& plan, std::uint32_t rank, RoutingTable& table);

// The share of all assignments that each expert receives in the long run, [E].
std::vector<double> hash_shares(int experts, int topk, std::uint64_t seed);

}  // namespace moemark
