// A build without oneDNN.
#include "kernels/compare/ffn_library.hpp"
#include "model/errors.hpp"

namespace moemark::kernels {

std::unique_ptr<FfnLibrary> make_onednn(const FfnTask& /*task*/) {
  throw CaseSkipped("built without oneDNN (libdnnl-dev)");
}

}  // namespace moemark::kernels
