// Files that hold routings or loads, whatever their format: what they hold decides, not their name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "routing/files/trace_table.hpp"

namespace moemark {

enum class RecordedKind : std::uint8_t { trace_lines, trace_binary, counts, weights, unknown };

// By the first bytes: the magic of a compact trace, the header of a table of counts, '{' of JSON
// lines, '[' or a digit of a matrix of weights.
RecordedKind kind_of(std::string_view text);

// The whole file. Throws UsageError beginning with `origin` when it is no regular file, cannot be
// read, or is beyond 1 GiB.
std::string read_recorded_file(const std::string& origin, const std::filesystem::path& path);

// All tables of a trace of either format. Throws UsageError beginning with `origin` when it is
// malformed, or holds loads or something else.
void read_trace(const std::string& origin, std::string_view text, const TraceVisitor& visit);

// Load vector `number` of any of the formats: a layer of a matrix of weights, a vector of choice
// `topk` of a table of counts, or the assignments to each expert that a trace has in one step and
// layer (as many experts as it says, or as its ids need), each counted from 0 in the file's order.
// Throws UsageError beginning with `origin`: malformed, no such vector, or all of it 0.
std::vector<double> load_vector(const std::string& origin, std::string_view text, int number);

}  // namespace moemark
