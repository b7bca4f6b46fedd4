// The text of --skew: whatever is accepted has shares, and targets that add up.
#include <array>

#include "parser.hpp"
#include "routing/load_shares.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moemark;
  std::string text(fuzz::text_of(data, size));
  // Refusals repeat the text, and the shell's line ends are not the parser's.
  for (char& character : text) {
    if (character == '\n') character = ' ';
  }
  fuzz::accepted([&] {
    const Skew skew = parse_skew(text);
    if (skew.kind == SkewKind::empirical || skew.kind == SkewKind::load) return;  // of files
    for (const int experts : {1, 8, 60}) {
      const int topk = experts == 1 ? 1 : 4;
      const auto shares = load_shares(skew, experts, /*seed=*/1, {});
      std::uint64_t sum = 0;
      for (const std::uint32_t target : inclusion_targets(shares, topk)) sum += target;
      fuzz::require(sum == static_cast<std::uint64_t>(topk) << 16U, "targets add up");
    }
  });
  return 0;
}
