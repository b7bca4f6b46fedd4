// The experts' FFN as a library would be used for it: a GEMM of the library for every expert. Timed
// beside our grouped kernel (--compare).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/expert_gemm.hpp"

namespace moemark::kernels {

// What a comparison computes: as expert_ffn(), on the host, with plain weights.
struct FfnTask {
  ExpertShape shape;  // its type of weights is the library's own here
  ExpertWeightsView weights;
  std::span<const float> x;               // [rows, H]
  std::span<const std::int32_t> offsets;  // [experts + 1]
  std::size_t weight_copies = 1;          // that run() goes through in rotation
};

class FfnLibrary {
 public:
  virtual ~FfnLibrary() = default;
  FfnLibrary() = default;
  FfnLibrary(const FfnLibrary&) = delete;
  FfnLibrary& operator=(const FfnLibrary&) = delete;
  FfnLibrary(FfnLibrary&&) = delete;
  FfnLibrary& operator=(FfnLibrary&&) = delete;

  // One FFN over all rows, on one thread. Rows in and out have the type that the library likes
  // best; turning ours into it is not part of the run.
  virtual void run() = 0;
  // What the last run computed, [rows, H].
  [[nodiscard]] virtual std::vector<float> result() const = 0;
};

struct FfnLibraryEntry {
  std::string_view name;
  // Bytes of one weight in that library.
  std::size_t weight_bytes;
  // Throws CaseSkipped with the reason where this build or this processor has no such library.
  std::unique_ptr<FfnLibrary> (*make)(const FfnTask& task);
};

// `openblas`: sgemm. `onednn`: matmul of bfloat16 with float32 sums.
std::unique_ptr<FfnLibrary> make_openblas(const FfnTask& task);
std::unique_ptr<FfnLibrary> make_onednn(const FfnTask& task);
inline constexpr FfnLibraryEntry openblas_ffn{"ffn_openblas", sizeof(float), make_openblas};
inline constexpr FfnLibraryEntry onednn_ffn{"ffn_onednn", 2, make_onednn};

// out = silu(gate) * up of rows [gate, up] that lie behind each other, [rows, 2F] to [rows, F].
void swiglu_rows(std::span<const float> gate_up, std::size_t ffn, std::span<float> out);

}  // namespace moemark::kernels
