// Widths of UTF-8 text on a terminal, a column per code point (enough for what this suite prints).
#pragma once

#include <string>
#include <string_view>

namespace moemark::report {

std::size_t display_width(std::string_view text);

// The text itself, or its beginning and "…" when it is wider than `width`.
std::string shortened(std::string_view text, std::size_t width);

}  // namespace moemark::report
