// An all-to-all-v of a given traffic matrix.
#include "dispatcher/baselines/matrix_exchange.hpp"

#include "dispatcher/parts/layout.hpp"

namespace moemark::dispatcher {

Baseline make_matrix_exchange(comm::Transport& transport, const CountMatrix& rows,
                              std::size_t row_bytes, comm::Schedule schedule) {
  std::vector<comm::Segment> sends;
  std::vector<comm::Segment> receives;
  std::size_t sent = 0;
  std::size_t received = 0;
  for (int peer = 0; peer < transport.size(); ++peer) {
    const auto out = static_cast<std::size_t>(rows.at(transport.rank(), peer));
    const auto in = static_cast<std::size_t>(rows.at(peer, transport.rank()));
    sends.push_back({peer, sent, out});
    receives.push_back({peer, received, in});
    sent += out;
    received += in;
  }
  Baseline baseline = Baseline::with_buffers({sent * row_bytes, received * row_bytes});
  if (row_bytes != 1) transport.prepare_rows(row_bytes);
  baseline.steps.push_back({"transfer", StepKind::rows,
                            [&transport, sends, receives, row_bytes, schedule,
                             from = baseline.input, to = baseline.output](device::Stream& stream) {
                              transport.transfer(stream, from, sends, to, receives, row_bytes,
                                                 comm::Cargo::payload, schedule);
                            }});
  return baseline;
}

RankTraffic declare_matrix_exchange(const ExpertGroups& groups, int rank,
                                    const CountMatrix& bytes) {
  return declare_exchange(groups, rank, Direction::dispatch, 1, [&](int source, int destination) {
    return bytes.at(source, destination);
  });
}

RankTraffic declare_group_exchange(const ExpertGroups& groups, int rank, const CountMatrix& rows,
                                   std::size_t row_bytes) {
  const int first = groups.first_rank(groups.group_of(rank));
  return declare_exchange(
      groups, rank, Direction::dispatch, row_bytes,
      [&](int source, int destination) { return rows.at(source - first, destination - first); });
}

}  // namespace moemark::dispatcher
