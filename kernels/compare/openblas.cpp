// OpenBLAS: two sgemm for each expert that has rows. Weights are stored as [H, 2F] and [F, H], the
// layout in which OpenBLAS is fastest for few rows.
#include <cblas.h>

#include <algorithm>
#include <cstddef>

#include "kernels/compare/ffn_library.hpp"

namespace moemark::kernels {
namespace {

// [columns, rows] of row-major [rows, columns].
void transpose(std::span<const float> from, std::size_t rows, std::size_t columns, float* to,
               std::size_t to_stride) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) to[c * to_stride + r] = from[r * columns + c];
  }
}

class OpenBlasFfn final : public FfnLibrary {
 public:
  explicit OpenBlasFfn(const FfnTask& task)
      : hidden_(static_cast<std::size_t>(task.shape.hidden)),
        ffn_(static_cast<std::size_t>(task.shape.ffn)),
        offsets_(task.offsets.begin(), task.offsets.end()),
        x_(task.x.begin(), task.x.end()),
        y_(x_.size()) {
    openblas_set_num_threads(1);
    const std::size_t matrix = hidden_ * ffn_;
    const auto experts = static_cast<std::size_t>(task.shape.experts);
    std::vector<float> gate_up(experts * 2 * matrix);
    std::vector<float> down(experts * matrix);
    for (std::size_t e = 0; e < experts; ++e) {
      float* const to = gate_up.data() + e * 2 * matrix;
      transpose(task.weights.gate.subspan(e * matrix, matrix), ffn_, hidden_, to, 2 * ffn_);
      transpose(task.weights.up.subspan(e * matrix, matrix), ffn_, hidden_, to + ffn_, 2 * ffn_);
      transpose(task.weights.down.subspan(e * matrix, matrix), hidden_, ffn_,
                down.data() + e * matrix, hidden_);
    }
    gate_up_.assign(task.weight_copies, gate_up);
    down_.assign(task.weight_copies, down);
    std::size_t most_rows = 0;
    for (std::size_t e = 0; e < experts; ++e) most_rows = std::max(most_rows, rows_of(e));
    hidden_rows_.resize(most_rows * 2 * ffn_);
    activated_.resize(most_rows * ffn_);
  }

  void run() override {
    const std::size_t matrix = hidden_ * ffn_;
    for (std::size_t e = 0; e + 1 < offsets_.size(); ++e) {
      const std::size_t rows = rows_of(e);
      if (rows == 0) continue;
      const std::size_t first = static_cast<std::size_t>(offsets_[e]) * hidden_;
      multiply(rows, 2 * ffn_, hidden_, x_.data() + first, gate_up_[copy_].data() + e * 2 * matrix,
               hidden_rows_.data());
      swiglu_rows(std::span(hidden_rows_).first(rows * 2 * ffn_), ffn_,
                  std::span(activated_).first(rows * ffn_));
      multiply(rows, hidden_, ffn_, activated_.data(), down_[copy_].data() + e * matrix,
               y_.data() + first);
    }
    copy_ = (copy_ + 1) % gate_up_.size();
  }

  [[nodiscard]] std::vector<float> result() const override { return y_; }

 private:
  [[nodiscard]] std::size_t rows_of(std::size_t expert) const {
    return static_cast<std::size_t>(offsets_[expert + 1] - offsets_[expert]);
  }
  // c [rows, columns] = a [rows, depth] b [depth, columns]
  static void multiply(std::size_t rows, std::size_t columns, std::size_t depth, const float* a,
                       const float* b, float* c) {
    const auto m = static_cast<blasint>(rows);
    const auto n = static_cast<blasint>(columns);
    const auto k = static_cast<blasint>(depth);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0F, a, k, b, n, 0.0F, c, n);
  }

  std::size_t hidden_;
  std::size_t ffn_;
  std::vector<std::int32_t> offsets_;
  std::vector<float> x_, y_;
  std::vector<std::vector<float>> gate_up_, down_;  // copies in rotation
  std::size_t copy_ = 0;
  std::vector<float> hidden_rows_, activated_;
};

}  // namespace

std::unique_ptr<FfnLibrary> make_openblas(const FfnTask& task) {
  return std::make_unique<OpenBlasFfn>(task);
}

}  // namespace moemark::kernels
