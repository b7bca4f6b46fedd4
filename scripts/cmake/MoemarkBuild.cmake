# Compiler flags of the whole project, and the functions that declare a layer and a benchmark.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(MOEMARK_SANITIZE "" CACHE STRING "Comma list for -fsanitize= (address,undefined or thread)")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(moemark_flags INTERFACE)
target_include_directories(moemark_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})
set(moemark_cxx_flags
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror
  -ffp-contract=off)  # the same digits on every machine; expert_gemm turns it on for itself
if(MOEMARK_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # GCC documents that its sanitizers bring false positives of -Wmaybe-uninitialized; GCC 12
    # reports some inside <regex>. The builds without a sanitizer keep the warning.
    list(APPEND moemark_cxx_flags -Wno-maybe-uninitialized)
  endif()
  list(APPEND moemark_cxx_flags
    -fsanitize=${MOEMARK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -O1)
  target_link_options(moemark_flags INTERFACE -fsanitize=${MOEMARK_SANITIZE})
  target_sources(moemark_flags INTERFACE
    $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${CMAKE_SOURCE_DIR}/tests/suppressions/keep_loaded.cpp>)
endif()
target_compile_options(moemark_flags INTERFACE
  "$<$<COMPILE_LANGUAGE:C,CXX>:${moemark_cxx_flags}>")
target_compile_options(moemark_flags INTERFACE "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings;-Wdefault-stream-launch;-Wmissing-launch-bounds>")

# moemark_layer(NAME SOURCES ... [DEPENDS layers...] [LIBRARIES targets...])
# A layer is a static library moemark_NAME that sees only the layers it names.
function(moemark_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  add_library(moemark_${name} STATIC ${arg_SOURCES})
  target_link_libraries(moemark_${name} PUBLIC moemark_flags)
  foreach(layer IN LISTS arg_DEPENDS)
    target_link_libraries(moemark_${name} PUBLIC moemark_${layer})
  endforeach()
  target_link_libraries(moemark_${name} PRIVATE ${arg_LIBRARIES})
endfunction()
