// How fast the links of this job are: the denominators of every lower bound.
#pragma once

#include <cstddef>

#include "comm/communicator.hpp"
#include "device/stream.hpp"
#include "traffic/lower_bound.hpp"
#include "traffic/topology.hpp"

namespace moemark::measure {

// Which classes of link to probe.
struct ProbedLinks {
  bool intra = true;
  bool inter = true;
};

// Collective; the same on every rank. The best sample over sizes from 4 KiB to 16 MiB, through MPI
// and, between ranks that share memory, by stores into a window: of a port one pair, fan-out and
// fan-in of one rank; of a node all of its ranks at once, and never less than its largest port. A
// rate is 0 where the topology has no such link or it is not asked for. A sample is the slowest
// rank's time, as in the Sampler: so a median below a bound of these rates says that the probe is
// wrong. A rank allocates at most `memory_bytes`, but at least 12 KiB.
LinkRates probe_links(const comm::Communicator& world, const Topology& topology,
                      const ProbedLinks& wanted, std::size_t memory_bytes, device::Stream& stream);

// Each rate the larger of both.
LinkRates larger(const LinkRates& one, const LinkRates& other);

}  // namespace moemark::measure
