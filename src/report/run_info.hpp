// run.json: what ran, where, and how it was built; written once per run, joined by run_id.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace moemark::report {

// "2025-01-31T12:00:00Z"
std::string utc_now();

// What the caller knows; everything else is found out here.
struct RunInfo {
  std::string run_id;
  std::vector<std::string> command_line;
  std::string backend;      // mpi, nccl or simgrid
  std::string mpi_version;  // MPI_Get_library_version; this layer knows no MPI
  std::string kernel_isa;   // what the kernels were dispatched to
  std::string topology;     // tier, as in the CSV
  int ranks = 1;
  int nodes = 1;
  int ranks_per_node = 1;
  std::map<std::string, std::string> libraries;  // further ones: CUDA, NCCL
  std::map<std::string, double> calibration;     // link probes and peaks, units in the names
  // Of every case that was routed, in their order: further facts about its load.
  std::vector<std::pair<std::string, std::map<std::string, double>>> routing;
  std::string start_utc = utc_now();
};

// UTC time and 4 hex digits of randomness: "20250131T120000Z-1a2b".
std::string make_run_id();

std::string run_info_json(const RunInfo& info);

// Replaces `path` in one step, so that a reader never sees half a file. Throws UsageError naming
// the path and the reason of the operating system.
void write_run_info(const std::filesystem::path& path, const RunInfo& info);

// For --version: the same provenance in a few lines.
std::string version_text(const std::string& program, const std::string& mpi_version,
                         const std::string& kernel_isa);

}  // namespace moemark::report
