// A build without OpenBLAS.
#include "kernels/compare/ffn_library.hpp"
#include "model/errors.hpp"

namespace moemark::kernels {

std::unique_ptr<FfnLibrary> make_openblas(const FfnTask& /*task*/) {
  throw CaseSkipped("built without OpenBLAS (libopenblas-dev)");
}

}  // namespace moemark::kernels
