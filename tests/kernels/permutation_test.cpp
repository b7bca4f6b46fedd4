// The permutation kernels against plain loops, bit by bit.
#include "kernels/permutation.hpp"

#include <algorithm>
#include <cmath>

#include "kernel_test.hpp"
#include "kernels/reference/permutation.hpp"

namespace moemark::kernels::test {
namespace {

class Permutation : public KernelTest {
 protected:
  std::vector<std::int32_t> keys(std::size_t count, int bins, double masked, double hot) {
    std::uniform_real_distribution<double> share(0.0, 1.0);
    std::vector<std::int32_t> result(count);
    for (auto& key : result) {
      const double drawn = share(random_);
      key = drawn < masked + hot ? bins / 2 : integer(0, bins - 1);
      if (drawn < masked) key = -1;
    }
    return result;
  }

  reference::Plan plan(const std::vector<std::int32_t>& keys, int bins) {
    reference::Plan result;
    result.counts.resize(static_cast<std::size_t>(bins), -7);
    result.offsets.resize(static_cast<std::size_t>(bins) + 1, -7);
    result.assign_to_pos.resize(keys.size(), -7);
    build_plan(stream_, keys, {result.counts, result.offsets, result.assign_to_pos});
    return result;
  }

  void expect_reference(const std::vector<std::int32_t>& keys, int bins) {
    const auto got = plan(keys, bins);
    const auto truth = reference::build_plan(keys, bins);
    ASSERT_EQ(got.counts, truth.counts) << keys.size() << " keys, " << bins << " bins";
    ASSERT_EQ(got.offsets, truth.offsets) << keys.size() << " keys, " << bins << " bins";
    ASSERT_EQ(got.assign_to_pos, truth.assign_to_pos) << keys.size() << " keys, " << bins;
  }

