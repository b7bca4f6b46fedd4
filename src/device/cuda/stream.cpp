// The CUDA back end of Stream: non-blocking, of the highest priority. The default stream is used
// nowhere: it would order itself against every other.
#include "device/stream.hpp"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "device/cuda/check.hpp"
#include "device/cuda/native.hpp"

namespace moemark::device {
namespace {

// Polls between two questions to the observers: each asks NCCL and MPI, which takes longer than
// cudaStreamQuery.
constexpr unsigned polls_between_questions = 256;
// Polls before the core is offered to somebody else: a wait of some 10 us stays undisturbed.
constexpr unsigned polls_before_yield = 2048;

void ask(StreamState& state) {
  std::erase_if(state.observers, [](const auto& observer) { return observer.expired(); });
  for (const auto& observer : state.observers) {
    if (const auto alive = observer.lock()) alive->while_waiting();
  }
}

}  // namespace

Stream::Stream() {
  int lowest = 0;
  int highest = 0;  // numerically the lower one
  check(cudaDeviceGetStreamPriorityRange(&lowest, &highest));
  auto state = std::make_unique<StreamState>();
  check(cudaStreamCreateWithPriority(&state->handle, cudaStreamNonBlocking, highest));
  native_ = state.release();
}

// An error cannot be reported from here; it has been by the call that met it.
Stream::~Stream() {
  if (native_ == nullptr) return;
  const std::unique_ptr<StreamState> state(&state_of(*this));
  static_cast<void>(cudaStreamDestroy(state->handle));
}

Stream::Stream(Stream&& other) noexcept : native_(std::exchange(other.native_, nullptr)) {}
Stream& Stream::operator=(Stream&& other) noexcept {
  std::swap(native_, other.native_);
  return *this;
}

// NOLINTNEXTLINE(readability-make-member-function-const): of one header with other back ends
void Stream::synchronize() {
  StreamState& state = state_of(*this);
  for (unsigned polls = 1;; ++polls) {
    const cudaError_t code = cudaStreamQuery(state.handle);
    if (code == cudaSuccess) return;
    if (code != cudaErrorNotReady) check(code);
    if (polls % polls_between_questions == 0) ask(state);
    if (polls > polls_before_yield) std::this_thread::yield();
  }
}

void observe(Stream& stream, const std::shared_ptr<WaitObserver>& observer) {
  auto& observers = state_of(stream).observers;
  const bool known =
      std::ranges::any_of(observers, [&](const auto& other) { return other.lock() == observer; });
  if (!known) observers.push_back(observer);
}

}  // namespace moemark::device
