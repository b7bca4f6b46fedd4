// Turning NCCL result codes into one exception type.
#include "comm/nccl/check.hpp"

#include <fmt/format.h>

#include <string_view>

namespace moemark::comm {

void throw_nccl_error(ncclResult_t result, ncclComm_t communicator, std::source_location where) {
  const char* const last = ncclGetLastError(communicator);
  const std::string_view detail = last == nullptr ? "" : last;
  throw NcclError(fmt::format("NCCL: {}{}{}{} ({}:{})", ncclGetErrorString(result),
                              detail.empty() ? "" : " (", detail, detail.empty() ? "" : ")",
                              where.file_name(), where.line()));
}

}  // namespace moemark::comm
