// Tables of expert counts, behind their header.
#include <numeric>

#include "parser.hpp"
#include "routing/files/counts_csv.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moemark;
  const std::string text =
      std::string(counts_header) + "\n" + std::string(fuzz::text_of(data, size));
  std::vector<CountsVector> vectors;
  if (!fuzz::accepted([&] { vectors = parse_counts(fuzz::origin, text); })) return 0;
  for (const CountsVector& vector : vectors) {
    const auto sum = std::accumulate(vector.counts.begin(), vector.counts.end(), std::int64_t{0});
    fuzz::require(sum > 0 && sum % vector.tokens == 0, "counts are a multiple of the tokens");
  }
  return 0;
}
