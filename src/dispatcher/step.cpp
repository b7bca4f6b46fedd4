#include "dispatcher/step.hpp"

#include <algorithm>

namespace moemark::dispatcher {
namespace {

// Index of the last step that can go on alone; the number of steps if none can.
std::size_t split(std::span<const Step> steps) {
  for (std::size_t i = steps.size(); i-- > 0;) {
    if (steps[i].start) return i;
  }
  return steps.size();
}

}  // namespace

std::vector<Step> steps_of_rows(std::span<const Step> steps) {
  std::vector<Step> rows;
  std::ranges::copy_if(steps, std::back_inserter(rows),
                       [](const Step& step) { return step.kind == StepKind::rows; });
  return rows;
}

void run_steps(std::span<const Step> steps, device::Stream& stream) {
  for (const Step& step : steps) step.run(stream);
}

void begin_steps(std::span<const Step> steps, device::Stream& stream) {
  const std::size_t at = split(steps);
  run_steps(steps.first(at), stream);
  if (at < steps.size()) steps[at].start(stream);
}

void finish_steps(std::span<const Step> steps, device::Stream& stream) {
  const std::size_t at = split(steps);
  if (at == steps.size()) return;
  steps[at].finish(stream);
  run_steps(steps.subspan(at + 1), stream);
}

}  // namespace moemark::dispatcher
