// Which instruction set the host kernels run with, chosen once at start.
#pragma once

#include <string_view>

namespace moemark::kernels {

// For the console and run.json: x86-64-v4, x86-64-v3, x86-64-v2, or portable.
std::string_view isa_name();

}  // namespace moemark::kernels
