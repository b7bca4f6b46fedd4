// The table of strategies: one line each, defined in the file of its name.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "dispatcher/dispatcher.hpp"
#include "dispatcher/quantizing.hpp"
#include "model/errors.hpp"

namespace moemark::dispatcher {

DispatcherEntry alltoallv();
DispatcherEntry alltoallv_dedup();
DispatcherEntry alltoall_padded();
DispatcherEntry hierarchical();
DispatcherEntry allgather_reducescatter();
DispatcherEntry hierarchical_allgather();
DispatcherEntry symmetric_push();

std::span<const DispatcherEntry> dispatchers() {
  // clang-format off: one line a strategy
  static const std::array table = {
      alltoallv(),
      alltoallv_dedup(),
      hierarchical(),
      alltoall_padded(),
      allgather_reducescatter(),
      hierarchical_allgather(),
      symmetric_push(),
  };
  // clang-format on
  return table;
}

const DispatcherEntry& find_dispatcher(std::string_view name) {
  const auto table = dispatchers();
  std::vector<std::string_view> names;
  names.reserve(table.size());
  for (const DispatcherEntry& known : table) {
    if (known.name == name) return known;
    names.push_back(known.name);
  }
  throw UsageError(fmt::format("--dispatcher: '{}' is not known; allowed: all, {}", name,
                               fmt::join(names, ", ")));
}

std::optional<std::string> obstacle(const DispatcherEntry& entry, const ExpertGroups& groups,
                                    const Exchange& exchange) {
  if (auto reason = entry.exchanges.obstacle(exchange)) return reason;
  return entry.obstacle == nullptr ? std::nullopt : entry.obstacle(groups);
}

std::unique_ptr<Dispatcher> make_dispatcher(const DispatcherEntry& entry,
                                            comm::Transport& transport, const RowFormat& format) {
  auto plain = entry.make(transport);
  if (format.dtype != DType::fp8) return plain;
  return std::make_unique<Quantizing>(std::move(plain));
}

std::size_t buffer_bytes(const DispatcherEntry& entry, const Sizes& sizes) {
  return entry.buffer_bytes(sizes) +
         (sizes.dtype == DType::fp8 ? Quantizing::buffer_bytes(sizes) : 0);
}

}  // namespace moemark::dispatcher
