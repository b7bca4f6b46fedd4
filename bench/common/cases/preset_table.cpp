// --list-presets: the models and their MoE dimensions.
#include "bench/common/cases/preset_table.hpp"

#include <fmt/format.h>

#include "model/parameter_count.hpp"

namespace moemark::bench {
namespace {

// Computed from the dimensions; a preset of as many experts as ranks has no such number.
std::string billions(const ModelPreset& preset, double (*parameters)(const ModelPreset&)) {
  if (!preset.experts) return "";
  const double value = parameters(preset) / 1e9;
  return value < 1000.0 ? fmt::format("{:.3g}", value) : fmt::format("{:.0f}", value);
}

}  // namespace

report::Table preset_table(const std::vector<ModelPreset>& presets) {
  using report::Align;
  report::Table table("presets", {{"name", Align::left},
                                  {"hidden"},
                                  {"experts"},
                                  {"top-k"},
                                  {"expert FFN"},
                                  {"layers"},
                                  {"total B"},
                                  {"active B"},
                                  {"router", Align::left}});
  for (const ModelPreset& preset : presets) {
    table.row({preset.name, fmt::format("{}", preset.comm_hidden),
               preset.experts ? fmt::format("{}", *preset.experts) : "ranks",
               fmt::format("{}", preset.topk), fmt::format("{}", preset.expert_ffn),
               fmt::format("{}", preset.moe_layers), billions(preset, total_parameters),
               billions(preset, active_parameters), preset.router.text()});
  }
  return table;
}

}  // namespace moemark::bench
