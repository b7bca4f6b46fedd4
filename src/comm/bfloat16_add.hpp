// Adds rows of bfloat16, two elements a word, so that the compiler can use whole vectors.
#pragma once

#include <span>

#include "model/dtype.hpp"

namespace moemark::comm {

// sum[i] = to_bfloat16(to_float(left[i]) + to_float(sum[i])) for all i of `left`, bit for bit;
// which of two NaNs is passed on is the machine's choice. The spans must not overlap.
void add_bfloat16(std::span<const BFloat16> left, std::span<BFloat16> sum);

}  // namespace moemark::comm
