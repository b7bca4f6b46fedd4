# Writes build_info.hpp: run by the target moemark_build_info at every build.
find_package(Git QUIET)
set(REVISION unknown)
set(DIRTY unknown)
if(GIT_FOUND)
  # The clone may belong to somebody else than who builds (a container): reading is harmless.
  set(git ${GIT_EXECUTABLE} -c "safe.directory=*" -C ${SOURCE})
  execute_process(COMMAND ${git} rev-parse HEAD OUTPUT_VARIABLE revision RESULT_VARIABLE failed
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT failed)
    set(REVISION ${revision})
    execute_process(COMMAND ${git} status --porcelain OUTPUT_VARIABLE changes ERROR_QUIET)
    if(changes STREQUAL "")
      set(DIRTY no)
    else()
      set(DIRTY yes)
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [[
// Generated at build time: what this binary was built from.
#pragma once

namespace moemark::report::build_info {
inline constexpr char version[] = "@VERSION@";
inline constexpr char revision[] = "@REVISION@";
inline constexpr char dirty[] = "@DIRTY@";  // yes, no or unknown
inline constexpr char compiler[] = "@COMPILER@";
inline constexpr char build_type[] = "@BUILD_TYPE@";
inline constexpr char flags[] = "@FLAGS@";
inline constexpr char benchmark_version[] = "@BENCHMARK_VERSION@";
}  // namespace moemark::report::build_info
]] @ONLY)
