// The keys of run.json, and that it holds no more of the environment than it may.
#include "report/run_info.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "model/errors.hpp"
#include "report/environment.hpp"
#include "temporary_folder.hpp"

namespace moemark::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

RunInfo example() {
  RunInfo info;
  info.run_id = "20250131T120000Z-1a2b";
  info.command_line = {"dispatch_perf", "--preset", "tiny"};
  info.backend = "mpi";
  info.mpi_version = "Open MPI v4.1.4";
  info.kernel_isa = "x86-64-v3";
  info.ranks = 4;
  info.ranks_per_node = 4;
  info.libraries = {{"nccl", "2.19.3"}};
  info.calibration = {{"port_intra_GBps", 3.5}};
  info.routing = {{"z", {{"expert_gini", 0.5}}}, {"a", {{"dead_experts", 2.0}}}};
  return info;
}

std::vector<std::string> keys(const nlohmann::ordered_json& object) {
  std::vector<std::string> names;
  for (const auto& item : object.items()) names.push_back(item.key());
  return names;
}

TEST(RunInfo, HasTheAgreedKeys) {
  const auto json = nlohmann::ordered_json::parse(run_info_json(example()));
  EXPECT_THAT(keys(json), ElementsAre("schema_version", "run_id", "start_utc", "command_line",
                                      "backend", "topology", "build", "libraries", "host",
                                      "environment", "calibration", "routing"));
  EXPECT_THAT(keys(json["topology"]), ElementsAre("tier", "ranks", "nodes", "ranks_per_node"));
  EXPECT_THAT(keys(json["build"]), ElementsAre("version", "git_revision", "git_dirty", "compiler",
                                               "build_type", "flags"));
  EXPECT_THAT(keys(json["libraries"]),
              ElementsAre("mpi", "benchmark", "fmt", "nlohmann_json", "nccl"));
  EXPECT_THAT(keys(json["host"]),
              ElementsAre("cpu", "cores_usable", "kernel_isa", "memory_bytes", "os", "kernel"));
}

TEST(RunInfo, KeepsTheOrderOfTheCases) {
  const auto json = nlohmann::ordered_json::parse(run_info_json(example()));
  EXPECT_THAT(keys(json["routing"]), ElementsAre("z", "a"));
  EXPECT_EQ(json["routing"]["z"]["expert_gini"], 0.5);
}

TEST(RunInfo, FindsOutWhatTheCallerDoesNotSay) {
  const auto json = nlohmann::json::parse(run_info_json(example()));
  EXPECT_EQ(json["command_line"], (std::vector<std::string>{"dispatch_perf", "--preset", "tiny"}));
  EXPECT_GE(json["host"]["cores_usable"].get<int>(), 1);
  EXPECT_GT(json["host"]["memory_bytes"].get<std::int64_t>(), 0);
  EXPECT_THAT(json["build"]["compiler"].get<std::string>(), MatchesRegex("[A-Za-z]+ [0-9.]+"));
  EXPECT_THAT(json["build"]["git_revision"].get<std::string>(), MatchesRegex("unknown|[0-9a-f]+"));
  EXPECT_THAT(json["build"]["git_dirty"].get<std::string>(), MatchesRegex("yes|no|unknown"));
  EXPECT_THAT(json["start_utc"].get<std::string>(),
              MatchesRegex("[0-9-]{10}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"));
}

TEST(RunInfo, SurvivesACommandLineThatIsNotUtf8) {
  RunInfo info = example();
  info.command_line.emplace_back("\xff");
  EXPECT_NO_THROW(run_info_json(info));
}

TEST(RunInfo, IsWrittenWholeOrNotAtAll) {
  const TemporaryFolder folder;
  write_run_info(folder.file("run.json"), example());
  EXPECT_TRUE(nlohmann::json::accept(read_file(folder.file("run.json"))));
  const auto entries = std::filesystem::directory_iterator(folder.file(""));
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
  try {
    write_run_info(folder.file("missing/run.json"), example());
    FAIL() << "no error";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("missing/run.json: cannot be written: No such file"));
  }
}

TEST(RunId, IsATimeAndFourHexDigits) {
  EXPECT_THAT(make_run_id(), MatchesRegex("[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4}"));
}

TEST(Environment, RecordsSettingsAndLeavesOutPlumbingAndTheRest) {
  for (const auto* name : {"OMPI_MCA_btl", "UCX_TLS", "NCCL_ALGO", "CUDA_VISIBLE_DEVICES",
                           "OMP_NUM_THREADS", "GOMP_CPU_AFFINITY", "PMIX_MCA_gds"}) {
    EXPECT_TRUE(is_recorded_variable(name)) << name;
  }
  for (const auto* name :
       {"PATH", "HOME", "API_TOKEN", "OMPI_COMM_WORLD_RANK", "OMPI_UNIVERSE_SIZE", "OMPI_ARGV",
        "OMPI_MCA_orte_hnp_uri", "OMPI_MCA_ess_base_vpid", "PMIX_NAMESPACE", "PMIX_SERVER_URI",
        "OMPI_MCA_initial_wdir", "OMPI_FILE_LOCATION", "MY_NCCL_ALGO"}) {
    EXPECT_FALSE(is_recorded_variable(name)) << name;
  }
}

TEST(Environment, ReadsTheProcessEnvironment) {
  ASSERT_EQ(::setenv("UCX_MOEMARK_TEST", "a=b", 1), 0);
  EXPECT_EQ(recorded_environment().at("UCX_MOEMARK_TEST"), "a=b");
  ::unsetenv("UCX_MOEMARK_TEST");
}

TEST(VersionText, NamesTheProgramAndItsProvenance) {
  const std::string text = version_text("dispatch_perf", "Open MPI v4.1.4", "x86-64-v3");
  EXPECT_TRUE(text.starts_with("dispatch_perf (moemark "));
  for (const auto* part : {"revision", "Open MPI v4.1.4", "Google Benchmark", "x86-64-v3"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace moemark::report
