// Recorded expert loads of real models (data/expert-counts.csv).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "routing/load_shares.hpp"

namespace moemark {

// Assignments per expert, as recorded with choice `topk` for skew.model (`olmoe`, `mixtral` or a
// recorded name), skew.domain and skew.layer. Throws UsageError naming file and line when the file
// is missing, cut or malformed, and naming --skew and what is recorded when the vector is not
// there.
std::vector<std::int64_t> recorded_counts(const Skew& skew, const std::filesystem::path& file);

}  // namespace moemark
