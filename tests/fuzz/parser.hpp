// What every fuzz target shares: a parser either accepts its input or refuses it with one sentence.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "model/errors.hpp"

// The entry that libFuzzer calls, and replay_main.cpp with the files of the corpus.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace moemark::fuzz {

// Begins every sentence of a parser under test.
inline const std::string origin = "file";

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Ends the program, which a fuzzer counts as found.
inline void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

// Whether `parse` accepts its input. Anything but a UsageError of one line is found.
template <class Parse>
bool accepted(Parse parse) {
  try {
    parse();
  } catch (const UsageError& error) {
    const std::string_view sentence = error.what();
    require(!sentence.empty() && sentence.find('\n') == std::string_view::npos,
            "a refusal is one line");
    return false;
  } catch (const CaseSkipped&) {
    return false;
  }
  return true;
}

}  // namespace moemark::fuzz
