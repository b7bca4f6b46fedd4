// Tables of expert counts: vectors in order, and wrong lines by number. (More in load_shares_test.)
#include "routing/files/counts_csv.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "model/model_preset.hpp"
#include "reading.hpp"

namespace moemark {
namespace {

using testing::HasSubstr;

const std::string head = std::string(counts_header) + "\n";

TEST(CountsCsv, VectorsStandInTheOrderOfTheirFirstLines) {
  const auto vectors = parse_counts("file", head +
                                                "m,d,3,topk,0,3,4\r\nm,d,3,top1,0,2,4\n"
                                                "m,d,3,topk,1,1,4\nm,d,3,top1,1,2,4");
  ASSERT_EQ(vectors.size(), 2U);
  EXPECT_EQ(vectors[0].model, "m");
  EXPECT_EQ(vectors[0].domain, "d");
  EXPECT_EQ(vectors[0].choice, "topk");
  EXPECT_EQ(vectors[0].layer, 3);
  EXPECT_EQ(vectors[0].tokens, 4);
  EXPECT_EQ(vectors[0].counts, (std::vector<std::int64_t>{3, 1}));
  EXPECT_EQ(vectors[1].counts, (std::vector<std::int64_t>{2, 2}));
  EXPECT_TRUE(parse_counts("file", counts_header).empty());
}

TEST(CountsCsv, TheShippedFileHoldsWhatItsPageSays) {
  std::ifstream file(data_folder() / "expert-counts.csv", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::size_t rows = 0;
  for (const CountsVector& vector : parse_counts("file", text)) rows += vector.counts.size();
  EXPECT_EQ(rows, 2736U);
}

TEST(CountsCsv, WrongLinesAreNamed) {
  const auto refused = [](const std::string& lines) {
    return refusal([&] { parse_counts("file", head + lines); });
  };
  EXPECT_THAT(refusal([] { parse_counts("file", "a\n"); }), HasSubstr("line 1 must be the header"));
  EXPECT_THAT(refused("m,d,0,topk,0,1099511627777,1099511627777"), HasSubstr("line 2 is not"));
  EXPECT_THAT(refused("m,d,0,topk,1,1,1"), HasSubstr("line 2 must be of expert 0"));
  EXPECT_THAT(refused("m,d,0,topk,0,0,0"), HasSubstr("line 2 ends"));
  // The sum belongs to the vector, not to the end of the file.
  EXPECT_THAT(refused("m,d,0,topk,0,1,2\nm,d,1,topk,0,2,2"), HasSubstr("line 2 ends"));
}

}  // namespace
}  // namespace moemark
