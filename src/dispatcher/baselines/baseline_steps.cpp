// How each baseline is made: buffers and a step or two.
#include "dispatcher/baselines/baseline_steps.hpp"

#include "dispatcher/baselines/baseline_values.hpp"
#include "dispatcher/baselines/pair_exchange.hpp"

namespace moemark::dispatcher {
namespace {

using comm::Cargo;
using comm::CountedAs;
using comm::Element;
using comm::Schedule;
using comm::Segment;
using comm::Transport;

std::size_t rank_count(const Transport& transport) {
  return static_cast<std::size_t>(transport.size());
}

void add_transfer(Baseline& baseline, std::function<void(device::Stream&)> run) {
  baseline.steps.push_back({"transfer", StepKind::rows, std::move(run)});
}

void add_all_reduce(Baseline& baseline, Transport& transport) {
  add_transfer(baseline, [&transport, send = baseline.input,
                          receive = baseline.output](device::Stream& stream) {
    transport.all_reduce(stream, send, receive, Element::float32, comm::Reduction::sum,
                         send.size() / 4, Cargo::payload);
  });
}

void add_all_gather(Baseline& baseline, Transport& transport, std::span<std::byte> block,
                    CountedAs counted_as) {
  add_transfer(
      baseline, [&transport, block, counted_as, receive = baseline.output](device::Stream& stream) {
        transport.all_gather(stream, block, receive, 1, block.size(), Cargo::payload, counted_as);
      });
}

void add_reduce_scatter(Baseline& baseline, Transport& transport, std::span<std::byte> block,
                        CountedAs counted_as) {
  add_transfer(baseline, [&transport, block, counted_as,
                          send = baseline.input](device::Stream& stream) {
    transport.reduce_scatter(stream, send, block, Element::float32, block.size() / 4, counted_as);
  });
}

void add_halves(Baseline& baseline, Transport& transport, std::span<std::byte> sum) {
  add_reduce_scatter(baseline, transport, sum, CountedAs::ring);
  add_all_gather(baseline, transport, sum, CountedAs::ring);
}

}  // namespace

Baseline Baseline::with_buffers(std::initializer_list<std::size_t> sizes) {
  Baseline baseline;
  device::Stream stream;
  for (const std::size_t bytes : sizes) {
    device::fill_bytes(stream, baseline.buffers.emplace_back(bytes).bytes(), std::byte{0});
  }
  stream.synchronize();
  baseline.input = baseline.buffers.front().bytes();
  baseline.output = baseline.buffers.back().bytes();
  return baseline;
}

std::size_t Baseline::allocated_bytes() const {
  std::size_t sum = 0;
  for (const device::Buffer& buffer : buffers) sum += buffer.size_bytes();
  return sum;
}

std::size_t float_bytes(std::size_t bytes) {
  return (bytes + 3) / 4 * 4;
}

std::size_t block_floats(std::size_t bytes, std::size_t ranks) {
  return (float_bytes(bytes) / 4 + ranks - 1) / ranks;
}

// float32 elements, as many bytes as asked for (Open MPI reduces no bfloat16).
Baseline make_all_reduce(Transport& transport, std::size_t bytes) {
  Baseline baseline = Baseline::with_buffers({float_bytes(bytes), float_bytes(bytes)});
  add_all_reduce(baseline, transport);
  return baseline;
}

Baseline make_all_reduce_in_place(Transport& transport, std::size_t bytes) {
  Baseline baseline = Baseline::with_buffers({float_bytes(bytes)});
  add_all_reduce(baseline, transport);
  return baseline;
}

Baseline make_all_gather(Transport& transport, std::size_t bytes) {
  Baseline baseline = Baseline::with_buffers({bytes, bytes * rank_count(transport)});
  add_all_gather(baseline, transport, baseline.input, CountedAs::pairs);
  return baseline;
}

Baseline make_all_gather_in_place(Transport& transport, std::size_t bytes) {
  Baseline baseline = Baseline::with_buffers({bytes * rank_count(transport)});
  baseline.input =
      baseline.output.subspan(static_cast<std::size_t>(transport.rank()) * bytes, bytes);
  add_all_gather(baseline, transport, baseline.input, CountedAs::pairs);
  return baseline;
}

Baseline make_reduce_scatter(Transport& transport, std::size_t bytes) {
  const std::size_t block = float_bytes(bytes);
  Baseline baseline = Baseline::with_buffers({block * rank_count(transport), block});
  add_reduce_scatter(baseline, transport, baseline.output, CountedAs::pairs);
  return baseline;
}

Baseline make_reduce_scatter_in_place(Transport& transport, std::size_t bytes) {
  const std::size_t block = float_bytes(bytes);
  Baseline baseline = Baseline::with_buffers({block * rank_count(transport)});
  baseline.output = baseline.input.first(block);
  add_reduce_scatter(baseline, transport, baseline.output, CountedAs::pairs);
  return baseline;
}

// An all-reduce in its two halves: each rank sums its block, then all gather the sums.
Baseline make_reduce_scatter_all_gather(Transport& transport, std::size_t bytes) {
  const std::size_t block = 4 * block_floats(bytes, rank_count(transport));
  const std::size_t vector = block * rank_count(transport);
  Baseline baseline = Baseline::with_buffers({vector, block, vector});
  add_halves(baseline, transport, baseline.buffers[1].bytes());
  return baseline;
}

Baseline make_reduce_scatter_all_gather_in_place(Transport& transport, std::size_t bytes) {
  const std::size_t block = 4 * block_floats(bytes, rank_count(transport));
  Baseline baseline = Baseline::with_buffers({block * rank_count(transport), block});
  baseline.output = baseline.input;
  add_halves(baseline, transport, baseline.buffers[1].bytes());
  return baseline;
}

Baseline make_uniform_alltoall(Transport& transport, std::size_t bytes) {
  const std::size_t all = bytes * rank_count(transport);
  Baseline baseline = Baseline::with_buffers({all, all});
  add_transfer(baseline, [&transport, bytes, send = baseline.buffers[0].bytes(),
                          receive = baseline.buffers[1].bytes()](device::Stream& stream) {
    transport.all_to_all(stream, send, receive, 1, bytes, Cargo::payload);
  });
  return baseline;
}

Baseline make_ring(Transport& transport, std::size_t bytes) {
  Baseline baseline = Baseline::with_buffers({bytes, bytes});
  const int rank = transport.rank();
  const int size = transport.size();
  const std::vector<Segment> sends = {{(rank + 1) % size, 0, bytes}};
  const std::vector<Segment> receives = {{(rank + size - 1) % size, 0, bytes}};
  add_transfer(baseline, [&transport, sends, receives, send = baseline.input,
                          receive = baseline.output](device::Stream& stream) {
    transport.transfer(stream, send, sends, receive, receives, 1, Cargo::payload,
                       Schedule::rounds(1));
  });
  return baseline;
}

// With block order every message crosses the middle of the machine, both ways at once. With an odd
// number of ranks the last one is idle.
Baseline make_bisection(Transport& transport, std::size_t bytes) {
  Baseline baseline = Baseline::with_buffers({bytes, bytes});
  std::vector<Segment> pair;
  if (const auto other = other_half(transport.rank(), transport.size())) {
    pair.push_back({*other, 0, bytes});
  }
  add_transfer(baseline, [&transport, pair, send = baseline.input,
                          receive = baseline.output](device::Stream& stream) {
    transport.transfer(stream, send, pair, receive, pair, 1, Cargo::payload,
                       Schedule::rounds(transport.size()));
  });
  return baseline;
}

// Between the first and the last rank: with block order the pair that crosses nodes if any does.
Baseline make_pingpong(Transport& transport, std::size_t bytes) {
  Baseline baseline = Baseline::with_buffers({bytes, bytes});
  baseline.operations = 2;
  baseline.steps = pair_steps(
      transport,
      {.first = 0, .second = transport.size() - 1, .there_bytes = bytes, .back_bytes = bytes},
      baseline.input, baseline.output);
  return baseline;
}

}  // namespace moemark::dispatcher
