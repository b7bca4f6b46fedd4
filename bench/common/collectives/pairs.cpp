// Latency and bandwidth from every rank to every other, one pair at a time.
#include "bench/common/collectives/pairs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <climits>
#include <string>

#include "bench/common/measuring/group_sampling.hpp"
#include "bench/common/rows/collective_rows.hpp"
#include "comm/transport.hpp"
#include "device/buffer.hpp"
#include "dispatcher/baselines/pair_exchange.hpp"
#include "model/errors.hpp"
#include "report/format.hpp"
#include "report/heat_map.hpp"

namespace moemark::bench {
namespace {

constexpr std::size_t answer_bytes = 1;

enum class Measure : std::uint8_t { latency, bandwidth };

// latency: half of a ping-pong of the small message. bandwidth: a large message that a byte
// answers, so that each direction of a link shows its own speed; the answer's time counts too.
struct PairTest {
  Measure what;
  std::size_t bytes;
  int first = 0;
  int second = 0;

  [[nodiscard]] std::string_view name() const {
    return what == Measure::latency ? "latency" : "bandwidth";
  }
  // Exchanges in one sample: the pair leaves the barrier at different times, and once is enough.
  [[nodiscard]] int inner() const { return what == Measure::latency ? 16 : 4; }

  [[nodiscard]] std::string case_name(int ranks) const {
    return fmt::format("pair/{}/src:{}/dst:{}/bytes:{}/ranks:{}", name(), first, second, bytes,
                       ranks);
  }
  [[nodiscard]] dispatcher::PairMessages messages() const {
    if (what == Measure::latency) return {first, second, bytes, bytes};
    return {first, second, bytes, answer_bytes, comm::Cargo::metadata};
  }
};

// The tests that start at rank `first`.
std::vector<PairTest> tests_from(int first, int ranks, const Options& options) {
  std::vector<PairTest> tests;
  for (int second = 0; second < ranks; ++second) {
    if (second == first) continue;
    tests.push_back({Measure::latency, options.min_bytes, first, second});
    tests.push_back({Measure::bandwidth, options.max_bytes, first, second});
  }
  return tests;
}

Row pair_row(const Launch& launch, const PairTest& test) {
  Row row = start_collective_row(launch, test.case_name(launch.world.size()), test.name());
  row.record.phase = "pair";
  row.record.inner = test.inner();
  const LinkClass link = launch.topology.link(test.first, test.second);
  const auto bytes = static_cast<std::int64_t>(test.bytes);
  row.traffic.ranks.resize(static_cast<std::size_t>(launch.world.size()));
  RankTraffic& source = row.traffic.ranks[static_cast<std::size_t>(test.first)];
  RankTraffic& destination = row.traffic.ranks[static_cast<std::size_t>(test.second)];
  source.sent.of(link) = bytes;
  source.messages = 1;
  destination.received.of(link) = bytes;
  if (test.what == Measure::bandwidth) destination.metadata_bytes = answer_bytes;
  set_exact(row.record, row.traffic);
  return row;
}

// What the links of one kind did, in microseconds or GB/s.
struct Links {
  Measure test;
  std::string title;
  report::Dark dark;
  std::optional<double> report::Record::* value;
  std::string (*format)(double);
  report::Square square;
};

// The worst three links, and how they compare with the median link.
std::string slowest(const Links& links) {
  struct Link {
    double value;
    int from, to;
  };
  std::vector<Link> all;
  for (int from = 0; from < links.square.size; ++from) {
    for (int to = 0; to < links.square.size; ++to) {
      if (const auto value = links.square.at(from, to)) all.push_back({*value, from, to});
    }
  }
  if (all.empty()) return "";
  std::ranges::sort(all, [&](const Link& a, const Link& b) {
    if (a.value == b.value) return std::pair(a.from, a.to) < std::pair(b.from, b.to);
    return (a.value > b.value) == (links.dark == report::Dark::large);
  });
  const double median = all[all.size() / 2].value;
  std::vector<std::string> texts;
  for (const Link& link : std::span(all).first(std::min<std::size_t>(3, all.size()))) {
    texts.push_back(fmt::format("{} -> {} {} ({:.2f} x median)", link.from, link.to,
                                links.format(link.value), link.value / median));
  }
  return fmt::format("slowest: {}", fmt::join(texts, ", "));
}

void print(Launch& launch, Links links, const std::vector<report::Record>& records,
           const std::vector<PairTest>& tests) {
  for (std::size_t i = 0; i < tests.size(); ++i) {
    if (tests[i].what != links.test) continue;
    links.square.at(tests[i].first, tests[i].second) = records[i].*links.value;
  }
  report::Table table = heat_map(links.title, links.square, links.dark);
  if (const std::string text = slowest(links); !text.empty()) table.note(text);
  if (launch.oversubscribed) table.note("more ranks than cores: ratios only");
  launch.print(table);
}

void print_maps(Launch& launch, const std::vector<report::Record>& records,
                const std::vector<PairTest>& tests) {
  const int ranks = launch.world.size();
  const Options& options = launch.options;
  const auto size = [](std::size_t bytes) {
    return report::format_bytes(static_cast<std::int64_t>(bytes));
  };
  print(
      launch,
      {Measure::latency,
       fmt::format("latency (us) from row to column: half a ping-pong of {}, {} ranks, {} node(s)",
                   size(options.min_bytes), ranks, launch.topology.nodes()),
       report::Dark::large, &report::Record::median_us, &report::format_time,
       report::Square(ranks)},
      records, tests);
  print(launch,
        {Measure::bandwidth,
         fmt::format("bandwidth (GB/s) from row to column: {} answered by a byte",
                     size(options.max_bytes)),
         report::Dark::small, &report::Record::link_GBps, &report::format_rate,
         report::Square(ranks)},
        records, tests);
}

// The buffers that all pairs share: one is active at a time.
class Pairs {
 public:
  explicit Pairs(Launch& launch)
      : launch_(launch),
        transport_(launch.world, launch.topology),
        send_(launch.options.max_bytes),
        receive_(launch.options.max_bytes) {
    for (device::Buffer* buffer : {&send_, &receive_}) {
      device::fill_bytes(launch.stream, buffer->bytes(), std::byte{1});
    }
  }

