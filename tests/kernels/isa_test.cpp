// The choice of the instruction set, and the loops that measure the machine's limits.
#include "kernels/isa.hpp"

#include <cstdlib>

#include "kernel_test.hpp"
#include "kernels/peak.hpp"
#include "model/errors.hpp"

namespace moemark::kernels::test {
namespace {

TEST(InstructionSet, NamesWhatItUses) {
  for (const InstructionSet& set : compiled_instruction_sets()) {
    if (!set.runs_here) continue;
    use_instruction_set(set.short_name);
    EXPECT_EQ(isa_name(), set.name);
  }
}

TEST(InstructionSet, PortableRunsEverywhere) {
  EXPECT_EQ(runnable_instruction_sets().back(), "portable");
}

TEST(InstructionSet, RefusesWhatThisMachineCannotRun) {
  try {
    use_instruction_set("v9");
    FAIL() << "accepted v9";
  } catch (const UsageError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("MOEMARK_ISA=v9"), std::string::npos) << text;
    EXPECT_NE(text.find("portable"), std::string::npos) << text;
  }
  for (const InstructionSet& set : compiled_instruction_sets()) {
    if (set.runs_here) continue;
    EXPECT_THROW(use_instruction_set(set.short_name), UsageError);
  }
}

TEST(InstructionSet, TheEnvironmentChooses) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a new process, where nothing is chosen yet
  const auto choose_afresh = [](const char* value) {
    setenv("MOEMARK_ISA", value, 1);
    try {
      std::exit(isa_name() == value ? 0 : 1);
    } catch (const UsageError&) {
      std::exit(2);
    }
  };
  EXPECT_EXIT(choose_afresh("portable"), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(choose_afresh("sse9"), testing::ExitedWithCode(2), "");
}

class Peak : public KernelTest {};

TEST_P(Peak, LoopsReportWhatTheyDo) {
  EXPECT_GT(run_fma_loop(stream_, 1000), 0.0);
  EXPECT_EQ(run_fma_loop(stream_, 2000), 2.0 * run_fma_loop(stream_, 1000));
  std::vector<std::byte> from(100'003, std::byte{5});
  std::vector<std::byte> to(from.size());
  EXPECT_EQ(run_copy(stream_, from, to), 200'006.0);
  EXPECT_EQ(to, from);
  EXPECT_EQ(run_read(stream_, from), 100'003.0);
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, Peak, testing::ValuesIn(runnable_instruction_sets()), test_name);

}  // namespace
}  // namespace moemark::kernels::test
