// Matrices of weights in both notations, and the byte of every fault.
#include "routing/files/weight_matrix.hpp"

#include <gmock/gmock.h>

#include "reading.hpp"

namespace moemark {
namespace {

using testing::HasSubstr;
using Matrix = std::vector<std::vector<double>>;

TEST(WeightMatrix, BothNotationsSayTheSame) {
  const Matrix expected = {{90, 132.5, 0}, {20, 1e3, 104}};
  for (const auto* text :
       {"[[90,132.5,0],[20,1e3,104]]", " [ [ 90 , 132.5, 0 ],\n [20,1e3,104] ]\n",
        "90,132.5,0\n20,1e3,104\n", "\n90, 132.5 ,0\r\n\n20,1e3,104"}) {
    EXPECT_EQ(parse_weight_matrix("file", text), expected) << text;
  }
}

TEST(WeightMatrix, EveryFaultIsNamedWithItsByte) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"", "byte 0: there is no layer"},
      {"[]", "byte 1: '[' belongs here"},
      {"[1,2]", "byte 1: '[' belongs here"},
      {"[[]]", "byte 2: a finite weight"},
      {"[[1,2],[3]]", "byte 8: layer 1 has 1 experts; allowed: the 2 of layer 0"},
      {"[[1,-2]]", "byte 4: a finite weight"},
      {"[[1,nan]]", "byte 4: a finite weight"},
      {"[[1,inf]]", "byte 4: a finite weight"},
      {"[[1,1e999]]", "byte 4: a finite weight"},
      {"[[1,[2]]]", "byte 4: a finite weight"},
      {"[[1,2", "byte 5: ',' or ']' belongs here"},
      {"[[1,2]", "byte 6: ',' or ']' belongs here"},
      {"[[1,2]] x", "byte 8: nothing may follow"},
      {"1,2\n3\n", "byte 4: layer 1 has 1 experts"},
      {"1,2 3", "byte 4: a line end belongs here"},
      {"1,,2", "byte 2: a finite weight"},
      {"1,2,\n", "byte 4: a finite weight"},
  };
  for (const auto& [text, what] : faults) {
    EXPECT_THAT(refusal([&] { parse_weight_matrix("file", text); }), HasSubstr(what)) << text;
  }
}

}  // namespace
}  // namespace moemark
