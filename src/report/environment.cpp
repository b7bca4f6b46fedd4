// The part of the environment that may change a result and may be written down: an allow-list.
#include "report/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace moemark::report {
namespace {

// Of OMPI_ only the parameters (MCA) are settings; the rest is bookkeeping of mpirun.
constexpr std::array<std::string_view, 9> settings = {
    "OMPI_MCA_", "PMIX_MCA_", "PRTE_MCA_", "UCX_", "NCCL_", "CUDA_", "OMP_", "GOMP_", "KMP_"};

// mpirun passes its own state on as parameters too.
constexpr std::array<std::string_view, 8> plumbing_prefixes = {
    "OMPI_MCA_orte_",         "OMPI_MCA_ess",       "OMPI_MCA_pmix", "OMPI_MCA_initial_",
    "OMPI_MCA_shmem_RUNTIME", "PMIX_MCA_mca_base_", "PRTE_MCA_ess_", "PRTE_MCA_prte_"};
constexpr std::array<std::string_view, 5> plumbing_endings = {"_URI", "_uri", "_DIR", "_dir",
                                                              "_PATH"};

}  // namespace

bool is_recorded_variable(std::string_view name) {
  const auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
  const auto ends = [&](std::string_view ending) { return name.ends_with(ending); };
  return std::ranges::any_of(settings, begins) && std::ranges::none_of(plumbing_prefixes, begins) &&
         std::ranges::none_of(plumbing_endings, ends);
}

std::map<std::string, std::string> recorded_environment() {
  std::map<std::string, std::string> recorded;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || !is_recorded_variable(text.substr(0, equals))) continue;
    recorded.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return recorded;
}

}  // namespace moemark::report
