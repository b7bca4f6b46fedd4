// --list-presets: the models and their MoE dimensions.
#pragma once

#include <vector>

#include "model/model_preset.hpp"
#include "report/console_table.hpp"

namespace moemark::bench {

report::Table preset_table(const std::vector<ModelPreset>& presets);

}  // namespace moemark::bench
