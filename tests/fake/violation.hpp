// What the fakes do about a mistake that on a GPU would hang, corrupt memory or go unnoticed.
#pragma once

#include <string>

namespace fake {

// Prints one sentence with this process's rank and ends the job with exit code 86.
[[noreturn]] void violation(const std::string& sentence);
constexpr int violation_exit_code = 86;

// A number from the environment (FAKE_SEED, FAKE_DEVICES, FAKE_LIMIT_MS), else `otherwise`.
int setting(const char* name, int otherwise);

}  // namespace fake
