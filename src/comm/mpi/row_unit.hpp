// What MPI counts in a call: bytes while everything fits an int, else whole rows.
#pragma once

#include <fmt/format.h>
#include <mpi.h>

#include <climits>
#include <cstddef>

#include "model/errors.hpp"

namespace moemark::comm {

struct RowUnit {
  MPI_Datatype type;
  std::size_t per_row;  // how many of `type` make a row

  [[nodiscard]] int count(std::size_t rows) const {
    const std::size_t units = rows * per_row;
    if (units > INT_MAX) throw CaseSkipped(fmt::format("{} rows in one MPI call", rows));
    return static_cast<int>(units);
  }
};

}  // namespace moemark::comm
