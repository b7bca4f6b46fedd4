// The ways a request can be refused; each carries one sentence for the user.
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

// This machine lacks what the binary is made for (a GPU, a driver): exit code 77 on every rank,
// which test drivers read as skipped.
struct DeviceAbsent : std::runtime_error {
  using std::runtime_error::runtime_error;
};
inline constexpr int no_device_exit_code = 77;

}  // namespace moemark
