// Finds one load vector in the counts file.
#include "routing/expert_counts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "model/errors.hpp"
#include "routing/files/counts_csv.hpp"
#include "routing/files/recorded_file.hpp"

namespace moemark {
namespace {

std::string_view recorded_name(std::string_view model) {
  if (model == "olmoe") return "olmoe-1b-7b-0924";
  if (model == "mixtral") return "mixtral-8x7b-v0.1";
  return model;
}

void add_once(std::vector<std::string>& list, std::string item) {
  if (std::ranges::find(list, item) == list.end()) list.push_back(std::move(item));
}

[[noreturn]] void refuse(const Skew& skew, std::string_view model,
                         const std::vector<CountsVector>& recorded) {
  std::vector<std::string> models;
  std::vector<std::string> vectors;
  for (const CountsVector& vector : recorded) {
    if (vector.choice != "topk") continue;
    add_once(models, vector.model);
    if (vector.model == model) {
      vectors.push_back(fmt::format("{}/{}", vector.domain, vector.layer));
    }
  }
  if (vectors.empty()) {
    throw UsageError(
        fmt::format("--skew: '{}': no loads of model '{}' are recorded; recorded: olmoe mixtral {}",
                    skew.text, skew.model, fmt::join(models, " ")));
  }
  throw UsageError(fmt::format("--skew: '{}': '{}/{}' is not recorded; recorded for {}: {}",
                               skew.text, skew.domain, skew.layer, skew.model,
                               fmt::join(vectors, " ")));
}

}  // namespace

std::vector<std::int64_t> recorded_counts(const Skew& skew, const std::filesystem::path& file) {
  const std::string origin = file.string();
  auto recorded = parse_counts(origin, read_recorded_file(origin, file));
  const std::string_view model = recorded_name(skew.model);
  const auto found = std::ranges::find_if(recorded, [&](const CountsVector& vector) {
    return vector.choice == "topk" && vector.model == model && vector.domain == skew.domain &&
           vector.layer == skew.layer;
  });
  if (found == recorded.end()) refuse(skew, model, recorded);
  return std::move(found->counts);
}

}  // namespace moemark
