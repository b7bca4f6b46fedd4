// One step of a dispatch or combine, and how lists of steps are run: whole, or so that the last
// transfer goes on while the caller does something else.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "comm/transport.hpp"
#include "device/stream.hpp"

namespace moemark::dispatcher {

// layout: works out from topk_ids alone where rows go; still true the next time if they are the
// same. counts: the same, and reads device results on the host, so it cannot be captured or gated.
// rows: moves rows.
enum class StepKind : std::uint8_t { layout, counts, rows };

// One step of an operation: layout, counts, pack, transfer or unpack.
struct Step {
  std::string_view name;
  StepKind kind = StepKind::rows;
  std::function<void(device::Stream&)> run;
  // Of transfers that can go on alone, both or neither: `start` hands the rows over and `finish`
  // waits for them; one after the other they are `run`.
  std::function<void(device::Stream&)> start = {};
  std::function<void(device::Stream&)> finish = {};
};

// A transfer by one call of a transport that outlives the step.
template <std::invocable<device::Stream&, comm::Completion> Move>
Step transfer_step(std::string_view name, comm::Transport& transport, Move move) {
  using device::Stream;
  return {name, StepKind::rows,
          [move](Stream& stream) { move(stream, comm::Completion::at_return); },
          [move](Stream& stream) { move(stream, comm::Completion::at_finish); },
          [&transport](Stream& stream) { transport.finish(stream); }};
}

// The steps that move rows, of a dispatch whose layout is known.
std::vector<Step> steps_of_rows(std::span<const Step> steps);

void run_steps(std::span<const Step> steps, device::Stream& stream);

// The same in two halves: begin_steps() returns with the last transfer that can go on alone under
// way (without one, when all is done), finish_steps() waits for it and does the rest. In between,
// the batch stays as it is and no other call may use the dispatcher's ranks.
void begin_steps(std::span<const Step> steps, device::Stream& stream);
void finish_steps(std::span<const Step> steps, device::Stream& stream);

}  // namespace moemark::dispatcher
