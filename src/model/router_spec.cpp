// Names of a router's parts, and which of its combinations there can be.
#include "model/router_spec.hpp"

#include <fmt/format.h>

namespace moemark {

std::string_view name(Score score) {
  switch (score) {
    case Score::softmax:
      return "softmax";
    case Score::sigmoid:
      return "sigmoid";
    case Score::sqrt_softplus:
      return "sqrt-softplus";
  }
  return "";
}

std::string_view name(GroupScore score) {
  switch (score) {
    case GroupScore::none:
      return "none";
    case GroupScore::max:
      return "max";
    case GroupScore::top2_sum:
      return "top2-sum";
  }
  return "";
}

std::string RouterSpec::why_impossible(int experts, int topk) const {
  if (topk < 1 || topk > experts) return fmt::format("top-{} of {} experts", topk, experts);
  if (n_group == 1) return {};
  if (n_group < 1 || experts % n_group != 0) {
    return fmt::format("{} experts do not divide into {} groups", experts, n_group);
  }
  if (topk_group < 1 || topk_group > n_group) {
    return fmt::format("{} of {} groups for a token", topk_group, n_group);
  }
  if (group_score == GroupScore::none) {
    return fmt::format("{} groups without a group score", n_group);
  }
  const int reachable = topk_group * (experts / n_group);
  if (topk > reachable) {
    return fmt::format("top-{} of the {} experts that {} of {} groups hold", topk, reachable,
                       topk_group, n_group);
  }
  return {};
}

std::string RouterSpec::text() const {
  std::string words(name(score));
  if (gate_bias) words += ", gate bias";
  if (select_bias) words += ", bias";
  if (n_group > 1) {
    words += fmt::format(", {} of {} groups by {}", topk_group, n_group, name(group_score));
  }
  if (norm_topk_prob) words += ", renormalised";
  if (scale != 1.0F) words += fmt::format(", x{}", scale);
  return words;
}

}  // namespace moemark
