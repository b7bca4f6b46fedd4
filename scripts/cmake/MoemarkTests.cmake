# Functions that register tests: the rank counts of an MPI test stand in its registration.
find_package(GTest REQUIRED)
find_program(MPIRUN mpirun REQUIRED)

set(MOEMARK_MPI_ENVIRONMENT
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
  OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_btl_base_warn_component_unused=0
  OMPI_MCA_btl=self,vader OMPI_MCA_btl_vader_single_copy_mechanism=none)
# Open MPI has no frame pointers: only the slow unwinder finds whose call of vasprintf() leaked.
list(APPEND MOEMARK_MPI_ENVIRONMENT "ASAN_OPTIONS=fast_unwind_on_malloc=0")
set(MOEMARK_TEST_ENVIRONMENT
  "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/suppressions/lsan.txt:print_suppressions=0"
  "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/suppressions/tsan.txt"
  "UBSAN_OPTIONS=print_stacktrace=1")

# Sanitizers make everything several times slower.
set(MOEMARK_PATIENCE 1)
if(MOEMARK_SANITIZE)
  set(MOEMARK_PATIENCE 5)
endif()

# moemark_test(NAME SOURCES ... LAYERS ...): a GoogleTest program without MPI.
function(moemark_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LAYERS;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE GTest::gtest_main GTest::gmock ${arg_LIBRARIES})
  foreach(layer IN LISTS arg_LAYERS)
    target_link_libraries(${name} PRIVATE moemark_${layer})
  endforeach()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 ENVIRONMENT "${MOEMARK_TEST_ENVIRONMENT}")
endfunction()

# moemark_mpi_command(NAME RANKS n COMMAND ... [LABELS ...] [TIMEOUT s]): mpirun of any command.
function(moemark_mpi_command name)
  cmake_parse_arguments(arg "" "RANKS;TIMEOUT" "COMMAND;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * ${MOEMARK_PATIENCE}")
  add_test(NAME ${name} COMMAND ${MPIRUN} -n ${arg_RANKS} ${arg_COMMAND})
  set_tests_properties(${name} PROPERTIES
    PROCESSORS ${arg_RANKS} TIMEOUT ${arg_TIMEOUT} LABELS "mpi;${arg_LABELS}"
    ENVIRONMENT "${MOEMARK_MPI_ENVIRONMENT};${MOEMARK_TEST_ENVIRONMENT}")
endfunction()

# moemark_mpi_test(NAME SOURCES ... LAYERS ... RANKS 1 2 4 [TIMEOUT s]): a GoogleTest program
# whose main starts MPI, run once per rank count.
function(moemark_mpi_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LAYERS;RANKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES} ${CMAKE_SOURCE_DIR}/tests/mpi_main.cpp)
  target_link_libraries(${name} PRIVATE GTest::gtest GTest::gmock moemark_comm_mpi)
  foreach(layer IN LISTS arg_LAYERS)
    target_link_libraries(${name} PRIVATE moemark_${layer})
  endforeach()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  foreach(ranks IN LISTS arg_RANKS)
    moemark_mpi_command(${name}.np${ranks} RANKS ${ranks} TIMEOUT ${arg_TIMEOUT}
                        COMMAND $<TARGET_FILE:${name}>)
  endforeach()
endfunction()
