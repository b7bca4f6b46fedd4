// --list-presets: the models and their MoE dimensions.
#include "bench/common/cases/preset_table.hpp"

#include <fmt/format.h>

namespace moemark::bench {

report::Table preset_table(const std::vector<ModelPreset>& presets) {
  using report::Align;
  report::Table table("presets", {{"name", Align::left},
                                  {"hidden"},
                                  {"experts"},
                                  {"top-k"},
                                  {"expert FFN"},
                                  {"layers"},
                                  {"router", Align::left}});
  for (const ModelPreset& preset : presets) {
    const std::string reason = preset.router.why_not_built();
    table.row({preset.name, fmt::format("{}", preset.comm_hidden),
               preset.experts ? fmt::format("{}", *preset.experts) : "ranks",
               fmt::format("{}", preset.topk), fmt::format("{}", preset.expert_ffn),
               fmt::format("{}", preset.moe_layers), reason.empty() ? "softmax top-k" : reason});
  }
  return table;
}

}  // namespace moemark::bench
