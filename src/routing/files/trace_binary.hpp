// The compact form of long traces.
//
// All numbers are little endian and stand without padding. The file begins with 32 bytes:
//
//   char[8]  magic    "MOETRC1\0"
//   u32      version  1
//   u32      E        experts of the model, at most 65535; 0: not known
//   u32      k        experts of a token, from 1 to 4096
//   u32      layers   every record's layer is below it, at most 65536
//   u32      ranks    every record's rank is below it, at most 65536
//   u32      flags    bit 0: records carry weights; the others are 0
//
// Records follow until the file ends, one a (step, layer, rank), in any order:
//
//   u32      step
//   u16      layer
//   u16      rank
//   u32      T        tokens, at most 2^24
//   u16      ids      [T, k], 65535: none, at the end of a token only
//   f32      weights  [T, k], finite; with bit 0 of the flags only
#pragma once

#include <string>
#include <string_view>

#include "routing/files/trace_table.hpp"

namespace moemark {

constexpr std::string_view trace_magic{"MOETRC1\0", 8};

struct TraceHeader {
  int experts = 0;
  int topk = 0;
  int layers = 0;
  int ranks = 0;
  bool weighted = false;
};

// The header, and one record; what does not fit it (another k, a rank beyond) is std::out_of_range.
std::string binary_header(const TraceHeader& header);
std::string binary_record(const TraceHeader& header, const TraceTable& table);

// Throws UsageError beginning with `origin` and naming the byte. Every size is compared with the
// bytes that are there before anything is allocated.
void read_trace_binary(const std::string& origin, std::string_view bytes,
                       const TraceVisitor& visit);

}  // namespace moemark
