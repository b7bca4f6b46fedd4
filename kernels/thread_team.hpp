// Threads of one rank that work on the same call (host kernels; --threads).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace moemark::kernels {

// The caller and size() - 1 threads that wait for work in between: a short time awake, so that
// calls that follow each other closely cost no wake-up, then asleep.
class ThreadTeam {
 public:
  explicit ThreadTeam(int size);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;
  ThreadTeam(ThreadTeam&&) = delete;
  ThreadTeam& operator=(ThreadTeam&&) = delete;

  [[nodiscard]] int size() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls work(0) .. work(size() - 1), each on a thread of its own (0 on the caller's), and returns
  // when all have returned. `work` may not throw. One call at a time.
  void run(const std::function<void(int)>& work);

 private:
  void serve(int member);

  std::vector<std::thread> threads_;
  const std::function<void(int)>* work_ = nullptr;
  std::atomic<std::uint32_t> round_ = 0;  // counts the calls
  std::atomic<int> busy_ = 0;             // members that have not returned yet
  bool ends_ = false;                     // read after round_
};

}  // namespace moemark::kernels
