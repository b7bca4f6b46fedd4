// `--skew topic:K/rho/stick`: text has a topic for a while, and a topic has its own hot experts.
//
// Loads: experts stand at places (Fisher-Yates, as load_shares()) in a common order, the one of
// `lognormal`, and in one order a topic; with the normal quantiles z of an expert's two places its
// load in the topic is exp(0.75 * (sqrt(rho) * z_common + sqrt(1 - rho) * z_topic)). So rho is how
// far the topics' log loads agree: 1 is `lognormal:0.75` whatever the topic, at 0 topics have
// nothing in common.
// Sources: rank s has the topics in an order of its own and takes the one at place j with weight
// floor(2^20 / (j + 1)): matrices of several ranks are not products of a row and a column.
// Tokens: a rank's tokens form sequences of 128. The first of a sequence draws its topic from the
// rank's mix; each later one keeps its predecessor's with probability `stick` and draws again
// otherwise (the same may come out). Expected loads of a rank are so those of its mix.
// Words of the stream `topics`: token t keeps when word 0 is below stick * 2^32, and draws with
// word 1, bounded by the sum of the weights. Orders are of step 2^24 - 1, which no run reaches:
// rank s's of (rank s, token 0), topic q's of (rank q, token 1).
#pragma once

#include <cstdint>
#include <vector>

#include "routing/load_shares.hpp"

namespace moemark {

constexpr int topic_sequence_tokens = 128;

// Float64 shares of the experts in each topic, [topics][experts]; each sums to 1.
std::vector<std::vector<double>> topic_shares(const Skew& skew, int experts, std::uint64_t seed);

// The share of each topic among the tokens of a rank of the job, [topics]; sums to 1.
std::vector<double> topic_mix(const Skew& skew, std::uint64_t seed, std::uint32_t rank);

// The topic of each token of a rank, [tokens].
std::vector<int> topics_of_tokens(const Skew& skew, std::uint64_t seed, std::uint32_t step,
                                  std::uint32_t rank, int tokens);

}  // namespace moemark
