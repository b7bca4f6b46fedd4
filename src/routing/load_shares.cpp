// The share of all assignments that each expert is to receive, per kind of skew.
#include "routing/load_shares.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/errors.hpp"
#include "routing/expert_counts.hpp"
#include "routing/files/recorded_file.hpp"
#include "routing/normal_quantile.hpp"
#include "routing/philox.hpp"
#include "routing/topics.hpp"

namespace moemark {
namespace {

std::vector<double> normalised(std::vector<double> loads) {
  const double sum = std::accumulate(loads.begin(), loads.end(), 0.0);
  for (double& load : loads) load /= sum;
  return loads;
}

// Places in order of falling load for zipf and hot, rising for lognormal.
std::vector<double> loads_by_place(const Skew& skew, std::size_t experts) {
  const auto count = static_cast<double>(experts);
  const auto hot = static_cast<std::size_t>(skew.hot_experts);
  const auto load = [&](std::size_t place) {
    const auto j = static_cast<double>(place);
    switch (skew.kind) {
      case SkewKind::lognormal:
        return std::exp(skew.parameter * normal_quantile((j + 0.5) / count));
      case SkewKind::zipf:
        return std::pow(j + 1.0, -skew.parameter);
      case SkewKind::hot:
        return place < hot ? skew.parameter / static_cast<double>(hot)
                           : (1.0 - skew.parameter) / static_cast<double>(experts - hot);
      default:
        return 1.0;
    }
  };
  std::vector<double> loads(experts);
  for (std::size_t place = 0; place < experts; ++place) loads[place] = load(place);
  return loads;
}

std::vector<double> recorded_loads(const Skew& skew, std::size_t experts,
                                   const std::filesystem::path& counts_file) {
  std::vector<double> loads;
  if (skew.kind == SkewKind::load) {
    const std::string origin = fmt::format("--skew: '{}'", skew.text);
    loads = load_vector(origin, read_recorded_file(origin, skew.file), skew.vector);
  } else {
    const auto counts = recorded_counts(skew, counts_file);
    loads.assign(counts.begin(), counts.end());
  }
  if (loads.size() != experts) {
    throw CaseSkipped(fmt::format("--skew {} records {} experts, this model has {}", skew.text,
                                  loads.size(), experts));
  }
  return loads;
}

// Experts on each rank of the group.
std::vector<int> experts_on_ranks(const ExpertHomes& homes, std::size_t experts) {
  std::vector<int> counts(static_cast<std::size_t>(homes.ranks), 0);
  for (std::size_t e = 0; e < experts; ++e) {
    ++counts[static_cast<std::size_t>(homes.rank_of_expert(e))];
  }
  return counts;
}

// Rank 0's experts share R times the mean rank's load equally, the others the rest.
std::vector<double> hot_rank_loads(const Skew& skew, std::size_t experts,
                                   const ExpertHomes& homes) {
  const double share = skew.parameter / homes.ranks;
  if (share > 1.0) {
    throw CaseSkipped(
        fmt::format("--skew {} puts more than all load on a rank: groups have {} "
                    "rank(s)",
                    skew.text, homes.ranks));
  }
  const int hot = experts_on_ranks(homes, experts).front();
  std::vector<double> loads(experts);
  for (std::size_t e = 0; e < experts; ++e) {
    loads[e] = homes.rank_of_expert(e) == 0 ? share / hot
                                            : (1.0 - share) / (static_cast<double>(experts) - hot);
  }
  return loads;
}

// Of topics alike frequent, which they are over many sources.
std::vector<double> mean_loads(const std::vector<std::vector<double>>& of_topics) {
  std::vector<double> loads(of_topics.front().size(), 0.0);
  for (const std::vector<double>& shares : of_topics) {
    for (std::size_t e = 0; e < loads.size(); ++e) loads[e] += shares[e];
  }
  return loads;
}

}  // namespace

bool depends_on_homes(const Skew& skew) {
  return skew.kind == SkewKind::hotrank || skew.kind == SkewKind::local;
}

std::vector<double> load_shares(const Skew& skew, int experts, std::uint64_t seed,
                                const std::filesystem::path& counts_file,
                                const ExpertHomes& homes) {
  if (experts < 1) throw CaseSkipped(fmt::format("{} experts: at least 1 is needed", experts));
  const auto count = static_cast<std::size_t>(experts);
  if (skew.kind == SkewKind::empirical || skew.kind == SkewKind::load) {
    return normalised(recorded_loads(skew, count, counts_file));
  }
  if (skew.kind == SkewKind::topic)
    return normalised(mean_loads(topic_shares(skew, experts, seed)));
  if (skew.kind == SkewKind::hot && skew.hot_experts > experts) {
    throw CaseSkipped(fmt::format("--skew {} has more hot experts than this model's {} experts",
                                  skew.text, experts));
  }
  // Which rank is hot is given: no place is drawn.
  if (skew.kind == SkewKind::hotrank) return normalised(hot_rank_loads(skew, count, homes));
  const auto by_place = normalised(loads_by_place(skew, count));
  // Expert at each place: which one is the hottest depends on the seed, not on its id.
  const auto order = shuffled(count, RandomWords(seed, RandomStream::skew, 0, 0, 0));
  std::vector<double> shares(count);
  for (std::size_t place = 0; place < count; ++place) shares[order[place]] = by_place[place];
  return shares;
}

std::vector<double> local_shares(const ExpertHomes& homes, int experts, int topk, int group_rank) {
  const auto count = static_cast<std::size_t>(experts);
  const std::vector<int> on_ranks = experts_on_ranks(homes, count);
  const auto fewest = std::ranges::min_element(on_ranks);
  if (*fewest < topk) {
    throw CaseSkipped(
        fmt::format("--skew local takes top-{} of a rank's own experts, rank {} has "
                    "{}",
                    topk, fewest - on_ranks.begin(), *fewest));
  }
  std::vector<double> shares(count, 0.0);
  for (std::size_t e = 0; e < count; ++e) {
    if (homes.rank_of_expert(e) == group_rank) {
      shares[e] = 1.0 / on_ranks[static_cast<std::size_t>(group_rank)];
    }
  }
  return shares;
}

}  // namespace moemark
