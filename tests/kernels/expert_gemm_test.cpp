// The grouped expert FFN against its definition in float64.
#include "kernels/expert_gemm.hpp"

#include <cmath>

#include "kernel_test.hpp"
#include "kernels/expert_dot.hpp"
#include "kernels/reference/expert_gemm.hpp"

namespace moemark::kernels::test {
namespace {

struct Weights {
  std::vector<float> gate;
  std::vector<float> up;
  std::vector<float> down;
  [[nodiscard]] ExpertWeightsView view() const { return {gate, up, down}; }
};

class ExpertFfn : public KernelTest {
 protected:
  Weights random_weights(const ExpertShape& shape) {
    const std::size_t count = shape.weight_bytes() / size_bytes(shape.weights) / 3;
    const auto scaled = [&](int fan_in) {
      return normal_values(count, 1.0F / std::sqrt(static_cast<float>(fan_in)));
    };
    return {scaled(shape.hidden), scaled(shape.hidden), scaled(shape.ffn)};
  }

  std::vector<float> run(const ExpertShape& shape, const Weights& weights,
                         const std::vector<float>& x, DType io,
                         const std::vector<std::int32_t>& offsets,
                         decltype(expert_ffn)& kernel = expert_ffn) {
    const PackedExperts packed(stream_, shape, weights.view());
    const auto hidden = static_cast<std::size_t>(shape.hidden);
    const device::Buffer device_x = upload(encode(x, io));
    const device::Buffer device_offsets = upload(offsets);
    device::Buffer workspace(expert_ffn_workspace_bytes(shape, x.size() / hidden));
    device::Buffer y(x.size() * size_bytes(io));
    kernel(stream_, packed, {io, hidden, device_x.bytes()}, device_offsets.as<const std::int32_t>(),
           workspace.bytes(), {io, hidden, y.bytes()});
    return decode(device::download(stream_, y.as<std::byte>()), io);
  }

