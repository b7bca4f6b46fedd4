// Any file in the place of a recorded one: the format is guessed, and what is drawn from is a load.
#include <cmath>

#include "parser.hpp"
#include "routing/files/recorded_file.hpp"
#include "routing/files/recorded_routing.hpp"
#include "routing/load_shares.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moemark;
  if (size == 0) return 0;
  const int number = data[0] % 4;
  const std::string_view text = fuzz::text_of(data + 1, size - 1);
  fuzz::accepted([&] { select_routing(fuzz::origin, text, StepLayer{number, 0}); });
  std::vector<double> load;
  if (!fuzz::accepted([&] { load = load_vector(fuzz::origin, text, number); })) return 0;
  double sum = 0.0;
  for (const double one : load) {
    fuzz::require(std::isfinite(one) && one >= 0.0, "a load is a number from 0 on");
    sum += one;
  }
  fuzz::require(std::isfinite(sum) && sum > 0.0, "a load adds up");
  for (double& one : load) one /= sum;
  std::uint64_t targets = 0;
  for (const std::uint32_t target : inclusion_targets(load, 1)) targets += target;
  fuzz::require(targets == 1U << 16U, "targets of a load add up");
  return 0;
}
