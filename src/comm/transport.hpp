// The data plane: everything that moves rows between ranks. One header for every back end;
// dispatchers see nothing else. Buffers are device memory; calls are ordered on the stream and
// counted by link class before they are handed on. No call allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "comm/communicator.hpp"
#include "comm/shared_window.hpp"
#include "comm/traffic_counter.hpp"
#include "device/stream.hpp"
#include "traffic/topology.hpp"

namespace moemark::comm {

// `rows` rows from row `first_row` of a buffer, for or from `peer`.
struct Segment {
  int peer = 0;
  std::size_t first_row = 0;
  std::size_t rows = 0;
};

// How an uneven exchange goes about its pairs: as the library's collective call, or as rounds of
// messages, in round i to the rank i places on and from the rank i places before, with so many
// rounds in flight at a time (1 is a pairwise exchange).
struct Schedule {
  int rounds_in_flight = 0;  // 0: the library's call

  static constexpr Schedule library() { return {0}; }
  static constexpr Schedule rounds(int in_flight) { return {in_flight}; }
};

// When a call that moves rows is over for the work queued behind it on the stream: at once, or from
// finish() on. Until then its buffers stay as they are, and nothing else is asked of this
// transport. A stream that does work as it is queued (the host's) has then moved the rows when the
// call returns; any other only orders them.
enum class Completion : std::uint8_t { at_return, at_finish };

enum class Element : std::uint8_t { int32, float32, bfloat16 };
enum class Reduction : std::uint8_t { sum, max };

// What a collective's payload is counted as, whatever the library does: a message for each pair of
// ranks (own block as self), or a ring that hands R - 1 blocks to the next rank.
enum class CountedAs : std::uint8_t { pairs, ring };

class Transport {
 public:
  // Shares the communicator: control and data never move at the same time. `topology` has one entry
  // per rank of `communicator`.
  Transport(const Communicator& communicator, const Topology& topology);
  ~Transport();
  Transport(Transport&& other) noexcept;
  Transport& operator=(Transport&& other) noexcept;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // A second owner of the same ranks and totals.
  [[nodiscard]] Transport share() const;
  // Collective: a transport among the ranks of equal color, ordered by key. It counts into the same
  // totals.
  [[nodiscard]] Transport split(int color, int key) const;

  // Collective: memory of these ranks that they store into directly; counts into the same totals.
  // Errors as SharedWindow's.
  [[nodiscard]] SharedWindow window(std::span<const std::size_t> section_bytes) const;

  [[nodiscard]] const Topology& topology() const;

  [[nodiscard]] int rank() const;
  [[nodiscard]] int size() const;

  // Announces a row size that calls will use, so that what it needs (a datatype for counts beyond
  // 2 GiB) is built outside timed code.
  void prepare_rows(std::size_t row_bytes);

  // Block d (rows_each rows) of `send` goes to rank d; block s of `receive` came from rank s.
  void all_to_all(device::Stream& stream, std::span<const std::byte> send,
                  std::span<std::byte> receive, std::size_t row_bytes, std::size_t rows_each,
                  Cargo cargo, Completion completion = Completion::at_return);

  // Uneven exchange: at most one segment per peer and side; what r sends to d is what d receives
  // from r. Both sides skip empty segments.
  void transfer(device::Stream& stream, std::span<const std::byte> send,
                std::span<const Segment> sends, std::span<std::byte> receive,
                std::span<const Segment> receives, std::size_t row_bytes, Cargo cargo,
                Schedule schedule = Schedule::library(),
                Completion completion = Completion::at_return);

  // Every rank's `rows` rows, in rank order, on every rank; in place when `send` is the rank's own
  // block of `receive`.
  void all_gather(device::Stream& stream, std::span<const std::byte> send,
                  std::span<std::byte> receive, std::size_t row_bytes, std::size_t rows,
                  Cargo cargo, CountedAs counted_as = CountedAs::pairs,
                  Completion completion = Completion::at_return);

  // Sums block r of all ranks' `send` (`elements_each` elements a block) on rank r. bfloat16 is
  // added in float32 and rounded once per hop. In place, into the first block, when both spans
  // begin at the same byte.
  void reduce_scatter(device::Stream& stream, std::span<const std::byte> send,
                      std::span<std::byte> receive, Element element, std::size_t elements_each,
                      CountedAs counted_as = CountedAs::pairs,
                      Completion completion = Completion::at_return);

  // Waits for what a call with Completion::at_finish has left on its way; nothing is: returns.
  void finish(device::Stream& stream);

  // `elements` elements of float32 or int32; in place when both spans are the same. Payload is
  // counted as a ring: 2 (R-1)/R of the vector to the next rank.
  void all_reduce(device::Stream& stream, std::span<const std::byte> send,
                  std::span<std::byte> receive, Element element, Reduction reduction,
                  std::size_t elements, Cargo cargo);

  [[nodiscard]] TrafficCounter& counter();

 private:
  struct State;
  explicit Transport(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace moemark::comm
