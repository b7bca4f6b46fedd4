// Threads that wait for work.
#include "kernels/thread_team.hpp"

namespace moemark::kernels {
namespace {

constexpr int polls_before_sleep = 20'000;  // some ten microseconds

// Until `value` is no longer `old`.
template <class T>
T wait_for_change(const std::atomic<T>& value, T old) {
  for (int i = 0; i < polls_before_sleep; ++i) {
    if (const T now = value.load(std::memory_order_acquire); now != old) return now;
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

}  // namespace

ThreadTeam::ThreadTeam(int size) {
  for (int member = 1; member < size; ++member) {
    threads_.emplace_back([this, member] { serve(member); });
  }
}

ThreadTeam::~ThreadTeam() {
  ends_ = true;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadTeam::run(const std::function<void(int)>& work) {
  work_ = &work;
  busy_.store(static_cast<int>(threads_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  work(0);
  for (int busy = busy_.load(std::memory_order_acquire); busy > 0;) {
    busy = wait_for_change(busy_, busy);
  }
}

void ThreadTeam::serve(int member) {
  for (std::uint32_t round = 0;;) {
    round = wait_for_change(round_, round);
    if (ends_) return;
    (*work_)(member);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

}  // namespace moemark::kernels
