// What a file holds decides how it is read; every format holds loads.
#include "routing/files/recorded_file.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "reading.hpp"
#include "routing/files/counts_csv.hpp"
#include "routing/files/trace_binary.hpp"

namespace moemark {
namespace {

using testing::HasSubstr;

const std::string lines =
    R"({"step":0,"layer":1,"rank":0,"num_tokens":2,"topk":2,"top_indices":[[0,2],[2,-1]]})"
    "\n"
    R"({"step":0,"layer":2,"rank":0,"num_tokens":1,"topk":2,"top_indices":[[1,0]]})"
    "\n"
    R"({"step":0,"layer":1,"rank":1,"num_tokens":1,"topk":2,"top_indices":[[3,2]]})"
    "\n";
const std::string counts = std::string(counts_header) +
                           "\nm,d,0,top1,0,3,3\nm,d,0,topk,0,3,4\nm,d,0,topk,1,1,4\n"
                           "m,d,1,topk,0,4,4\n";

std::string compact() {
  const TraceHeader header{.experts = 5, .topk = 1, .layers = 1, .ranks = 1};
  TraceTable table;
  table.table = RoutingTable(1, 1);
  table.table.topk_ids = {3};
  return binary_header(header) + binary_record(header, table);
}

TEST(RecordedFile, IsKnownByItsContent) {
  EXPECT_EQ(kind_of(lines), RecordedKind::trace_lines);
  EXPECT_EQ(kind_of("\n  {}"), RecordedKind::trace_lines);
  EXPECT_EQ(kind_of(compact()), RecordedKind::trace_binary);
  EXPECT_EQ(kind_of(counts), RecordedKind::counts);
  EXPECT_EQ(kind_of("[[1]]"), RecordedKind::weights);
  EXPECT_EQ(kind_of("1,2\n"), RecordedKind::weights);
  for (const auto* text : {"", "\n", "layer,load\n", "\x7f\x45LF", "MOETRC2"}) {
    EXPECT_EQ(kind_of(text), RecordedKind::unknown) << text;
  }
}

TEST(RecordedFile, TracesOfBothFormatsAreRead) {
  EXPECT_EQ(tables_of(read_trace, lines).size(), 3U);
  EXPECT_EQ(tables_of(read_trace, compact()).size(), 1U);
  EXPECT_THAT(refusal([] { tables_of(read_trace, counts); }), HasSubstr("--skew load:FILE"));
  EXPECT_THAT(refusal([] { tables_of(read_trace, "[[1]]"); }), HasSubstr("--skew load:FILE"));
  EXPECT_THAT(refusal([] { tables_of(read_trace, "x"); }), HasSubstr("no recorded file"));
}

TEST(RecordedFile, EveryFormatHoldsLoads) {
  using Load = std::vector<double>;
  EXPECT_EQ(load_vector("file", lines, 0), (Load{1, 0, 3, 1}));
  EXPECT_EQ(load_vector("file", lines, 1), (Load{1, 1}));
  EXPECT_EQ(load_vector("file", compact(), 0), (Load{0, 0, 0, 1, 0}));
  EXPECT_EQ(load_vector("file", counts, 0), (Load{3, 1}));
  EXPECT_EQ(load_vector("file", counts, 1), (Load{4}));
  EXPECT_EQ(load_vector("file", "1,2\n3,4\n", 1), (Load{3, 4}));
  for (const auto& [text, most] : {std::pair(lines, 1), {counts, 1}, {compact(), 0}}) {
    EXPECT_THAT(refusal([&] { load_vector("file", text, most + 1); }),
                HasSubstr("no load vector " + std::to_string(most + 1) + "; allowed: 0 to " +
                          std::to_string(most)));
  }
  EXPECT_THAT(refusal([] { load_vector("file", "0,0\n", 0); }), HasSubstr("adds up to 0"));
  EXPECT_THAT(refusal([] { load_vector("file", "1e308,1e308\n", 0); }),
              HasSubstr("adds up to inf"));
  EXPECT_THAT(refusal([] { load_vector("file", "x", 0); }), HasSubstr("no recorded file"));
}

TEST(RecordedFile, WhatCannotBeReadIsNamed) {
  const auto refused = [](const std::filesystem::path& path) {
    return refusal([&] { read_recorded_file("file", path); });
  };
  EXPECT_THAT(refused("/no/such/file"), HasSubstr("no such file"));
  EXPECT_THAT(refused(testing::TempDir()), HasSubstr("no regular file"));
  EXPECT_THAT(refused("/dev/zero"), HasSubstr("no regular file"));
  const auto path = std::filesystem::path(testing::TempDir()) / "recorded_file_test";
  std::ofstream(path, std::ios::binary) << std::string("a\0b", 3);
  EXPECT_EQ(read_recorded_file("file", path), std::string("a\0b", 3));
  std::filesystem::resize_file(path, (std::uintmax_t{1} << 30) + 1);  // a hole, on disk
  EXPECT_THAT(refused(path), HasSubstr("1073741825 bytes; allowed: up to 1073741824"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace moemark
