// Load shares of every kind of skew, and recorded loads with their refusals.
#include "routing/load_shares.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <string>

#include "model/errors.hpp"
#include "model/model_preset.hpp"

namespace moemark {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* header = "model,domain,layer,choice,expert,count,tokens\r\n";

std::filesystem::path shipped_counts() {
  return data_folder() / "expert-counts.csv";
}

std::vector<double> shares(const std::string& skew, int experts, std::uint64_t seed = 1) {
  return load_shares(parse_skew(skew), experts, seed, shipped_counts());
}

std::vector<double> sorted(std::vector<double> values) {
  std::ranges::sort(values);
  return values;
}

// The error when `skew` reads a counts file of this content, or "" when there is none.
std::string error_for(const std::string& skew, const std::string& content) {
  const auto file = std::filesystem::path(testing::TempDir()) / "load_shares_test.counts.csv";
  std::ofstream(file, std::ios::binary) << content;
  std::string message;
  try {
    load_shares(parse_skew(skew), 2, 1, file);
  } catch (const UsageError& error) {
    message = error.what();
  }
  std::filesystem::remove(file);
  return message;
}

TEST(LoadShares, SumToOneAndDependOnTheSeedByOrderOnly) {
  for (const auto* skew : {"uniform", "balanced", "lognormal:1.1", "zipf:1", "hot:3/0.5",
                           "hotrank:0.5", "masked:0.3"}) {
    for (const int experts : {3, 8, 60, 256}) {
      const auto first = shares(skew, experts, 1);
      EXPECT_NEAR(std::accumulate(first.begin(), first.end(), 0.0), 1.0, 1e-12) << skew;
      EXPECT_EQ(first, shares(skew, experts, 1));
      EXPECT_EQ(sorted(first), sorted(shares(skew, experts, 2))) << skew;
    }
  }
  EXPECT_NE(shares("zipf:1", 64, 1), shares("zipf:1", 64, 2));
}

TEST(LoadShares, UniformIsUniform) {
  for (const double share : shares("uniform", 60)) EXPECT_EQ(share, shares("uniform", 60)[0]);
  EXPECT_EQ(shares("balanced", 8), std::vector<double>(8, 0.125));
  EXPECT_EQ(shares("lognormal:0", 8), std::vector<double>(8, 0.125));
}

TEST(LoadShares, ZipfFallsWithThePlace) {
  const auto falling = sorted(shares("zipf:1", 16));
  const double hottest = falling.back();
  for (std::size_t j = 0; j < 16; ++j) {
    EXPECT_NEAR(falling[15 - j] * static_cast<double>(j + 1), hottest, 1e-15);
  }
}

TEST(LoadShares, LognormalHasItsSigma) {
  const auto rising = sorted(shares("lognormal:0.75", 4));
  // Quantiles of 1/8, 3/8, 5/8, 7/8.
  EXPECT_NEAR(std::log(rising[3] / rising[0]), 0.75 * 2 * 1.1503493803760079, 1e-12);
  EXPECT_NEAR(std::log(rising[2] / rising[1]), 0.75 * 2 * 0.31863936396437514, 1e-12);
}

TEST(LoadShares, HotExpertsShareTheirPart) {
  const auto rising = sorted(shares("hot:2/0.6", 6));
  EXPECT_NEAR(rising[5], 0.3, 1e-15);
  EXPECT_NEAR(rising[4], 0.3, 1e-15);
  EXPECT_NEAR(rising[3], 0.1, 1e-15);
  EXPECT_NEAR(rising[0], 0.1, 1e-15);
  EXPECT_EQ(sorted(shares("hot:1/1", 4)), (std::vector<double>{0, 0, 0, 1}));
  EXPECT_EQ(shares("hot:4/0.5", 4), std::vector<double>(4, 0.25));
  EXPECT_THROW(shares("hot:5/0.5", 4), CaseSkipped);
  EXPECT_THROW(shares("uniform", 0), CaseSkipped);
}

// Experts in blocks on the ranks, the first ranks one more.
ExpertHomes homes(int experts, int ranks) {
  ExpertHomes result{.ranks = ranks};
  for (int rank = 0; rank < ranks; ++rank) {
    const int count = experts / ranks + (rank < experts % ranks ? 1 : 0);
    result.rank_of.insert(result.rank_of.end(), static_cast<std::size_t>(count), rank);
  }
  return result;
}

TEST(LoadShares, AHotRankHasItsMultipleOfTheMean) {
  for (const auto& [experts, ranks] : {std::pair{8, 4}, {13, 4}, {3, 8}, {1, 2}}) {
    const auto where = homes(experts, ranks);
    const auto all = load_shares(parse_skew("hotrank:2"), experts, 1, {}, where);
    EXPECT_EQ(all, load_shares(parse_skew("hotrank:2"), experts, 9, {}, where));  // no place drawn
    double of_rank_0 = 0.0;
    for (std::size_t e = 0; e < all.size(); ++e) {
      if (where.rank_of[e] == 0) of_rank_0 += all[e];
      EXPECT_NEAR(all[e], where.rank_of[e] == 0 ? all[0] : all.back(), 1e-15);
    }
    EXPECT_NEAR(of_rank_0, experts == 1 ? 1.0 : 2.0 / ranks, 1e-12) << experts << ' ' << ranks;
  }
  const auto full = load_shares(parse_skew("hotrank:4"), 8, 1, {}, homes(8, 4));
  EXPECT_EQ(full, (std::vector<double>{0.5, 0.5, 0, 0, 0, 0, 0, 0}));
  EXPECT_THROW(load_shares(parse_skew("hotrank:4.5"), 8, 1, {}, homes(8, 4)), CaseSkipped);
  EXPECT_EQ(shares("hotrank:1", 4), std::vector<double>(4, 0.25));
  EXPECT_THROW(shares("hotrank:1.5", 4), CaseSkipped);
}

TEST(LoadShares, LocalKnowsTheOwnExpertsOnly) {
  EXPECT_EQ(local_shares(homes(5, 2), 5, 2, 0),
            (std::vector<double>{1.0 / 3, 1.0 / 3, 1.0 / 3, 0, 0}));
  EXPECT_EQ(local_shares(homes(5, 2), 5, 2, 1), (std::vector<double>{0, 0, 0, 0.5, 0.5}));
  // Rank 1 has two experts: rank 0 must not go on alone.
  EXPECT_THROW(local_shares(homes(5, 2), 5, 3, 0), CaseSkipped);
  EXPECT_THROW(local_shares(homes(3, 8), 3, 1, 0), CaseSkipped);
  EXPECT_EQ(local_shares({}, 2, 2, 0), (std::vector<double>{0.5, 0.5}));
}

TEST(LoadShares, RecordedLoadsAreTakenAsRecorded) {
  const auto mixtral = shares("empirical:mixtral/arxiv/0", 8);
  EXPECT_NEAR(mixtral[0] / mixtral[1], 55713.0 / 52019.0, 1e-12);
  EXPECT_EQ(mixtral, shares("empirical:mixtral-8x7b-v0.1/arxiv/0", 8, 99));
  EXPECT_EQ(shares("empirical:olmoe/c4/7", 64), shares("empirical:olmoe-1b-7b-0924/c4/7", 64));
  EXPECT_EQ(shares("empirical:olmoe-1b-7b-0924-sft/tulu/15", 64).size(), 64U);
  EXPECT_THROW(shares("empirical:olmoe/c4/7", 8), CaseSkipped);
}

TEST(LoadShares, WhatIsNotRecordedIsRefusedWithWhatIs) {
  const auto refusal = [](const std::string& skew) -> std::string {
    try {
      shares(skew, 64);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refusal("empirical:dbrx/c4/7"),
              AllOf(HasSubstr("--skew: 'empirical:dbrx/c4/7'"), HasSubstr("mixtral-8x7b-v0.1")));
  EXPECT_THAT(refusal("empirical:olmoe/c4/8"),
              AllOf(HasSubstr("--skew: 'empirical:olmoe/c4/8'"), HasSubstr("c4/7")));
  EXPECT_THAT(refusal("empirical:mixtral/tulu/0"), HasSubstr("wikipedia/15"));
}

TEST(LoadShares, AMalformedCountsFileNamesTheLine) {
  const std::string good = std::string(header) + "m,d,0,topk,0,3,4\r\nm,d,0,topk,1,1,4\r\n";
  const std::string skew = "empirical:m/d/0";
  EXPECT_EQ(error_for(skew, good), "");
  EXPECT_THAT(error_for(skew, ""), HasSubstr("load_shares_test.counts.csv: line 1 "));
  EXPECT_THAT(error_for(skew, "a,b\n"), HasSubstr("line 1 "));
  EXPECT_THAT(error_for(skew, good + "m,d,0,topk,2"), HasSubstr("line 4 "));
  EXPECT_THAT(error_for(skew, good + "m,d,0,topk,2,4,4,1\n"), HasSubstr("line 4 "));
  EXPECT_THAT(error_for(skew, good + "m,d,0,topk,2,-4,4\n"), HasSubstr("line 4 "));
  EXPECT_THAT(error_for(skew, good + "m,d,0,topk,2,four,4\n"), HasSubstr("line 4 "));
  EXPECT_THAT(error_for(skew, good + "m,d,0,topk,2,99999999999999999999,4\n"),
              HasSubstr("line 4 "));
  EXPECT_THAT(error_for(skew, good + "m,d,0,topk,2,5,4\n"), HasSubstr("line 4 "));
  EXPECT_THAT(error_for(skew, good + "m,d,0,topk,1,1,4\n"),
              HasSubstr("line 4 must be of expert 2"));
  EXPECT_THAT(error_for(skew, good + "m,d,0,topk,2,0,40\n"), HasSubstr("line 4 must have the 4"));
  EXPECT_THAT(error_for(skew, good + "m,d,0,topk,2,1,4\n"), HasSubstr("line 4 ends"));
  EXPECT_THAT(error_for(skew, good + "\n"), HasSubstr("line 4 "));
}

TEST(LoadShares, AnyRecordedFileIsALoad) {
  const auto file = std::filesystem::path(testing::TempDir()) / "load_shares_test.weights.csv";
  std::ofstream(file) << "1,3,0,0\n1,1,1,5\n";
  const std::string skew = "load:" + file.string();
  EXPECT_EQ(shares(skew, 4), (std::vector<double>{0.25, 0.75, 0, 0}));
  EXPECT_EQ(shares(skew + "/1", 4), (std::vector<double>{0.125, 0.125, 0.125, 0.625}));
  EXPECT_THROW(shares(skew, 8), CaseSkipped);
  try {
    shares(skew + "/2", 4);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("--skew: '" + skew + "/2'"), HasSubstr("0 to 1")));
  }
  std::filesystem::remove(file);
  EXPECT_THROW(shares(skew, 4), UsageError);
}

TEST(LoadShares, AMissingCountsFileIsNamed) {
  EXPECT_THROW(load_shares(parse_skew("empirical:olmoe/c4/7"), 64, 1, "no/such.csv"), UsageError);
  EXPECT_NO_THROW(load_shares(parse_skew("uniform"), 64, 1, "no/such.csv"));
}

}  // namespace
}  // namespace moemark
