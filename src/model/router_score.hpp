// What a router makes of its logits, and how it ranks groups of experts.
#pragma once

#include <cstdint>
#include <string_view>

namespace moemark {

enum class Score : std::uint8_t { softmax, sigmoid, sqrt_softplus };
enum class GroupScore : std::uint8_t { none, max, top2_sum };

// As presets and options spell them.
std::string_view name(Score score);
std::string_view name(GroupScore score);

}  // namespace moemark
