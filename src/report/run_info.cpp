// run.json: what ran, where, and how it was built; written once per run, joined by run_id.
#include "report/run_info.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <system_error>

#include "model/errors.hpp"
#include "report/build_info.hpp"
#include "report/environment.hpp"
#include "report/host_facts.hpp"
#include "report/record.hpp"

namespace moemark::report {
namespace {

using Json = nlohmann::ordered_json;  // keeps the order in which a person wants to read it

std::string utc_as(const char* layout) {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format(fmt::runtime(layout), fmt::gmtime(now));
}

std::string fmt_version() {
  return fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
}

std::string json_version() {
  return fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                     NLOHMANN_JSON_VERSION_PATCH);
}

Json build_section() {
  return {{"version", build_info::version},       {"git_revision", build_info::revision},
          {"git_dirty", build_info::dirty},       {"compiler", build_info::compiler},
          {"build_type", build_info::build_type}, {"flags", build_info::flags}};
}

Json library_section(const RunInfo& info) {
  Json libraries = {{"mpi", info.mpi_version},
                    {"benchmark", build_info::benchmark_version},
                    {"fmt", fmt_version()},
                    {"nlohmann_json", json_version()}};
  for (const auto& [name, version] : info.libraries) libraries[name] = version;
  return libraries;
}

Json host_section(const RunInfo& info) {
  const HostFacts host = host_facts();
  return {{"cpu", host.cpu},
          {"cores_usable", host.cores_usable},
          {"kernel_isa", info.kernel_isa},
          {"memory_bytes", host.memory_bytes},
          {"os", host.os},
          {"kernel", host.kernel}};
}

Json routing_section(const RunInfo& info) {
  Json cases = Json::object();
  for (const auto& [name, facts] : info.routing) cases[name] = facts;
  return cases;
}

UsageError cannot_write(const std::filesystem::path& path, const std::error_code& error) {
  return UsageError(fmt::format("{}: cannot be written: {}", path.string(), error.message()));
}

}  // namespace

std::string utc_now() {
  return utc_as("{:%Y-%m-%dT%H:%M:%SZ}");
}

std::string make_run_id() {
  std::random_device random;
  return fmt::format("{}-{:04x}", utc_as("{:%Y%m%dT%H%M%SZ}"), random() & 0xFFFFU);
}

std::string run_info_json(const RunInfo& info) {
  const Json json = {
      {"schema_version", schema_version},
      {"run_id", info.run_id},
      {"start_utc", info.start_utc},
      {"command_line", info.command_line},
      {"backend", info.backend},
      {"topology",
       {{"tier", info.topology},
        {"ranks", info.ranks},
        {"nodes", info.nodes},
        {"ranks_per_node", info.ranks_per_node}}},
      {"build", build_section()},
      {"libraries", library_section(info)},
      {"host", host_section(info)},
      {"environment", recorded_environment()},
      {"calibration", info.calibration},
      {"routing", routing_section(info)},
  };
  // A command line may hold bytes that are no UTF-8; they must not cost the run.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_run_info(const std::filesystem::path& path, const RunInfo& info) {
  std::filesystem::path temporary = path;
  temporary += fmt::format(".{}.tmp", ::getpid());
  std::error_code error;
  {
    std::ofstream file(temporary, std::ios::binary);
    file << run_info_json(info);
    file.close();
    if (!file) error.assign(errno == 0 ? EIO : errno, std::generic_category());
  }
  if (!error) std::filesystem::rename(temporary, path, error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw cannot_write(path, error);
  }
}

std::string version_text(const std::string& program, const std::string& mpi_version,
                         const std::string& kernel_isa) {
  const HostFacts host = host_facts();
  return fmt::format(
      "{} (moemark {})\n"
      "revision   {} (uncommitted changes: {})\n"
      "built by   {}, {}: {}\n"
      "MPI        {}\n"
      "libraries  Google Benchmark {}, fmt {}, nlohmann-json {}\n"
      "host       {}, {} usable cores, kernels for {}\n",
      program, build_info::version, build_info::revision, build_info::dirty, build_info::compiler,
      build_info::build_type, build_info::flags, mpi_version, build_info::benchmark_version,
      fmt_version(), json_version(), host.cpu, host.cores_usable, kernel_isa);
}

}  // namespace moemark::report
