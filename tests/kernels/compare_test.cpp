// What --compare times computes what our kernels compute.
#include <iostream>
#include <random>

#include "kernel_test.hpp"
#include "kernels/compare/ffn_library.hpp"
#include "kernels/compare/standard.hpp"
#include "kernels/reference/expert_gemm.hpp"
#include "model/errors.hpp"
#include "routing/router_choice.hpp"

namespace moemark::kernels::test {
namespace {

using Ids = std::vector<std::int32_t>;

std::vector<float> normal_values(std::size_t count, float deviation) {
  static std::mt19937 random(20261127);
  std::normal_distribution<float> normal(0.0F, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

TEST(Compare, StableSortMakesThePlanOfTheDefinition) {
  const Ids keys = {2, -1, 0, 2, 1, -1, 0, 2};
  Ids counts(4);
  Ids offsets(5);
  Ids positions(keys.size());
  StableSortPlan(keys.size()).run(keys, {counts, offsets, positions});
  EXPECT_EQ(counts, (Ids{2, 1, 3, 0}));
  EXPECT_EQ(offsets, (Ids{0, 2, 3, 6, 6}));
  EXPECT_EQ(positions, (Ids{3, -1, 0, 4, 2, -1, 1, 5}));
}

TEST(Compare, PartialSortChoosesTheExpertsOfTheDefinition) {
  constexpr int experts = 32;
  constexpr int topk = 4;
  constexpr std::size_t tokens = 50;
  for (const Score score : {Score::softmax, Score::sigmoid, Score::sqrt_softplus}) {
    for (const GroupScore group : {GroupScore::none, GroupScore::max, GroupScore::top2_sum}) {
      RouterSpec router{.score = score, .scale = 2.5F};
      if (group != GroupScore::none) {
        router.select_bias = true;
        router.n_group = 8;
        router.topk_group = 3;
        router.group_score = group;
      }
      const auto logits = normal_values(tokens * experts, 1.0F);
      const auto bias = router.select_bias ? normal_values(experts, 0.1F) : std::vector<float>();
      Ids ids(tokens * topk);
      std::vector<float> weights(ids.size());
      PartialSortTopk({router, topk}, experts).run(logits, bias, ids, weights);
      for (std::size_t token = 0; token < tokens; ++token) {
        const auto expected =
            choose_experts(router, topk, std::span(logits).subspan(token * experts, experts), bias);
        for (std::size_t j = 0; j < topk; ++j) {
          ASSERT_EQ(ids[token * topk + j], expected.ids[j]);
          ASSERT_NEAR(weights[token * topk + j], expected.weights[j], 1e-5);
        }
      }
    }
  }
}

TEST(Compare, LibrariesComputeTheFfn) {
  const ExpertShape shape{3, 48, 40, DType::fp32};
  const std::size_t matrix = std::size_t{48} * 40;
  const auto gate = normal_values(3 * matrix, 0.15F);
  const auto up = normal_values(3 * matrix, 0.15F);
  const auto down = normal_values(3 * matrix, 0.15F);
  const Ids offsets = {0, 5, 5, 12};  // an expert without rows between two with some
  const auto x = normal_values(std::size_t{12} * 48, 1.0F);
  const auto expected = reference::expert_ffn(shape, {gate, up, down}, x, offsets);
  for (const FfnLibraryEntry& library : {openblas_ffn, onednn_ffn}) {
    try {
      const auto ffn = library.make({shape, {gate, up, down}, x, offsets, /*weight_copies=*/2});
      for (int copy = 0; copy < 3; ++copy) {
        ffn->run();
        const double most = library.weight_bytes == 2 ? 1e-4 : 1e-10;  // bfloat16 on the way
        EXPECT_LT(calc_diff(ffn->result(), expected), most) << library.name;
      }
    } catch (const CaseSkipped& skipped) {
      std::cout << library.name << ": " << skipped.what() << '\n';
    }
  }
}

}  // namespace
}  // namespace moemark::kernels::test
