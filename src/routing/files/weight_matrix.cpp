// Reads a matrix of weights in either notation.
#include "routing/files/weight_matrix.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <memory>
#include <system_error>

#include "model/errors.hpp"
#include "routing/files/trace_table.hpp"

namespace moemark {
namespace {

// The two notations differ in what stands around rows and between them only.
class MatrixReader {
 public:
  MatrixReader(const std::string& origin, std::string_view text) : origin_(origin), text_(text) {}

  std::vector<std::vector<double>> read() {
    skip(" \t\r\n");
    if (take('[')) {
      read_json_rows();
    } else {
      while (at_ < text_.size()) {
        read_row(" \t");
        skip(" \t\r");
        if (at_ < text_.size() && !take('\n')) fail("a line end belongs here");
        skip(" \t\r\n");
      }
    }
    if (rows_.empty()) fail("there is no layer");
    return std::move(rows_);
  }

 private:
  void read_json_rows() {
    const std::string_view blanks = " \t\r\n";
    do {
      skip(blanks);
      if (!take('[')) fail("'[' belongs here");
      read_row(blanks);
      if (!take(']')) fail("',' or ']' belongs here");
      skip(blanks);
    } while (take(','));
    if (!take(']')) fail("',' or ']' belongs here");
    skip(blanks);
    if (at_ < text_.size()) fail("nothing may follow the matrix");
  }

  void read_row(std::string_view blanks) {
    std::vector<double> row;
    const std::size_t begin = at_;
    do {
      skip(blanks);
      row.push_back(weight());
      skip(blanks);
    } while (take(','));
    if (row.size() > most_trace_experts || (!rows_.empty() && row.size() != rows_[0].size())) {
      at_ = begin;
      fail(fmt::format("layer {} has {} experts; allowed: {}", rows_.size(), row.size(),
                       rows_.empty() ? fmt::format("up to {}", most_trace_experts)
                                     : fmt::format("the {} of layer 0", rows_[0].size())));
    }
    rows_.push_back(std::move(row));
  }

  double weight() {
    double value = 0.0;
    const char* begin = text_.data() + at_;
    const auto [stop, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    // from_chars reads "nan" and "inf" too.
    if (error != std::errc() || !std::isfinite(value) || value < 0.0) {
      fail("a finite weight of at least 0 belongs here");
    }
    at_ += static_cast<std::size_t>(stop - begin);
    return value;
  }

  void skip(std::string_view blanks) {
    while (at_ < text_.size() && blanks.find(text_[at_]) != std::string_view::npos) ++at_;
  }

  bool take(char wanted) {
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  [[noreturn]] void fail(std::string_view what) const {
    throw UsageError(fmt::format("{}: byte {}: {}", origin_, at_, what));
  }

  const std::string& origin_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::vector<double>> rows_;
};

}  // namespace

std::vector<std::vector<double>> parse_weight_matrix(const std::string& origin,
                                                     std::string_view text) {
  return MatrixReader(origin, text).read();
}

}  // namespace moemark
