// Says which routers the router kernel does not cover yet.
#include "model/router_spec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace moemark {

std::string RouterSpec::why_not_built() const {
  std::vector<std::string> parts;
  if (score == Score::sigmoid) parts.emplace_back("sigmoid scores");
  if (score == Score::sqrt_softplus) parts.emplace_back("sqrt-softplus scores");
  if (select_bias) parts.emplace_back("selection bias");
  if (n_group > 1) parts.emplace_back(fmt::format("{} groups", n_group));
  if (parts.empty()) return {};
  const std::string last = parts.back();
  parts.pop_back();
  return fmt::format("router with {}{}{} is not built yet", fmt::join(parts, ", "),
                     parts.empty() ? "" : " and ", last);
}

}  // namespace moemark
