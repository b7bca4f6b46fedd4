// Streams as queues.
#include "fake/cuda/streams.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "fake/cuda/device.hpp"
#include "fake/violation.hpp"

namespace fake {
namespace {

constexpr int default_limit_ms = 10000;

}  // namespace

Streams::Streams() : random_(static_cast<std::uint32_t>(setting("FAKE_SEED", 1))) {}

StreamQueue* Streams::create() {
  auto* const stream = new StreamQueue;
  live_.insert(stream);
  order_.push_back(stream);
  return stream;
}

void Streams::destroy(StreamQueue* stream) {
  run_all(stream);
  live_.erase(stream);
  std::erase(order_, stream);
  delete stream;
}

StreamQueue* Streams::of(const void* handle, const std::string& who) const {
  auto* const stream = static_cast<StreamQueue*>(const_cast<void*>(handle));
  if (stream == nullptr) violation(who + ": the default stream is used by nothing of this project");
  if (!live_.contains(stream)) violation(who + ": on a stream that is destroyed");
  return stream;
}

void Streams::enqueue(StreamQueue* stream, Operation operation) {
  for (const Range& range : operation.touches) {
    device().memory.require_live(range.memory, range.bytes, operation.what);
  }
  if (stream->capture) {
    stream->capture->operations.push_back(std::move(operation));
    return;
  }
  stream->operations.push_back(std::move(operation));
  ++stream->queued;
}

bool Streams::advance(StreamQueue& stream) {
  Operation& head = stream.operations.front();
  if (head.ready && !head.ready()) return false;
  for (const Range& range : head.touches) {
    device().memory.require_live(range.memory, range.bytes, head.what);
  }
  if (!head.run()) return false;
  stream.operations.pop_front();
  return true;
}

bool Streams::advance_one() {
  if (setting("FAKE_STALL", 0) != 0 && setting("FAKE_STALL", 0) <= ++steps_) return false;
  std::vector<StreamQueue*> busy;
  std::ranges::copy_if(order_, std::back_inserter(busy),
                       [](const StreamQueue* stream) { return !stream->operations.empty(); });
  std::ranges::shuffle(busy, random_);
  return std::ranges::any_of(busy, [](StreamQueue* stream) { return advance(*stream); });
}

void Streams::poll() {
  if (advance_one()) {
    idle_since_.reset();
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (!idle_since_) idle_since_ = now;
  const std::chrono::milliseconds limit(setting("FAKE_LIMIT_MS", default_limit_ms));
  if (now - *idle_since_ > limit) violation("would hang: " + waiting());
  std::this_thread::yield();
}

void Streams::run_until(const std::function<bool()>& done) {
  idle_since_.reset();
  while (!done()) poll();
}

void Streams::run_all(StreamQueue* stream) {
  const std::uint64_t until = stream->queued;
  run_until([stream, until] { return stream->done() >= until; });
}

void Streams::discard() {
  for (StreamQueue* stream : order_) stream->operations.clear();
}

std::string Streams::waiting() const {
  std::string text;
  for (const StreamQueue* stream : order_) {
    if (stream->operations.empty()) continue;
    text += (text.empty() ? "" : "; ") + stream->operations.front().what;
  }
  return text.empty() ? "the host waits for what nobody queued" : text;
}

}  // namespace fake
