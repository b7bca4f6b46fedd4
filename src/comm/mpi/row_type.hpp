// Owns MPI's contiguous datatype of one row: counts in rows keep messages of 2 GiB and more
// within int.
#pragma once

#include <mpi.h>

#include <cstddef>

#include "comm/mpi/check.hpp"

namespace moemark::comm {

class RowType {
 public:
  explicit RowType(std::size_t row_bytes) : row_bytes_(row_bytes) {
    check(MPI_Type_contiguous(static_cast<int>(row_bytes), MPI_BYTE, &type_));
    check(MPI_Type_commit(&type_));
  }
  ~RowType() { MPI_Type_free(&type_); }
  RowType(const RowType&) = delete;
  RowType& operator=(const RowType&) = delete;

  [[nodiscard]] std::size_t row_bytes() const { return row_bytes_; }
  [[nodiscard]] MPI_Datatype type() const { return type_; }

 private:
  std::size_t row_bytes_;
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

}  // namespace moemark::comm
