// Owns the MPI datatype and operation that sum bfloat16.
#pragma once

#include <mpi.h>

namespace moemark::comm {

class BFloat16Sum {
 public:
  BFloat16Sum();
  ~BFloat16Sum();
  BFloat16Sum(const BFloat16Sum&) = delete;
  BFloat16Sum& operator=(const BFloat16Sum&) = delete;

  [[nodiscard]] MPI_Datatype type() const { return type_; }
  [[nodiscard]] MPI_Op operation() const { return operation_; }

 private:
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
  MPI_Op operation_ = MPI_OP_NULL;
};

}  // namespace moemark::comm
