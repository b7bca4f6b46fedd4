// An all-to-all-v of a given traffic matrix.
#include "dispatcher/baselines/matrix_exchange.hpp"

#include "dispatcher/parts/layout.hpp"

namespace moemark::dispatcher {

Baseline make_matrix_exchange(comm::Transport& transport, const CountMatrix& bytes) {
  std::vector<comm::Segment> sends;
  std::vector<comm::Segment> receives;
  std::size_t sent = 0;
  std::size_t received = 0;
  for (int peer = 0; peer < transport.size(); ++peer) {
    const auto out = static_cast<std::size_t>(bytes.at(transport.rank(), peer));
    const auto in = static_cast<std::size_t>(bytes.at(peer, transport.rank()));
    sends.push_back({peer, sent, out});
    receives.push_back({peer, received, in});
    sent += out;
    received += in;
  }
  Baseline baseline = Baseline::with_buffers({sent, received});
  baseline.steps.push_back({"transfer", StepKind::rows,
                            [&transport, sends, receives, from = baseline.input,
                             to = baseline.output](device::Stream& stream) {
                              transport.transfer(stream, from, sends, to, receives, 1,
                                                 comm::Cargo::payload);
                            }});
  return baseline;
}

RankTraffic declare_matrix_exchange(const ExpertGroups& groups, int rank,
                                    const CountMatrix& bytes) {
  return declare_exchange(groups, rank, Direction::dispatch, 1, [&](int source, int destination) {
    return bytes.at(source, destination);
  });
}

}  // namespace moemark::dispatcher
