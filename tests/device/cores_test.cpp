// Which cores a process has: what marks a row as oversubscribed.
#include "device/cores.hpp"

#include <gtest/gtest.h>
#include <sched.h>

namespace moemark::device {
namespace {

TEST(Cores, UnionCountsACoreOnce) {
  CoreSet a;
  CoreSet b;
  a.words[0] = 0b011;
  b.words[0] = 0b110;
  b.words[15] = 1;
  EXPECT_EQ((a |= b).count(), 4);
}

TEST(Cores, BindingThisProcessLeavesTheJobItsCores) {
  const CoreSet before = own_cores();
  ASSERT_GE(before.count(), 1);
  cpu_set_t kept;
  CPU_ZERO(&kept);
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if ((before.words[static_cast<std::size_t>(core / 64)] >> (core % 64) & 1) == 0) continue;
    CPU_SET(core, &kept);
    break;
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof kept, &kept), 0);
  EXPECT_EQ(own_cores().count(), 1);
  EXPECT_GE(job_cores().count(), before.count());  // of the parent, which was not bound
}

}  // namespace
}  // namespace moemark::device
