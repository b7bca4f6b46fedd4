// Where rows lie that ranks store into each other's memory.
#include "dispatcher/parts/push_places.hpp"

namespace moemark::dispatcher {

PushPlaces::PushPlaces(int ranks, int rank)
    : rank_(static_cast<std::size_t>(rank)),
      out_(static_cast<std::size_t>(ranks)),
      in_(static_cast<std::size_t>(ranks)),
      first_out_(static_cast<std::size_t>(ranks)) {}

void PushPlaces::read(std::span<const std::int32_t> counts) {
  const std::size_t ranks = out_.size();
  const auto count = [&](std::size_t source, std::size_t destination) {
    return static_cast<std::size_t>(counts[source * ranks + destination]);
  };
  const auto before_at_source = [&](std::size_t source, std::size_t destination) {
    std::size_t rows = 0;
    for (std::size_t d = 0; d < destination; ++d) rows += count(source, d);
    return rows;
  };
  const auto before_at_destination = [&](std::size_t source, std::size_t destination) {
    std::size_t rows = 0;
    for (std::size_t s = 0; s < source; ++s) rows += count(s, destination);
    return rows;
  };
  for (std::size_t peer = 0; peer < ranks; ++peer) {
    out_[peer] = {before_at_source(rank_, peer), before_at_destination(rank_, peer),
                  count(rank_, peer)};
    in_[peer] = {before_at_destination(peer, rank_), before_at_source(peer, rank_),
                 count(peer, rank_)};
    first_out_[peer] = out_[peer].here;
  }
}

}  // namespace moemark::dispatcher
