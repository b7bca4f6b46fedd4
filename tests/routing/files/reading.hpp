// What the tests of recorded files share: the sentence of a refusal, and tables read one by one.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "model/errors.hpp"
#include "routing/files/trace_table.hpp"

namespace moemark {

// The sentence with which `read` refuses, or "" when it does not; always one line, and about
// `file`.
template <class Read>
std::string refusal(Read read) {
  try {
    read();
  } catch (const UsageError& error) {
    const std::string sentence = error.what();
    EXPECT_TRUE(sentence.starts_with("file: ")) << sentence;
    EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
    return sentence;
  }
  return "";
}

// All tables of a trace, through one of the readers.
template <class Read>
std::vector<TraceTable> tables_of(Read read, std::string_view text) {
  std::vector<TraceTable> tables;
  read("file", text, [&](TraceTable&& table) { tables.push_back(std::move(table)); });
  return tables;
}

}  // namespace moemark
