// Traffic matrices on disk.
#include "bench/common/inputs/matrix_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "model/errors.hpp"
#include "traffic/matrix_file.hpp"

namespace moemark::bench {

MatrixOutput::MatrixOutput(Launch& launch, const std::filesystem::path& path) {
  std::optional<std::string> failure;
  if (launch.is_root()) {
    file_.open(path);
    if (!file_) {
      failure = fmt::format("--matrix-out: '{}' cannot be written: {}", path.string(),
                            std::strerror(errno));
    }
  }
  if (const auto first = launch.world.first_failure(failure)) throw UsageError(*first);
}

void MatrixOutput::write(const CountMatrix& assignments, std::size_t row_bytes) {
  file_ << matrix_text(assignments, row_bytes) << std::flush;
  if (!file_) throw std::runtime_error("--matrix-out: the matrix could not be written whole");
}

CountMatrix read_matrix(const Launch& launch, const std::filesystem::path& path) {
  const std::string origin = fmt::format("--matrix: '{}'", path.string());
  std::optional<std::string> failure;
  std::ostringstream text;
  if (launch.is_root()) {
    std::ifstream file(path, std::ios::binary);
    if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
    if (!file.is_open() || file.bad()) {
      failure = fmt::format("{} cannot be read: {}", origin, std::strerror(errno));
    }
  }
  if (const auto first = launch.world.first_failure(failure)) throw UsageError(*first);
  return parse_matrix(origin, launch.world.broadcast(text.str(), 0), launch.world.size());
}

}  // namespace moemark::bench
