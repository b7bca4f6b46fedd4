// The two ways a request can be refused; both carry one sentence for the user.
#pragma once

#include <stdexcept>

namespace moemark {

// Wrong in every combination (flag, file or environment): exit code 2 on every rank.
// The sentence names the flag or line, the value, and what is allowed.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// This one case cannot run (does not fit, needs a part not built): a row with status `skipped`.
struct CaseSkipped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A result that is not what it must be: exit code 1, and no time is printed for the case.
struct WrongResult : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace moemark
