// Sums and maxima of the element types that this suite reduces.
#include "fake/nccl/reduce.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "fake/violation.hpp"
#include "model/dtype.hpp"

namespace fake {
namespace {

// Through memcpy: a sum may begin at any byte that is a multiple of the type's size.
template <class T, class Combine>
void each(std::byte* into, const std::byte* from, std::size_t count, Combine combine) {
  for (std::size_t i = 0; i < count; ++i) {
    T one;
    T other;
    std::memcpy(&one, into + i * sizeof(T), sizeof(T));
    std::memcpy(&other, from + i * sizeof(T), sizeof(T));
    const T both = combine(one, other);
    std::memcpy(into + i * sizeof(T), &both, sizeof(T));
  }
}

template <class T>
void arithmetic(std::byte* into, const std::byte* from, std::size_t count, ncclRedOp_t operation) {
  if (operation == ncclSum) {
    each<T>(into, from, count, [](T a, T b) { return static_cast<T>(a + b); });
  } else {
    each<T>(into, from, count, [](T a, T b) { return std::max(a, b); });
  }
}

}  // namespace

void reduce_into(std::byte* into, const std::byte* from, std::size_t count, ncclDataType_t type,
                 ncclRedOp_t operation) {
  const bool known = operation == ncclSum || (operation == ncclMax && type != ncclBfloat16);
  if (known && type == ncclFloat32) {
    arithmetic<float>(into, from, count, operation);
  } else if (known && type == ncclInt32) {
    arithmetic<std::int32_t>(into, from, count, operation);
  } else if (known && type == ncclBfloat16) {
    each<moemark::BFloat16>(into, from, count, [](moemark::BFloat16 a, moemark::BFloat16 b) {
      return moemark::to_bfloat16(moemark::to_float(a) + moemark::to_float(b));
    });
  } else {
    violation("this suite does not reduce type " + std::to_string(type) + " by operation " +
              std::to_string(operation));
  }
}

}  // namespace fake
