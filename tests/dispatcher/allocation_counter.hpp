// Counts what a process allocates; link with --wrap=aligned_alloc to see device buffers too.
#pragma once

#include <cstdint>

namespace moemark {

// Calls of operator new and aligned_alloc of this process so far.
std::int64_t allocations_so_far();

}  // namespace moemark
