// Widths of UTF-8 text on a terminal, a column per code point (enough for what this suite prints).
#include "report/text_width.hpp"

#include <algorithm>

namespace moemark::report {
namespace {

// Continuation bytes are 10xxxxxx; every other byte begins a code point.
bool begins_code_point(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_code_point));
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::size_t begun = 0;
  const auto* const end = std::ranges::find_if(
      text, [&](char byte) { return begins_code_point(byte) && ++begun == width; });
  return std::string(text.begin(), end) + "…";
}

}  // namespace moemark::report
