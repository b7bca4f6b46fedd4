// oneDNN: two matmul primitives for each expert that has rows, bfloat16 rows and weights, float32
// sums; weights in the layout that oneDNN asks for.
#include <algorithm>
#include <cstddef>
#include <dnnl.hpp>
#include <map>
#include <utility>

#include "kernels/compare/ffn_library.hpp"
#include "model/dtype.hpp"
#include "model/errors.hpp"

// Of OpenMP, whose header only its own compiler has: oneDNN starts its threads by it.
extern "C" void omp_set_num_threads(int threads);  // NOLINT(readability-identifier-naming)

namespace moemark::kernels {
namespace {

using dnnl::memory;

memory::desc plain(std::size_t rows, std::size_t columns, memory::data_type type) {
  return {{static_cast<memory::dim>(rows), static_cast<memory::dim>(columns)},
          type,
          memory::format_tag::ab};
}

std::vector<BFloat16> rounded(std::span<const float> values) {
  std::vector<BFloat16> result(values.size());
  std::ranges::transform(values, result.begin(), to_bfloat16);
  return result;
}

// c [rows, columns] = a [rows, depth] b^T, b [columns, depth], for one number of rows.
class MatMul {
 public:
  MatMul(const dnnl::engine& engine, std::size_t rows, std::size_t columns, std::size_t depth,
         memory::data_type result)
      : primitive_(descriptor(engine, rows, columns, depth, result)),
        operation_(primitive_),
        a_(primitive_.src_desc(), engine, nullptr),
        c_(primitive_.dst_desc(), engine, nullptr) {}

  [[nodiscard]] memory::desc weights_layout() const { return primitive_.weights_desc(); }

  void run(dnnl::stream& stream, void* a, const memory& b, void* c) {
    a_.set_data_handle(a);
    c_.set_data_handle(c);
    operation_.execute(stream, {{DNNL_ARG_SRC, a_}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c_}});
  }

 private:
  static dnnl::matmul::primitive_desc descriptor(const dnnl::engine& engine, std::size_t rows,
                                                 std::size_t columns, std::size_t depth,
                                                 memory::data_type result) {
    const memory::desc any_weights(
        {static_cast<memory::dim>(depth), static_cast<memory::dim>(columns)},
        memory::data_type::bf16, memory::format_tag::any);
    return {
        {plain(rows, depth, memory::data_type::bf16), any_weights, plain(rows, columns, result)},
        engine};
  }

  dnnl::matmul::primitive_desc primitive_;
  dnnl::matmul operation_;
  memory a_, c_;
};

class OneDnnFfn final : public FfnLibrary {
 public:
  explicit OneDnnFfn(const FfnTask& task)
      : hidden_(static_cast<std::size_t>(task.shape.hidden)),
        ffn_(static_cast<std::size_t>(task.shape.ffn)),
        offsets_(task.offsets.begin(), task.offsets.end()),
        engine_(dnnl::engine::kind::cpu, 0),
        stream_(engine_),
        x_(rounded(task.x)),
        y_(x_.size()) {
    std::size_t most_rows = 0;
    for (std::size_t e = 0; e + 1 < offsets_.size(); ++e) {
      const std::size_t rows = rows_of(e);
      most_rows = std::max(most_rows, rows);
      if (rows == 0 || up_.contains(rows)) continue;
      up_.try_emplace(rows, engine_, rows, 2 * ffn_, hidden_, memory::data_type::f32);
      down_.try_emplace(rows, engine_, rows, hidden_, ffn_, memory::data_type::bf16);
    }
    for (std::size_t copy = 0; copy < task.weight_copies; ++copy) pack(task);
    hidden_rows_.resize(most_rows * 2 * ffn_);
    activated_.resize(most_rows * ffn_);
    activated_bf16_.resize(activated_.size());
  }

  void run() override {
    const std::vector<ExpertWeights>& weights = weights_[copy_];
    for (std::size_t e = 0; e + 1 < offsets_.size(); ++e) {
      const std::size_t rows = rows_of(e);
      if (rows == 0) continue;
      const std::size_t first = static_cast<std::size_t>(offsets_[e]) * hidden_;
      up_.at(rows).run(stream_, x_.data() + first, weights[e].gate_up, hidden_rows_.data());
      const auto activated = std::span(activated_).first(rows * ffn_);
      swiglu_rows(std::span(hidden_rows_).first(rows * 2 * ffn_), ffn_, activated);
      std::ranges::transform(activated, activated_bf16_.begin(), to_bfloat16);
      down_.at(rows).run(stream_, activated_bf16_.data(), weights[e].down, y_.data() + first);
    }
    stream_.wait();
    copy_ = (copy_ + 1) % weights_.size();
  }

  [[nodiscard]] std::vector<float> result() const override {
    std::vector<float> values(y_.size());
    std::ranges::transform(y_, values.begin(), [](BFloat16 value) { return to_float(value); });
    return values;
  }

 private:
  struct ExpertWeights {
    memory gate_up, down;
  };

  [[nodiscard]] std::size_t rows_of(std::size_t expert) const {
    return static_cast<std::size_t>(offsets_[expert + 1] - offsets_[expert]);
  }

  // [columns, depth] float32 in the layout of `to`.
  memory reordered(std::span<const float> matrix, std::size_t columns, std::size_t depth,
                   const memory::desc& to) {
    std::vector<BFloat16> values = rounded(matrix);
    const memory::desc transposed(
        {static_cast<memory::dim>(depth), static_cast<memory::dim>(columns)},
        memory::data_type::bf16, memory::format_tag::ba);
    memory from(transposed, engine_, values.data());
    memory result(to, engine_);
    dnnl::reorder(from, result).execute(stream_, from, result);
    stream_.wait();
    return result;
  }

  void pack(const FfnTask& task) {
    const std::size_t matrix = hidden_ * ffn_;
    std::vector<ExpertWeights> experts;
    for (std::size_t e = 0; e + 1 < offsets_.size(); ++e) {
      const std::size_t rows = rows_of(e);
      if (rows == 0) {
        experts.emplace_back();
        continue;
      }
      const auto gate = task.weights.gate.subspan(e * matrix, matrix);
      const auto up = task.weights.up.subspan(e * matrix, matrix);
      std::vector<float> both(gate.begin(), gate.end());
      both.insert(both.end(), up.begin(), up.end());
      experts.push_back({reordered(both, 2 * ffn_, hidden_, up_.at(rows).weights_layout()),
                         reordered(task.weights.down.subspan(e * matrix, matrix), hidden_, ffn_,
                                   down_.at(rows).weights_layout())});
    }
    weights_.push_back(std::move(experts));
  }

  std::size_t hidden_;
  std::size_t ffn_;
  std::vector<std::int32_t> offsets_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  std::vector<BFloat16> x_, y_;
  std::map<std::size_t, MatMul> up_, down_;          // by rows
  std::vector<std::vector<ExpertWeights>> weights_;  // copies in rotation
  std::size_t copy_ = 0;
  std::vector<float> hidden_rows_, activated_;
  std::vector<BFloat16> activated_bf16_;
};

}  // namespace

std::unique_ptr<FfnLibrary> make_onednn(const FfnTask& task) {
  omp_set_num_threads(1);
  try {
    return std::make_unique<OneDnnFfn>(task);
  } catch (const dnnl::error& error) {
    if (error.status != dnnl_unimplemented) throw;
    throw CaseSkipped("oneDNN has no bfloat16 matmul for this processor");
  }
}

}  // namespace moemark::kernels
