// The compact form: bytes as documented, round trips, and every cut or wrong byte is named.
#include "routing/files/trace_binary.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

#include "reading.hpp"

namespace moemark {
namespace {

using testing::HasSubstr;

TraceTable small_table() {
  TraceTable result{.step = 0x01020304, .layer = 1, .rank = 2, .experts = 300, .weighted = true};
  result.table = RoutingTable(2, 2);
  result.table.topk_ids = {0x102, 0, 5, -1};
  result.table.topk_weights = {1.0F, 0.5F, -2.0F, 0.0F};
  return result;
}

constexpr TraceHeader header{.experts = 300, .topk = 2, .layers = 2, .ranks = 3, .weighted = true};

std::string small_trace() {
  return binary_header(header) + binary_record(header, small_table());
}

std::vector<TraceTable> read(const std::string& bytes) {
  return tables_of(read_trace_binary, bytes);
}

// The refusal of a trace whose byte at `place` is `value`.
std::string refused(std::size_t place, char value) {
  return refusal([&] {
    std::string bytes = small_trace();
    bytes.at(place) = value;
    read(bytes);
  });
}

TEST(TraceBinary, IsLaidOutAsDocumented) {
  const std::string expected(
      "MOETRC1\0\x01\0\0\0\x2c\x01\0\0\x02\0\0\0\x02\0\0\0\x03\0\0\0\x01\0\0\0"
      "\x04\x03\x02\x01\x01\0\x02\0\x02\0\0\0\x02\x01\0\0\x05\0\xff\xff"
      "\0\0\x80\x3f\0\0\0\x3f\0\0\0\xc0\0\0\0\0",
      68);
  EXPECT_EQ(small_trace(), expected);
}

TEST(TraceBinary, ComesBackAsWritten) {
  const auto tables = read(small_trace() + binary_record(header, small_table()));
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[1].step, 0x01020304);
  EXPECT_EQ(tables[1].layer, 1);
  EXPECT_EQ(tables[1].rank, 2);
  EXPECT_EQ(tables[1].experts, 300);
  EXPECT_TRUE(tables[1].weighted);
  EXPECT_EQ(tables[1].table.topk_ids, small_table().table.topk_ids);
  EXPECT_EQ(tables[1].table.topk_weights, small_table().table.topk_weights);
  EXPECT_TRUE(read(binary_header(header)).empty());

  TraceHeader plain = header;
  plain.weighted = false;
  const auto unweighted = read(binary_header(plain) + binary_record(plain, small_table()));
  EXPECT_FALSE(unweighted.at(0).weighted);
  EXPECT_EQ(unweighted[0].table.topk_weights, std::vector<float>(4, 0.0F));
}

TEST(TraceBinary, EveryCutIsNamed) {
  const std::string whole = small_trace();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto sentence = refusal([&] { read(whole.substr(0, size)); });
    if (size == 32) {
      EXPECT_EQ(sentence, "");  // a header alone
    } else {
      EXPECT_THAT(sentence, HasSubstr("the file is cut")) << size;
    }
  }
}

TEST(TraceBinary, EveryWrongNumberIsNamedWithItsByte) {
  EXPECT_THAT(refused(3, 'x'), HasSubstr("byte 3: is not of a compact trace"));
  EXPECT_THAT(refused(8, 2), HasSubstr("byte 8: the version is 2"));
  EXPECT_THAT(refused(14, 1), HasSubstr("byte 12: E is 65836"));
  EXPECT_THAT(refused(16, 0), HasSubstr("byte 16: k is 0"));
  EXPECT_THAT(refused(23, 1), HasSubstr("byte 20: layers is"));
  EXPECT_THAT(refused(27, 1), HasSubstr("byte 24: ranks is"));
  EXPECT_THAT(refused(28, 2), HasSubstr("byte 28: flags is 2"));
  EXPECT_THAT(refused(35, '\x80'), HasSubstr("byte 32: step is"));
  EXPECT_THAT(refused(36, 2), HasSubstr("byte 36: layer is 2; allowed: 0 to 1"));
  EXPECT_THAT(refused(38, 3), HasSubstr("byte 38: rank is 3; allowed: 0 to 2"));
  // As many tokens as could be: refused by the bytes that are there, before memory is taken.
  EXPECT_THAT(refused(42, '\xff'), HasSubstr("byte 44: the file is cut: 200540184 bytes"));
  EXPECT_THAT(refused(43, '\xff'), HasSubstr("byte 40: T is"));
  EXPECT_THAT(refused(44, '\xff'), HasSubstr("byte 44: token 0: expert 511 is not allowed"));
}

TEST(TraceBinary, WeightsAreFinite) {
  std::string bytes = small_trace();
  bytes[54] = '\x80';
  bytes[55] = '\x7f';
  EXPECT_THAT(refusal([&] { read(bytes); }), HasSubstr("byte 52: a weight is not finite"));
}

TEST(TraceBinary, WhatDoesNotFitTheHeaderIsNotWritten) {
  for (int wrong = 0; wrong < 3; ++wrong) {
    TraceTable table = small_table();
    if (wrong == 0) table.layer = 2;
    if (wrong == 1) table.rank = 3;
    if (wrong == 2) table.table = RoutingTable(2, 1);
    EXPECT_THROW(binary_record(header, table), std::out_of_range);
  }
}

}  // namespace
}  // namespace moemark
