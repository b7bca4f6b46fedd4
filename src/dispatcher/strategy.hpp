// A line of the table with the exchange that it runs with: what a case measures.
#pragma once

#include <string>

#include "dispatcher/dispatcher.hpp"

namespace moemark::dispatcher {

struct Strategy {
  const DispatcherEntry* entry;
  Exchange exchange = {};

  // `alltoallv`, and what differs from the library's call: `alltoallv/schedule:pairwise`.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::optional<std::string> obstacle(const ExpertGroups& groups) const {
    return dispatcher::obstacle(*entry, groups, exchange);
  }
  // The sizes of a case, for this strategy.
  [[nodiscard]] Sizes sizes(Sizes of_case) const {
    of_case.exchange = exchange;
    return of_case;
  }
};

}  // namespace moemark::dispatcher
