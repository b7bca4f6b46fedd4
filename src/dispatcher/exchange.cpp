// How a strategy's exchanges go about it.
#include "dispatcher/exchange.hpp"

#include <fmt/format.h>

#include "dispatcher/strategy.hpp"

namespace moemark::dispatcher {

std::string schedule_name(const Exchange& exchange) {
  switch (exchange.schedule) {
    case Exchange::Schedule::pairwise:
      return "pairwise";
    case Exchange::Schedule::window:
      return fmt::format("window:{}", exchange.window);
    case Exchange::Schedule::per_expert:
      return "per_expert";
    default:
      return "library";
  }
}

std::string_view counts_name(const Exchange& exchange) {
  return exchange.counts == Exchange::Counts::alltoall ? "alltoall" : "allgather";
}

std::optional<std::string> Exchanges::obstacle(const Exchange& exchange) const {
  const bool known = exchange.schedule == Exchange::Schedule::library ||
                     (exchange.schedule == Exchange::Schedule::per_expert ? per_expert : schedules);
  if (!known) return fmt::format("has no schedule {}", schedule_name(exchange));
  if (exchange.counts != Exchange::Counts::alltoall && !counts) {
    return fmt::format("does not exchange counts by {}", counts_name(exchange));
  }
  return std::nullopt;
}

std::string Strategy::name() const {
  std::string text(entry->name);
  if (exchange.schedule != Exchange::Schedule::library) {
    text += "/schedule:" + schedule_name(exchange);
  }
  if (exchange.counts != Exchange::Counts::alltoall) {
    text += fmt::format("/counts:{}", counts_name(exchange));
  }
  return text;
}

}  // namespace moemark::dispatcher
