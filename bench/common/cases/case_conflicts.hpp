// Combinations of a sweep that make no sense: a case of its own is skipped, a value that never
// makes sense is an error.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/common/cases/cases.hpp"

namespace moemark::bench {

// A combination that makes no sense, blamed on one value of one option.
struct Conflict {
  std::string flag;
  std::string value;
  std::string reason;
};

std::optional<Conflict> conflict_of(const Case& c, const Options& options, const JobShape& job);

// Which values of which options were seen in a combination that makes sense, and which in one
// that does not.
class Verdicts {
 public:
  void accept(const Case& c, const Options& options);
  void refuse(const Conflict& conflict) { bad_.push_back(conflict); }
  // UsageError for the first value that made sense nowhere.
  void throw_if_hopeless() const;

 private:
  std::set<std::string> good_;
  std::vector<Conflict> bad_;
};

}  // namespace moemark::bench
