// Files of presets: whatever loads can be scaled and added up.
#include <cmath>

#include "model/model_preset.hpp"
#include "model/parameter_count.hpp"
#include "parser.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moemark;
  const std::string text(fuzz::text_of(data, size));
  std::vector<ModelPreset> presets;
  if (!fuzz::accepted([&] { presets = parse_presets(text, fuzz::origin); })) return 0;
  fuzz::require(!presets.empty(), "there are presets");
  for (const ModelPreset& preset : presets) {
    const ModelPreset scaled = scaled_preset(find_preset(presets, preset.name), 8);
    fuzz::require(scaled.hidden > 0 && scaled.expert_ffn > 0, "a width stays");
    fuzz::require(std::isfinite(preset.router.scale) && preset.router.scale > 0.0F,
                  "a scale is a number above 0");
    if (!preset.experts) continue;
    const double total = total_parameters(preset);
    fuzz::require(std::isfinite(total) && total >= active_parameters(preset), "parameters add up");
  }
  return 0;
}
