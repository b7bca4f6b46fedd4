// What makes a token's experts impossible.
#include "routing/files/trace_table.hpp"

#include <fmt/format.h>

#include <utility>

namespace moemark {

std::optional<std::string> TokenCheck::fault(std::span<const std::int32_t> ids, int experts) {
  ++token_;
  const int end = experts > 0 ? experts : most_trace_experts;
  bool ended = false;
  for (const std::int32_t id : ids) {
    if (id == -1) {
      ended = true;
      continue;
    }
    if (id < 0 || id >= end) {
      return fmt::format("expert {} is not allowed; allowed: 0 to {}, and -1 for none", id,
                         end - 1);
    }
    if (ended) return fmt::format("expert {} stands behind a -1, which may only end a token", id);
    const auto expert = static_cast<std::size_t>(id);
    if (expert >= seen_in_.size()) seen_in_.resize(expert + 1);
    if (std::exchange(seen_in_[expert], token_) == token_) {
      return fmt::format("expert {} stands there twice", id);
    }
  }
  return std::nullopt;
}

}  // namespace moemark
