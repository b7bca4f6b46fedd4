// Summing bfloat16 in MPI reductions: Open MPI reduces no such type, so this is a user operation
// over a 2-byte type that adds in float32 and rounds once.
#include "comm/mpi/bfloat16_sum.hpp"

#include <cstddef>

#include "comm/bfloat16_add.hpp"
#include "comm/mpi/check.hpp"

namespace moemark::comm {
namespace {

// NOLINTNEXTLINE(readability-non-const-parameter): MPI_User_function's signature
void add(void* in, void* in_out, int* length, MPI_Datatype* /*type*/) {
  const auto elements = static_cast<std::size_t>(*length);
  add_bfloat16({static_cast<const BFloat16*>(in), elements},
               {static_cast<BFloat16*>(in_out), elements});
}

}  // namespace

BFloat16Sum::BFloat16Sum() {
  check(MPI_Type_contiguous(2, MPI_BYTE, &type_));
  check(MPI_Type_commit(&type_));
  check(MPI_Op_create(&add, /*commute=*/1, &operation_));
}

BFloat16Sum::~BFloat16Sum() {
  MPI_Op_free(&operation_);
  MPI_Type_free(&type_);
}

}  // namespace moemark::comm