  // calc_diff of one shape with `tokens` rows for each expert.
  double difference(int hidden, int ffn, DType weights_type, DType io,
                    const std::vector<int>& tokens, decltype(expert_ffn)& kernel = expert_ffn) {
    const ExpertShape shape{static_cast<int>(tokens.size()), hidden, ffn, weights_type};
    Weights weights = random_weights(shape);
    std::vector<std::int32_t> offsets{0};
    for (const int count : tokens) offsets.push_back(offsets.back() + count);
    const auto rows = static_cast<std::size_t>(offsets.back());
    const auto x = rounded(normal_values(rows * static_cast<std::size_t>(hidden)), io);
    const auto y = run(shape, weights, x, io, offsets, kernel);
    for (auto* matrix : {&weights.gate, &weights.up, &weights.down}) {
      *matrix = rounded(*matrix, weights_type);
    }
    return calc_diff(y, reference::expert_ffn(shape, weights.view(), x, offsets));
  }
};

const std::vector<int> every_tile = {0, 1, 2, 3, 4, 5, 6, 7, 0, 13, 37, 64};

TEST_P(ExpertFfn, Float32MatchesTheReference) {
  for (const auto& [hidden, ffn] : {std::pair{65, 33}, {64, 32}, {1, 1}, {16, 7}, {40, 130}}) {
    for (const DType weights : {DType::fp32, DType::bf16}) {
      const double diff = difference(hidden, ffn, weights, DType::fp32, every_tile);
      EXPECT_TRUE(diff <= 1e-12) << diff << " at " << hidden << " x " << ffn;
    }
  }
}

TEST_P(ExpertFfn, Bfloat16MatchesTheReference) {
  for (const auto& [hidden, ffn] : {std::pair{65, 33}, {64, 32}, {17, 48}, {40, 130}}) {
    for (const DType weights : {DType::fp32, DType::bf16}) {
      const double diff = difference(hidden, ffn, weights, DType::bf16, every_tile);
      EXPECT_TRUE(diff <= 5e-6) << diff << " at " << hidden << " x " << ffn;
    }
  }
}

// More than one block of K in both GEMMs on every instruction set, more than one block of rows.
TEST_P(ExpertFfn, BlocksOfDepthAndRowsMatchTheReference) {
  for (const DType weights : {DType::fp32, DType::bf16}) {
    EXPECT_TRUE(difference(2881, 67, weights, DType::fp32, {1, 0, 9}) <= 1e-12);
    EXPECT_TRUE(difference(67, 2117, weights, DType::fp32, {3, 14}) <= 1e-12);
    EXPECT_TRUE(difference(35, 29, weights, DType::fp32, {133, 0, 300}) <= 1e-12);
  }
}

// The activation between the GEMMs is rounded too: half of the error of storing y as bf16 or so.
TEST_P(ExpertFfn, DotProductMatchesTheReference) {
  if (const std::string reason = why_no_dot(); !reason.empty()) GTEST_SKIP() << reason;
  for (const auto& [hidden, ffn] :
       {std::pair{65, 33}, {64, 32}, {17, 48}, {40, 130}, {2881, 67}, {67, 2117}}) {
    for (const DType io : {DType::fp32, DType::bf16}) {
      const double diff = difference(hidden, ffn, DType::bf16, io, every_tile, expert_ffn_dot);
      EXPECT_TRUE(diff <= 2e-5) << diff << " at " << hidden << " x " << ffn;
    }
  }
  EXPECT_TRUE(difference(35, 29, DType::bf16, DType::bf16, {133, 0, 300}, expert_ffn_dot) <= 2e-5);
}

TEST_P(ExpertFfn, DotProductRefusesFloat32WeightsAndOtherInstructionSets) {
  const ExpertShape shape{1, 8, 4, why_no_dot().empty() ? DType::fp32 : DType::bf16};
  EXPECT_THROW(
      run(shape, random_weights(shape), normal_values(8), DType::fp32, {0, 1}, expert_ffn_dot),
      std::invalid_argument);
}

TEST_P(ExpertFfn, NoRowsAtAll) {
  const ExpertShape shape{3, 24, 8, DType::bf16};
  EXPECT_TRUE(run(shape, random_weights(shape), {}, DType::bf16, {0, 0, 0, 0}).empty());
}

// Large gates saturate silu instead of overflowing; what is no number stays in its own row.
TEST_P(ExpertFfn, ExtremeRowsStayApart) {
  const ExpertShape shape{1, 33, 21, DType::fp32};
  const Weights weights = random_weights(shape);
  auto x = normal_values(std::size_t{9} * 33);
  const auto clean = run(shape, weights, x, DType::fp32, {0, 9});
  for (std::size_t h = 0; h < 33; ++h) x[std::size_t{2} * 33 + h] *= 1e4F;
  x[4 * 33 + 7] = std::nanf("");
  const auto y = run(shape, weights, x, DType::fp32, {0, 9});
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t row = i / 33;
    if (row == 4) {
      EXPECT_TRUE(std::isnan(y[i]));
    } else if (row == 2) {
      EXPECT_TRUE(std::isfinite(y[i]));
    } else {
      EXPECT_EQ(y[i], clean[i]);
    }
  }
}

TEST_P(ExpertFfn, ARowDoesNotDependOnItsNeighbours) {
  const ExpertShape shape{1, 70, 45, DType::bf16};
  const Weights weights = random_weights(shape);
  const auto x = rounded(normal_values(std::size_t{50} * 70), DType::bf16);
  const auto together = run(shape, weights, x, DType::fp32, {0, 50});
  for (const std::size_t row : {0U, 17U, 49U}) {
    const auto begin = x.begin() + static_cast<std::ptrdiff_t>(row * 70);
    const auto alone = run(shape, weights, {begin, begin + 70}, DType::fp32, {0, 1});
    for (std::size_t h = 0; h < 70; ++h) ASSERT_EQ(alone[h], together[row * 70 + h]);
  }
}

TEST_P(ExpertFfn, RefusesSpansThatDoNotFit) {
  const ExpertShape shape{2, 8, 4, DType::fp32};
  const Weights weights = random_weights(shape);
  Weights short_weights = weights;
  short_weights.down.pop_back();
  EXPECT_THROW(PackedExperts(stream_, shape, short_weights.view()), std::invalid_argument);
  const PackedExperts packed(stream_, shape, weights.view());
  std::vector<std::byte> rows(96);
  const std::vector<std::int32_t> offsets{0, 1, 3};
  EXPECT_THROW(
      expert_ffn(stream_, packed, {DType::fp32, 8, rows}, offsets, {}, {DType::fp32, 8, rows}),
      std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, ExpertFfn, testing::ValuesIn(runnable_instruction_sets()),
                         test_name);

}  // namespace
}  // namespace moemark::kernels::test
