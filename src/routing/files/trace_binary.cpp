// Writing and reading the compact form of traces.
#include "routing/files/trace_binary.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <concepts>
#include <limits>
#include <stdexcept>

#include "model/errors.hpp"

namespace moemark {
namespace {

constexpr std::uint32_t version = 1;
constexpr std::uint32_t flag_weighted = 1;
constexpr std::uint16_t no_expert = 65535;
constexpr std::uint32_t most_places = 65536;  // layers and ranks are numbered in 16 bits

template <std::unsigned_integral Number>
void put(std::string& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes.push_back(static_cast<char>((number >> (8 * i)) & 0xffU));
  }
}

// Walks through the file and knows where it is.
class ByteReader {
 public:
  ByteReader(const std::string& origin, std::string_view bytes) : origin_(origin), bytes_(bytes) {}

  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }

  template <std::unsigned_integral Number>
  Number get() {
    require(sizeof(Number));
    Number number = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      const auto byte = static_cast<unsigned char>(bytes_[at_ + i]);
      number = static_cast<Number>(number | (static_cast<Number>(byte) << (8 * i)));
    }
    at_ += sizeof(Number);
    return number;
  }

  std::uint32_t get(std::string_view what, std::uint32_t least, std::uint32_t most) {
    const auto value = get<std::uint32_t>();
    if (value < least || value > most) {
      fail(sizeof value, fmt::format("{} is {}; allowed: {} to {}", what, value, least, most));
    }
    return value;
  }

  // A number of 16 bits below a limit that the header states.
  int below(std::string_view what, int limit) {
    const int value = get<std::uint16_t>();
    if (value >= limit) {
      fail(2, fmt::format("{} is {}; allowed: 0 to {}", what, value, limit - 1));
    }
    return value;
  }

  void require(std::uint64_t count) const {
    if (count > bytes_.size() - at_) {
      fail(0, fmt::format("the file is cut: {} bytes belong here, {} are left", count,
                          bytes_.size() - at_));
    }
  }

  // Of what began `before` bytes ago.
  [[noreturn]] void fail(std::size_t before, const std::string& what) const {
    throw UsageError(fmt::format("{}: byte {}: {}", origin_, at_ - before, what));
  }

 private:
  const std::string& origin_;
  std::string_view bytes_;
  std::size_t at_ = 0;
};

TraceHeader read_header(ByteReader& reader) {
  reader.require(trace_magic.size());
  for (const char expected : trace_magic) {
    if (reader.get<std::uint8_t>() != static_cast<std::uint8_t>(expected)) {
      reader.fail(1, "is not of a compact trace");
    }
  }
  reader.get("the version", version, version);
  TraceHeader header;
  header.experts = static_cast<int>(reader.get("E", 0, most_trace_experts));
  header.topk = static_cast<int>(reader.get("k", 1, most_trace_topk));
  header.layers = static_cast<int>(reader.get("layers", 1, most_places));
  header.ranks = static_cast<int>(reader.get("ranks", 1, most_places));
  header.weighted = reader.get("flags", 0, flag_weighted) == flag_weighted;
  return header;
}

void read_weights(ByteReader& reader, std::vector<float>& weights) {
  for (float& weight : weights) {
    weight = std::bit_cast<float>(reader.get<std::uint32_t>());
    if (!std::isfinite(weight)) reader.fail(sizeof weight, "a weight is not finite");
  }
}

TraceTable read_record(ByteReader& reader, const TraceHeader& header, TokenCheck& check) {
  TraceTable result;
  result.experts = header.experts;
  result.weighted = header.weighted;
  result.step = static_cast<int>(reader.get("step", 0, (1U << 31U) - 1U));
  result.layer = reader.below("layer", header.layers);
  result.rank = reader.below("rank", header.ranks);
  const std::uint64_t tokens = reader.get("T", 0, most_trace_tokens);
  const auto topk = static_cast<std::uint64_t>(header.topk);
  reader.require(tokens * topk * (header.weighted ? 6 : 2));
  result.table = RoutingTable(static_cast<int>(tokens), header.topk);
  for (int token = 0; token < result.table.tokens; ++token) {
    const auto ids = result.table.ids(token);
    for (std::int32_t& id : ids) {
      const auto stored = reader.get<std::uint16_t>();
      id = stored == no_expert ? -1 : stored;
    }
    if (const auto fault = check.fault(ids, header.experts)) {
      reader.fail(2 * ids.size(), fmt::format("token {}: {}", token, *fault));
    }
  }
  if (header.weighted) read_weights(reader, result.table.topk_weights);
  return result;
}

}  // namespace

std::string binary_header(const TraceHeader& header) {
  std::string bytes(trace_magic);
  for (const int number : {static_cast<int>(version), header.experts, header.topk, header.layers,
                           header.ranks, static_cast<int>(header.weighted)}) {
    put(bytes, static_cast<std::uint32_t>(number));
  }
  return bytes;
}

std::string binary_record(const TraceHeader& header, const TraceTable& table) {
  const auto in_range = [](int number, int limit) { return number >= 0 && number < limit; };
  if (!in_range(table.step, std::numeric_limits<int>::max()) ||
      !in_range(table.layer, header.layers) || !in_range(table.rank, header.ranks) ||
      table.table.topk != header.topk) {
    throw std::out_of_range("binary_record: the table does not fit the header");
  }
  std::string bytes;
  put(bytes, static_cast<std::uint32_t>(table.step));
  put(bytes, static_cast<std::uint16_t>(table.layer));
  put(bytes, static_cast<std::uint16_t>(table.rank));
  put(bytes, static_cast<std::uint32_t>(table.table.tokens));
  for (const std::int32_t id : table.table.topk_ids) {
    put(bytes, id < 0 ? no_expert : static_cast<std::uint16_t>(id));
  }
  if (!header.weighted) return bytes;
  for (const float weight : table.table.topk_weights) {
    put(bytes, std::bit_cast<std::uint32_t>(weight));
  }
  return bytes;
}

void read_trace_binary(const std::string& origin, std::string_view bytes,
                       const TraceVisitor& visit) {
  ByteReader reader(origin, bytes);
  const TraceHeader header = read_header(reader);
  TokenCheck check;
  while (!reader.at_end()) visit(read_record(reader, header, check));
}

}  // namespace moemark
