// Samples of every pattern, path and size; the best counts, because everything else is disturbance.
#include "measure/link_probes.hpp"

#include <algorithm>
#include <vector>

#include "comm/transport.hpp"
#include "device/buffer.hpp"
#include "device/stop_watch.hpp"
#include "measure/host_window.hpp"
#include "measure/link_patterns.hpp"

namespace moemark::measure {
namespace {

using comm::Segment;

constexpr std::size_t smallest_message = std::size_t{4} << 10U;
constexpr std::size_t largest_message = std::size_t{16} << 20U;
constexpr std::size_t buffers = 3;  // to send from, to receive into, and a window
// Small messages vary most and cost least; the whole probe takes about a third of a second.
constexpr std::size_t sampled_bytes = std::size_t{4} << 20U;
constexpr std::size_t least_samples = 2;
constexpr std::size_t most_samples = 16;

std::size_t samples_of(std::size_t message) {
  return std::clamp(sampled_bytes / message, least_samples, most_samples);
}

class Prober {
 public:
  Prober(const comm::Communicator& world, const Topology& topology, std::size_t memory_bytes,
         device::Stream& stream)
      : world_(world),
        topology_(topology),
        stream_(stream),
        transport_(world, topology),
        largest_(std::clamp(memory_bytes / buffers, smallest_message, largest_message)),
        send_(largest_),
        receive_(largest_),
        window_(world, transport_, largest_, smallest_message) {
    device::fill_bytes(stream_, send_.bytes(), std::byte{1});
    device::fill_bytes(stream_, receive_.bytes(), std::byte{1});
    window_.touch(stream_);
  }

  // GB/s of what the pattern loads.
  double best(Pattern pattern, LinkClass link) {
    double rate = 0.0;
    for (std::size_t bytes = smallest_message; bytes <= largest_; bytes *= 2) {
      rate = std::max(rate, best_sample(pattern, link, bytes, Path::messages));
      if (bytes > window_.bytes()) continue;
      rate = std::max(rate, best_sample(pattern, link, bytes, Path::stores));
    }
    return rate;
  }

 private:
  enum class Path : std::uint8_t { messages, stores };

  // `port_bytes` through each port that is loaded.
  double best_sample(Pattern pattern, LinkClass link, std::size_t port_bytes, Path path) {
    std::vector<double> local_us;
    std::vector<double> moved_bytes;
    for (std::size_t turn = 0; turn < samples_of(port_bytes); ++turn) {
      const Flows flows = flows_of(pattern, topology_, link, static_cast<int>(turn));
      if (path == Path::stores && !std::ranges::all_of(flows, [&](const Flow& flow) {
            return window_.reaches(flow.from, flow.to);
          })) {
        return 0.0;
      }
      set_segments(flows, port_bytes);
      local_us.push_back(path == Path::messages ? time_messages_us() : time_stores_us());
      moved_bytes.push_back(static_cast<double>(flows.size() * flow_bytes_));
    }
    const auto all = world_.all_gather_values(std::span<const double>(local_us));
    double best = 0.0;
    for (std::size_t i = 0; i < local_us.size(); ++i) {
      double slowest_us = 0.0;
      for (std::size_t at = i; at < all.size(); at += local_us.size()) {
        slowest_us = std::max(slowest_us, all[at]);
      }
      if (slowest_us > 0.0) best = std::max(best, moved_bytes[i] / (slowest_us * 1e3));
    }
    return best;
  }

  // This rank's part of the flows: its messages follow each other in its buffers.
  void set_segments(const Flows& flows, std::size_t port_bytes) {
    std::vector<std::size_t> leaving(static_cast<std::size_t>(topology_.ranks()), 0);
    std::vector<std::size_t> entering = leaving;
    std::vector<std::size_t> filled = leaving;
    std::size_t most = 1;  // messages through the busiest port
    for (const Flow& flow : flows) {
      most = std::max({most, ++leaving[static_cast<std::size_t>(flow.from)],
                       ++entering[static_cast<std::size_t>(flow.to)]});
    }
    flow_bytes_ = port_bytes / most;
    sends_.clear();
    receives_.clear();
    store_at_.clear();
    for (const Flow& flow : flows) {
      std::size_t& at = filled[static_cast<std::size_t>(flow.to)];
      if (flow.from == world_.rank()) {
        sends_.push_back({flow.to, sends_.size() * flow_bytes_, flow_bytes_});
        store_at_.push_back(at);
      }
      if (flow.to == world_.rank()) receives_.push_back({flow.from, at, flow_bytes_});
      at += flow_bytes_;
    }
  }

  double time_messages_us() {
    world_.barrier();
    if (sends_.empty() && receives_.empty()) return 0.0;
    watch_.start(stream_);
    transport_.transfer(stream_, send_.bytes(), sends_, receive_.bytes(), receives_, 1,
                        comm::Cargo::payload, comm::Schedule::rounds(world_.size()));
    watch_.stop(stream_);
    return watch_.elapsed().count();
  }

  // Up to the moment at which every rank of the host may read what was stored.
  double time_stores_us() {
    world_.barrier();
    watch_.start(stream_);
    for (std::size_t i = 0; i < sends_.size(); ++i) {
      const Segment& segment = sends_[i];
      device::copy_on_device(stream_, send_.bytes().subspan(segment.first_row, segment.rows),
                             window_.part(segment.peer).subspan(store_at_[i], segment.rows));
    }
    window_.barrier(stream_);
    watch_.stop(stream_);
    return watch_.elapsed().count();
  }

  const comm::Communicator& world_;
  const Topology& topology_;
  device::Stream& stream_;
  comm::Transport transport_;
  std::size_t largest_;
  device::Buffer send_, receive_;
  HostWindow window_;
  device::StopWatch watch_;
  // of the sample being taken
  std::size_t flow_bytes_ = 0;
  std::vector<Segment> sends_, receives_;
  std::vector<std::size_t> store_at_;  // of each send, where in the receiver's part
};

struct ClassRates {
  double port = 0.0;
  double node = 0.0;
};

ClassRates probe_class(Prober& prober, LinkClass link) {
  ClassRates rates;
  for (const Pattern pattern : {Pattern::pair, Pattern::fan_out, Pattern::fan_in}) {
    rates.port = std::max(rates.port, prober.best(pattern, link));
  }
  rates.node = std::max(rates.port, prober.best(Pattern::out_of_ranks, link));
  // Inside a node what leaves ranks is what enters ranks.
  if (link == LinkClass::inter) {
    rates.node = std::max(rates.node, prober.best(Pattern::into_ranks, link));
  }
  return rates;
}

}  // namespace

LinkRates probe_links(const comm::Communicator& world, const Topology& topology,
                      const ProbedLinks& wanted, std::size_t memory_bytes, device::Stream& stream) {
  const bool intra = wanted.intra && has_link(topology, LinkClass::intra);
  const bool inter = wanted.inter && has_link(topology, LinkClass::inter);
  if (!intra && !inter) return {};
  Prober prober(world, topology, memory_bytes, stream);
  const ClassRates inside = intra ? probe_class(prober, LinkClass::intra) : ClassRates{};
  const ClassRates between = inter ? probe_class(prober, LinkClass::inter) : ClassRates{};
  return {inside.port, between.port, inside.node, between.node};
}

LinkRates larger(const LinkRates& one, const LinkRates& other) {
  return {std::max(one.port_intra, other.port_intra), std::max(one.port_inter, other.port_inter),
          std::max(one.node_intra, other.node_intra), std::max(one.node_inter, other.node_inter)};
}

}  // namespace moemark::measure
