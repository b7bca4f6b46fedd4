// Sums and maxima of the element types that this suite reduces.
#pragma once

#include <nccl.h>

#include <cstddef>

namespace fake {

// into[i] = into[i] op from[i]; bfloat16 is added in float32 and rounded. Ends the job for any
// other type or operation.
void reduce_into(std::byte* into, const std::byte* from, std::size_t count, ncclDataType_t type,
                 ncclRedOp_t operation);

}  // namespace fake
