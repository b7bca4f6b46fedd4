// Where tokens go that travel once to every peer that needs them.
#include "dispatcher/parts/unique_plan.hpp"

#include "kernels/token_lists.hpp"

namespace moemark::dispatcher {
namespace {

constexpr std::size_t word_bytes = sizeof(std::int32_t);

device::Buffer upload_ints(const std::vector<std::int32_t>& values) {
  device::Stream stream;
  return device::upload(stream, std::span<const std::int32_t>(values));
}

}  // namespace

UniquePlan::UniquePlan(const std::vector<std::int32_t>& peer_of_expert, int peers,
                       std::size_t assignments)
    : peer_of_expert_(upload_ints(peer_of_expert)),
      keys_(assignments * word_bytes),
      counts_(static_cast<std::size_t>(peers) * word_bytes),
      offsets_(static_cast<std::size_t>(peers + 1) * word_bytes),
      assign_to_row_(assignments * word_bytes) {}

std::size_t UniquePlan::buffer_bytes(int experts, int peers, std::size_t assignments) {
  return (static_cast<std::size_t>(experts) + 2 * static_cast<std::size_t>(peers) + 1 +
          2 * assignments) *
         word_bytes;
}

void UniquePlan::build(device::Stream& stream, std::span<const std::int32_t> ids, int topk) {
  assignments_ = ids.size();
  const auto keys = keys_.as<std::int32_t>().first(assignments_);
  kernels::first_of_peer(stream, ids, topk, peer_of_expert(), keys);
  kernels::build_plan(stream, keys,
                      {counts_.as<std::int32_t>(), offsets_.as<std::int32_t>(),
                       assign_to_row_.as<std::int32_t>().first(assignments_)});
}

std::span<const std::int32_t> UniquePlan::assign_to_row() const {
  return assign_to_row_.as<const std::int32_t>().first(assignments_);
}
std::span<const std::int32_t> UniquePlan::peer_of_assign() const {
  return keys_.as<const std::int32_t>().first(assignments_);
}

}  // namespace moemark::dispatcher