  std::vector<std::byte> random_bytes(std::size_t count) {
    std::vector<std::byte> bytes(count);
    for (auto& byte : bytes) byte = static_cast<std::byte>(integer(0, 255));
    return bytes;
  }
};

TEST_P(Permutation, PlanIsTheStableSort) {
  for (const int bins : {1, 2, 3, 8, 63, 64, 256, 512}) {
    for (const std::size_t count : {0U, 1U, 2U, 3U, 4U, 5U, 31U, 32U, 33U, 1000U, 4099U}) {
      expect_reference(keys(count, bins, 0.0, 0.0), bins);
      expect_reference(keys(count, bins, 0.2, 0.0), bins);
      expect_reference(keys(count, bins, 0.1, 0.8), bins);
      expect_reference(keys(count, bins, 1.0, 0.0), bins);
      expect_reference(keys(count, bins, 0.0, 1.0), bins);
    }
  }
}

TEST_P(Permutation, PlanOfMoreBinsThanTheStackHolds) {
  for (const int bins : {2047, 2048, 2049, 5000}) {
    expect_reference(keys(3000, bins, 0.1, 0.3), bins);
  }
}

TEST_P(Permutation, PermuteIsBitExact) {
  for (const std::size_t row_bytes : {1U, 2U, 14U, 33U, 64U, 100U, 130U, 4096U, 5001U}) {
    for (const int copies : {1, 2, 8}) {
      const std::size_t tokens = 37;
      const auto assignments = keys(tokens * static_cast<std::size_t>(copies), 5, 0.2, 0.0);
      const auto positions = reference::build_plan(assignments, 5);
      const auto rows = static_cast<std::size_t>(positions.offsets.back());
      const auto source = random_bytes(tokens * row_bytes);
      std::vector<std::byte> got(rows * row_bytes);
      permute_rows(stream_, source, row_bytes, positions.assign_to_pos, copies, got);
      ASSERT_EQ(got,
                reference::permute_rows(source, row_bytes, positions.assign_to_pos, copies, rows))
          << row_bytes << " bytes, " << copies << " copies";
    }
  }
}

// The bins of a plan as places of their own: each holds its stretch of the permuted rows.
TEST_P(Permutation, ScatterIsPermuteIntoSeveralPlaces) {
  for (const std::size_t row_bytes : {2U, 33U, 128U}) {
    const int copies = 4;
    const int bins = 3;
    const std::size_t tokens = 29;
    const auto peers = keys(tokens * copies, bins, 0.3, 0.2);
    const auto positions = reference::build_plan(peers, bins);
    const auto source = random_bytes(tokens * row_bytes);
    const auto permuted =
        reference::permute_rows(source, row_bytes, positions.assign_to_pos, copies,
                                static_cast<std::size_t>(positions.offsets.back()));
    std::vector<std::vector<std::byte>> places;
    std::vector<std::span<std::byte>> destinations;
    std::vector<std::size_t> first_row;
    for (std::size_t bin = 0; bin < bins; ++bin) {
      first_row.push_back(static_cast<std::size_t>(positions.offsets[bin]));
      places.emplace_back(static_cast<std::size_t>(positions.counts[bin]) * row_bytes);
    }
    destinations.assign(places.begin(), places.end());
    scatter_rows(stream_, source, row_bytes, positions.assign_to_pos, peers, copies, first_row,
                 destinations);
    std::vector<std::byte> joined;
    for (const auto& place : places) joined.insert(joined.end(), place.begin(), place.end());
    ASSERT_EQ(joined, permuted) << row_bytes << " bytes";
  }
}

// A payload that the last-level cache cannot hold takes the stores that pass it by.
TEST_P(Permutation, LargePayloadsAreBitExact) {
  const std::size_t width = 2'501;  // rows that start anywhere in a line
  const std::size_t row_bytes = 2 * width;
  const std::size_t tokens = 1024;
  const int copies = 8;
  const auto positions = reference::build_plan(keys(tokens * 8, 16, 0.05, 0.0), 16);
  const auto rows = static_cast<std::size_t>(positions.offsets.back());
  std::vector<float> values(tokens * width);
  for (float& value : values) value = static_cast<float>(integer(-100, 100));
  const auto source = encode(values, DType::bf16);
  std::vector<std::byte> got(rows * row_bytes);
  permute_rows(stream_, source, row_bytes, positions.assign_to_pos, copies, got);
  ASSERT_EQ(got, reference::permute_rows(source, row_bytes, positions.assign_to_pos, copies, rows));

  std::vector<float> sums(tokens * width);
  unpermute_rows(stream_, {DType::bf16, width, got}, positions.assign_to_pos, {}, copies,
                 {DType::fp32, width, std::as_writable_bytes(std::span(sums))});
  for (std::size_t t = 0; t < tokens; ++t) {
    const auto begin = positions.assign_to_pos.begin() + static_cast<std::ptrdiff_t>(t * 8);
    const auto kept = static_cast<float>(8 - std::count(begin, begin + 8, -1));
    for (std::size_t c = 0; c < width; ++c) {
      ASSERT_EQ(sums[t * width + c], kept * values[t * width + c]);
    }
  }
}

TEST_P(Permutation, GatherIsBitExact) {
  for (const std::size_t row_bytes : {1U, 30U, 64U, 770U}) {
    const auto source = random_bytes(20 * row_bytes);
    std::vector<std::int32_t> source_row(91);
    for (auto& row : source_row) row = integer(-1, 19);
    auto got = random_bytes(source_row.size() * row_bytes);
    gather_rows(stream_, source, row_bytes, source_row, got);
    ASSERT_EQ(got, reference::gather_rows(source, row_bytes, source_row)) << row_bytes;
  }
}

// Small integers and quarters: every product and sum is exact in float32 and in bf16.
TEST_P(Permutation, UnpermuteIsExactOnTheLattice) {
  for (const DType in : {DType::fp32, DType::bf16}) {
    for (const DType out : {DType::fp32, DType::bf16}) {
      for (const std::size_t width : {1U, 7U, 8U, 33U, 64U, 65U, 191U, 256U}) {
        for (const int copies : {1, 3, 8, 70}) {
          for (const bool weighted : {true, false}) {
            const std::size_t tokens = 9;
            const auto count = tokens * static_cast<std::size_t>(copies);
            const auto positions = reference::build_plan(keys(count, 4, 0.3, 0.0), 4);
            const auto rows = static_cast<std::size_t>(positions.offsets.back());
            std::vector<float> values(rows * width);
            for (float& value : values) value = static_cast<float>(integer(-1, 1));
            std::vector<float> weights(weighted ? count : 0);
            for (float& weight : weights) weight = static_cast<float>(integer(1, 4)) / 4.0F;
            const auto source = encode(values, in);
            std::vector<std::byte> got(tokens * width * size_bytes(out));
            unpermute_rows(stream_, {in, width, source}, positions.assign_to_pos, weights, copies,
                           {out, width, got});
            const auto truth =
                reference::unpermute_rows(values, width, positions.assign_to_pos, weights, copies);
            const auto sums = decode(got, out);
            for (std::size_t i = 0; i < truth.size(); ++i) {
              ASSERT_EQ(double{sums[i]}, truth[i]) << width << " columns, k " << copies;
            }
          }
        }
      }
    }
  }
}

// Any values: the sum runs in float32, j ascending, each operation rounded, and once to bf16.
TEST_P(Permutation, UnpermuteRoundsAsDefined) {
  const std::size_t width = 203;
  const int copies = 6;
  const std::size_t tokens = 40;
  const auto positions = reference::build_plan(keys(tokens * 6, 7, 0.1, 0.0), 7);
  const auto rows = static_cast<std::size_t>(positions.offsets.back());
  auto values = rounded(normal_values(rows * width), DType::bf16);
  values[5] = std::nanf("");
  values[width + 6] = HUGE_VALF;
  const auto weights = normal_values(tokens * 6);
  const auto source = encode(values, DType::bf16);
  std::vector<std::byte> got(tokens * width * 2);
  unpermute_rows(stream_, {DType::bf16, width, source}, positions.assign_to_pos, weights, copies,
                 {DType::bf16, width, got});
  std::vector<float> truth(tokens * width, 0.0F);
  for (std::size_t a = 0; a < positions.assign_to_pos.size(); ++a) {
    if (positions.assign_to_pos[a] < 0) continue;
    const std::size_t row = static_cast<std::size_t>(positions.assign_to_pos[a]) * width;
    for (std::size_t c = 0; c < width; ++c) {
      const float product = weights[a] * values[row + c];
      truth[a / 6 * width + c] += product;
    }
  }
  const auto sums = decode(got, DType::bf16);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const float expected = to_float(to_bfloat16(truth[i]));
    ASSERT_TRUE(sums[i] == expected || (std::isnan(sums[i]) && std::isnan(expected))) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, Permutation, testing::ValuesIn(runnable_instruction_sets()),
                         test_name);

}  // namespace
}  // namespace moemark::kernels::test
