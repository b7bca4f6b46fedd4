// JSON lines come back as they were written; Megatron's are read; every fault is named with its
// line.
#include "routing/files/trace_lines.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "reading.hpp"

namespace moemark {
namespace {

using testing::HasSubstr;

std::vector<TraceTable> read(const std::string& text) {
  return tables_of(read_trace_lines, text);
}

// A good line with one piece of it replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string line =
      R"({"step":1,"layer":3,"rank":0,"num_tokens":2,"topk":2,"top_indices":[[5,2],[0,-1]],)"
      R"("weights":[[0.5,0.25],[1,0]],"num_experts":8})";
  const auto place = line.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return line.replace(place, from.size(), to);
}

std::string refused(const std::string& from, const std::string& to) {
  return refusal([&] { read(with("", "") + "\n" + with(from, to)); });
}

TEST(TraceLines, ComeBackAsWritten) {
  RoutingTable table(2, 3);
  table.topk_ids = {7, 0, 3, 2, -1, -1};
  table.topk_weights = {0.1F, 0.2F, 1e-30F, 1.0F, 0.0F, 0.0F};
  std::ostringstream out;
  write_trace_line(out, table, 4, 5, 6, 8);
  write_trace_line(out, RoutingTable(0, 1), 0, 0, 0, 8);
  const auto tables = read(out.str());
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0].step, 4);
  EXPECT_EQ(tables[0].layer, 5);
  EXPECT_EQ(tables[0].rank, 6);
  EXPECT_EQ(tables[0].experts, 8);
  EXPECT_TRUE(tables[0].weighted);
  EXPECT_EQ(tables[0].table.topk_ids, table.topk_ids);
  EXPECT_EQ(tables[0].table.topk_weights, table.topk_weights);
  EXPECT_EQ(tables[1].table.tokens, 0);
  EXPECT_EQ(tables[1].table.topk, 1);
}

TEST(TraceLines, OfMegatronAreRead) {
  const auto tables = read(
      "{\"step\": 0, \"stage\": \"pre_dispatch\", \"block\": \"decoder\", \"layer\": 3, \"rank\": "
      "1,"
      " \"num_tokens\": 1, \"topk\": 3, \"top_indices\": [[12, 45, 511]], \"hs_shape\": [1, [2]],"
      " \"more\": {\"step\": 7, \"deep\": [{\"rank\": 9}]}, \"f\": 0.5, \"n\": null}\r\n"
      "\n  \n");
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables[0].step, 0);
  EXPECT_EQ(tables[0].rank, 1);
  EXPECT_EQ(tables[0].experts, 0);
  EXPECT_FALSE(tables[0].weighted);
  EXPECT_EQ(tables[0].table.topk_ids, (std::vector<std::int32_t>{12, 45, 511}));
  EXPECT_TRUE(read("").empty());
}

TEST(TraceLines, EveryFaultIsNamedWithItsLine) {
  EXPECT_EQ(refused("", ""), "");
  const std::vector<std::pair<std::pair<std::string, std::string>, std::string>> faults = {
      {{"}", ""}, "malformed or cut JSON at byte"},
      {{"{", "[1,{"}, "a list where none belongs is no table"},
      {{"\"step\":1", "\"step\":1.5"}, "'1.5' is no whole number"},
      {{"\"step\":1", "\"step\":-1"}, "'step' is -1"},
      {{"\"step\":1", "\"step\":\"1\""}, "'step' holds a text"},
      {{"\"step\":1", "\"step\":[1]"}, "'step' holds a list"},
      {{"\"step\":1", "\"step\":{}"}, "'step' holds an object"},
      {{"\"step\":1", "\"step\":1,\"step\":1"}, "'step' stands there twice"},
      {{"\"step\":1", "\"stop\":1"}, "'step' is missing"},
      {{"\"rank\":0", "\"rank\":99999999999999999999"}, "is no whole number"},
      {{"\"rank\":0", "\"rank\":18446744073709551615"}, "'rank' is"},
      {{"\"num_tokens\":2", "\"num_tokens\":3"}, "'top_indices' has 2 tokens, 'num_tokens' is 3"},
      {{"\"num_tokens\":2", "\"num_tokens\":999999999"}, "'num_tokens' is 999999999"},
      {{"\"topk\":2", "\"topk\":0"}, "'topk' is 0"},
      {{"\"topk\":2", "\"topk\":3"}, "token 0 has 2 experts, 'topk' is 3"},
      {{"[0,-1]", "[0]"}, "token 1 has 1 experts"},
      {{"[0,-1]", "[-1,0]"}, "token 1: expert 0 stands behind a -1"},
      {{"[5,2]", "[5,5]"}, "token 0: expert 5 stands there twice"},
      {{"[5,2]", "[5,8]"}, "token 0: expert 8 is not allowed; allowed: 0 to 7"},
      {{"[5,2]", "[5,-2]"}, "expert -2 is not allowed"},
      {{"[5,2]", "[5,65535]"}, "expert 65535 is not allowed"},
      {{"[5,2]", "[5,2.0]"}, "'2.0' is no whole number"},
      {{"[5,2]", "[5,true]"}, "'top_indices' holds a truth value"},
      {{"[5,2]", "[5,[2]]"}, "'top_indices' holds a list"},
      {{"[5,2],", "5,"}, "must be a list of lists"},
      {{"[[5,2],[0,-1]]", "7"}, "must be a list of lists"},
      {{"[1,0]", "[1]"}, "'weights' has not the shape"},
      {{"[1,0]", "[1,1e39]"}, "beyond float32"},
      {{"[1,0]", "[1,null]"}, "'weights' holds null"},
      {{"\"num_experts\":8", "\"num_experts\":0"}, "'num_experts' is 0"},
  };
  for (const auto& [change, what] : faults) {
    EXPECT_THAT(refused(change.first, change.second), HasSubstr("line 2: ")) << change.second;
    EXPECT_THAT(refused(change.first, change.second), HasSubstr(what)) << change.second;
  }
  for (const auto* text : {"7", "null", "\"x\"", "[]", "1.5", "{} {}", "{", "\x80"}) {
    EXPECT_THAT(refusal([&] { read(text); }), HasSubstr("line 1: ")) << text;
  }
  // Deep nesting takes no stack.
  EXPECT_THAT(refusal([] { read("{\"a\":" + std::string(1000000, '[')); }), HasSubstr("cut JSON"));
}

}  // namespace
}  // namespace moemark
