// Streams as queues. Nothing that is queued runs before the host waits for something; then heads of
// queues that may run are picked in an order drawn from FAKE_SEED, so that what only an accident of
// timing would order shows.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace fake {

// Device memory that an operation touches.
struct Range {
  const void* memory = nullptr;
  std::size_t bytes = 0;
};

struct Operation {
  std::string what;
  std::vector<Range> touches;
  // May it begin? Nothing: always. Asked again later where not.
  std::function<bool()> ready = {};
  // Does a part of it and says whether it is done; asked again later where not.
  std::function<bool()> run = {};
};

// A recorded graph: operations that are queued anew by each launch.
struct Graph {
  std::vector<Operation> operations;
  std::vector<std::shared_ptr<void>> holds;  // told by being alive that a graph still needs it
};

struct StreamQueue {
  std::deque<Operation> operations;
  std::uint64_t queued = 0;  // since it was made; `queued - operations.size()` are done
  std::unique_ptr<Graph> capture;
  [[nodiscard]] std::uint64_t done() const { return queued - operations.size(); }
};

class Streams {
 public:
  Streams();

  StreamQueue* create();
  // Runs what is still queued on it.
  void destroy(StreamQueue* stream);
  // The queue behind a handle; ends the job for the default stream and for a destroyed one.
  StreamQueue* of(const void* handle, const std::string& who) const;

  void enqueue(StreamQueue* stream, Operation operation);

  // Lets the head of one queue that can go on do so; ends the job when none could for
  // FAKE_LIMIT_MS.
  void poll();
  void run_until(const std::function<bool()>& done);
  void run_all(StreamQueue* stream);
  // Forgets what is queued: after an abort nothing of it arrives, and the process ends.
  void discard();

 private:
  // False: no queue's head can go on.
  bool advance_one();
  static bool advance(StreamQueue& stream);
  [[nodiscard]] std::string waiting() const;

  std::set<StreamQueue*> live_;
  std::vector<StreamQueue*> order_;  // of creation: the same on every run, unlike addresses
  std::mt19937 random_;
  int steps_ = 0;  // taken so far; from FAKE_STALL on there are no more
  std::optional<std::chrono::steady_clock::time_point> idle_since_;
};

}  // namespace fake
