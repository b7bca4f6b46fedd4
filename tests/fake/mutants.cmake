# Mistakes of the host path, planted one at a time into a copy of the source that is then linked
# before the library's: a test of the tests. Each must end as `CAUGHT` says.

# moemark_host_mutant(NAME SOURCE file FROM text TO text CAUGHT regex [RANKS n] [PROGRAM dispatch_perf])
function(moemark_host_mutant name)
  # PARSE_ARGV: the texts hold semicolons.
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE;FROM;TO;CAUGHT;RANKS;PROGRAM" "")
  file(READ ${CMAKE_SOURCE_DIR}/${arg_SOURCE} text)
  string(FIND "${text}" "${arg_FROM}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "mutant ${name}: ${arg_SOURCE} no longer says: ${arg_FROM}")
  endif()
  string(REPLACE "${arg_FROM}" "${arg_TO}" text "${text}")
  set(mutated ${CMAKE_CURRENT_BINARY_DIR}/mutants/${name}.cpp)
  file(CONFIGURE OUTPUT ${mutated} CONTENT "${text}" @ONLY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${arg_SOURCE})
  set(target mutant_${name})
  if(arg_PROGRAM)
    add_executable(${target} ${mutated} ${CMAKE_SOURCE_DIR}/bench/${arg_PROGRAM}.cpp)
    foreach(layer IN ITEMS bench_launch dispatcher measure report)
      target_link_libraries(${target} PRIVATE moemark_${layer})
    endforeach()
    target_link_libraries(${target} PRIVATE fmt::fmt benchmark::benchmark)
    set(options --check-only --dispatcher all --tokens 33 --ranks-per-node 2)
  else()
    add_executable(${target} ${mutated} ${CMAKE_SOURCE_DIR}/tests/gpu/transport_on_device_test.cpp
      ${CMAKE_SOURCE_DIR}/tests/mpi_main.cpp)
    target_link_libraries(${target} PRIVATE GTest::gtest GTest::gmock)
    set(options --gtest_brief=1)
  endif()
  foreach(layer IN LISTS nccl_on_host)
    target_link_libraries(${target} PRIVATE moemark_${layer})
  endforeach()
  target_link_libraries(${target} PRIVATE fmt::fmt MPI::MPI_CXX)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${flavour}/mutants)
  if(NOT arg_RANKS)
    set(arg_RANKS 4)
  endif()
  moemark_mpi_command(host_mutant.${name} RANKS ${arg_RANKS} LABELS nccl_on_host
    COMMAND ${CMAKE_COMMAND} -E env FAKE_LIMIT_MS=1000 $<TARGET_FILE:${target}> ${options})
  set_tests_properties(host_mutant.${name} PROPERTIES PASS_REGULAR_EXPRESSION "${arg_CAUGHT}")
endfunction()

moemark_host_mutant(missing_group SOURCE src/comm/nccl/nccl_calls.cpp
  FROM "    NcclGroup group;\n    for (int round = first"
  TO "    struct { void launch(ncclComm_t) {} } group;\n    for (int round = first"
  CAUGHT "would hang: communicator [0-9]+, launch [0-9]+, (send|receive)")
moemark_host_mutant(missing_synchronisation SOURCE src/dispatcher/parts/peer_counts.cpp
  PROGRAM dispatch_perf
  FROM "as_writable_bytes(std::span(received_host_)));\n  stream.synchronize();"
  TO "as_writable_bytes(std::span(received_host_)));"
  CAUGHT "wrong result|mismatch|would hang|reach past the end")
moemark_host_mutant(wrong_count_on_one_peer SOURCE src/comm/nccl/nccl_calls.cpp
  FROM "in->rows * row, from);" TO "(in->rows - (from == 1 ? 1 : 0)) * row, from);"
  CAUGHT "mismatch: communicator [0-9]+, launch [0-9]+, receive from rank 1")
moemark_host_mutant(freed_while_in_use SOURCE src/comm/nccl/nccl_calls.cpp
  FROM "  stream.synchronize();  // before its buffers end\n" TO "  static_cast<void>(stream);\n"
  CAUGHT "use after free of device memory")
moemark_host_mutant(wrong_stream SOURCE src/comm/nccl/transport.cpp
  FROM "queue_all_to_all(state_->queue(stream), send"
  TO "static device::Stream other;\n  static_cast<void>(stream);\n  queue_all_to_all(state_->queue(other), send"
  CAUGHT "FAILED|would hang|use after free")
moemark_host_mutant(default_stream SOURCE src/device/cuda/buffer.cpp
  FROM "to.data(), from.data(), from.size(), kind, native(stream)"
  TO "to.data(), from.data(), from.size(), kind, (void(stream), cudaStream_t{})"
  CAUGHT "the default stream is used by nothing of this project")
moemark_host_mutant(one_sided_zero SOURCE src/comm/nccl/nccl_calls.cpp
  FROM "  if (const Segment* out = segment_of(exchange.sends, to, row)) {"
  TO "  const auto any = std::ranges::find(exchange.sends, to, &Segment::peer);\n  if (const Segment* out = any == exchange.sends.end() ? nullptr : &*any) {"
  CAUGHT "would hang: ")
moemark_host_mutant(past_the_end SOURCE src/comm/nccl/nccl_calls.cpp
  FROM "in->first_row * row, in->rows" TO "(in->first_row + 1) * row, in->rows"
  CAUGHT "reach past the end of an allocation")

# Without a mistake of its own the program ends well; with it, NCCL would spin for ever.
add_executable(graph_lifetime graph_lifetime.cpp)
target_link_libraries(graph_lifetime PRIVATE moemark_comm_fake moemark_device_fake moemark_fakes)
set_target_properties(graph_lifetime PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${flavour})
moemark_mpi_command(graph_lifetime.np2 RANKS 2 LABELS nccl_on_host
  COMMAND $<TARGET_FILE:graph_lifetime>)
moemark_mpi_command(host_mutant.communicator_before_graph RANKS 2 LABELS nccl_on_host
  COMMAND $<TARGET_FILE:graph_lifetime> communicator-before-graph)
set_tests_properties(host_mutant.communicator_before_graph PROPERTIES PASS_REGULAR_EXPRESSION
  "ncclCommFinalize would hang: [0-9]+ captured launches of communicator [0-9]+ live in graphs")