  Slot slot(const PairTest& test) {
    const auto steps =
        dispatcher::pair_steps(transport_, test.messages(), send_.bytes(), receive_.bytes());
    const int inner = test.inner();
    return {pair_row(launch_, test),
            {{},
             [steps, inner](device::Stream& stream) {
               for (int i = 0; i < inner; ++i) run_steps(steps, stream);
             },
             {},
             test.what == Measure::latency ? 2 * inner : inner}};
  }

 private:
  Launch& launch_;
  comm::Transport transport_;
  device::Buffer send_, receive_;
};

void require_sizes(const Launch& launch) {
  const std::size_t most = launch.options.max_bytes;
  if (most <= INT_MAX && 2 * most <= launch.memory_budget_bytes()) return;
  throw UsageError(
      fmt::format("--maxbytes: '{}' is not allowed; allowed: below 2 GiB and half of "
                  "a rank's memory limit",
                  most));
}

}  // namespace

std::vector<report::Record> run_pairs(Launch& launch) {
  const int ranks = launch.world.size();
  const Options& options = launch.options;
  if (ranks < 2) throw UsageError("pairs: the job has 1 rank; allowed: 2 or more");
  require_sizes(launch);
  std::vector<std::string> names;
  for (int first = 0; first < ranks; ++first) {
    for (const PairTest& test : tests_from(first, ranks, options)) {
      names.push_back(test.case_name(ranks));
    }
  }
  if (only_listed(launch, names)) return {};

  Pairs pairs(launch);
  std::vector<PairTest> measured;
  std::vector<report::Record> records;
  for (int first = 0; first < ranks; ++first) {
    launch.begin_case(fmt::format("pairs from rank {}", first), ranks);
    std::vector<Slot> slots;
    for (const PairTest& test : tests_from(first, ranks, options)) {
      if (!filter_selects(options.google.filter, test.case_name(ranks))) continue;
      measured.push_back(test);
      slots.push_back(pairs.slot(test));
    }
    if (slots.empty()) continue;
    const auto of_rank = sample_group(launch, std::nullopt, std::move(slots));
    records.insert(records.end(), of_rank.begin(), of_rank.end());
  }
  print_maps(launch, records, measured);
  return records;
}

}  // namespace moemark::bench
