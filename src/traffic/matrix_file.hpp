// The traffic-matrix file of nccl-tests' alltoallv_perf (NCCL_TESTS_ALLTOALLV_MATRIX_FILE, version
// 2.19): a line for each source rank with the bytes to each destination, separated by blanks.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "traffic/traffic_matrix.hpp"

namespace moemark {

// `rows` [ranks, ranks] times `row_bytes`.
std::string matrix_text(const CountMatrix& rows, std::size_t row_bytes);

// Bytes [ranks, ranks]. Numbers are read as nccl-tests reads them: decimals and exponents allowed,
// fractions of a byte dropped. Throws UsageError, its sentence beginning with `origin` (flag and
// file), unless the text is a square of `ranks` by `ranks` numbers from 0 to 2^53. (nccl-tests
// takes a corner of a larger one; traffic that is silently left out is refused here.)
CountMatrix parse_matrix(std::string_view origin, const std::string& text, int ranks);

}  // namespace moemark
