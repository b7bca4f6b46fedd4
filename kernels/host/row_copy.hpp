// Copies of rows with the stores that suit the size of the whole payload.
#pragma once

#include <cstddef>

namespace moemark::kernels {

// Whether so many bytes written push each other out of the last-level cache: then stores that
// pass the caches by save reading every line before it is written.
bool exceeds_last_level_cache(std::size_t bytes_written);

void copy_row(const std::byte* from, std::byte* to, std::size_t bytes, bool streaming);

// Makes streaming stores visible to other cores; call it once after the last of them.
void finish_streaming();

}  // namespace moemark::kernels
