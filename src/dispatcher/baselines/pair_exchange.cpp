// Messages between two ranks.
#include "dispatcher/baselines/pair_exchange.hpp"

namespace moemark::dispatcher {

std::vector<Step> pair_steps(comm::Transport& transport, const PairMessages& messages,
                             std::span<const std::byte> send, std::span<std::byte> receive) {
  const auto message = [&](int to, int from, std::size_t bytes, comm::Cargo cargo) {
    std::vector<comm::Segment> sends;
    std::vector<comm::Segment> receives;
    if (to == transport.rank()) receives.push_back({from, 0, bytes});
    if (from == transport.rank()) sends.push_back({to, 0, bytes});
    return Step{"transfer", StepKind::rows,
                [&transport, sends, receives, send, receive, cargo](device::Stream& stream) {
                  transport.transfer(stream, send, sends, receive, receives, 1, cargo,
                                     comm::Schedule::rounds(1));
                }};
  };
  if (transport.rank() != messages.first && transport.rank() != messages.second) return {};
  return {message(messages.second, messages.first, messages.there_bytes, comm::Cargo::payload),
          message(messages.first, messages.second, messages.back_bytes, messages.back_cargo)};
}

}  // namespace moemark::dispatcher
