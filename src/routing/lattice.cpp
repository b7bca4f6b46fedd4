// Payload rows, weights and fingerprints of the oracle's lattice.
#include "routing/lattice.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "routing/philox.hpp"

namespace moemark {
namespace {

constexpr std::uint32_t base = 7;
constexpr int digit_offset = 3;
constexpr std::size_t rank_digits = 4;
constexpr std::size_t token_digits = 8;

void write_digits(std::uint32_t number, std::span<float> columns) {
  for (float& column : columns) {
    column = static_cast<float>(static_cast<int>(number % base) - digit_offset);
    number /= base;
  }
}

std::optional<std::uint32_t> read_digits(std::span<const float> columns) {
  std::uint32_t number = 0;
  std::uint32_t place = 1;
  for (const float column : columns) {
    const float digit = column + static_cast<float>(digit_offset);
    // The range first: a cast of NaN or of a huge value is undefined.
    const bool in_range = digit >= 0.0F && digit < static_cast<float>(base);
    if (!in_range) return std::nullopt;
    const auto whole = static_cast<std::uint32_t>(digit);
    if (static_cast<float>(whole) != digit) return std::nullopt;
    number += whole * place;
    place *= base;
  }
  return number;
}

}  // namespace

std::optional<Lattice> lattice_for(int topk) {
  for (const Lattice lattice :
       {Lattice{3, 2, 4}, Lattice{1, 2, 4}, Lattice{1, 1, 2}, Lattice{1, 1, 1}}) {
    if (topk * lattice.m * lattice.f * lattice.w_quarters <= 64 * 4) return lattice;
  }
  return std::nullopt;
}

void lattice_weights(const Lattice& lattice, std::uint64_t seed, std::uint32_t step,
                     std::uint32_t rank, std::uint32_t token, std::span<float> weights) {
  RandomWords words(seed, RandomStream::weights, step, rank, token);
  const auto bound = static_cast<std::uint32_t>(lattice.w_quarters);
  std::uint32_t index = 0;
  for (float& weight : weights) {
    weight = static_cast<float>(1 + words.bounded(index++, bound)) / 4.0F;
  }
}

void lattice_row(const Lattice& lattice, std::uint64_t seed, std::uint32_t step, std::uint32_t rank,
                 std::uint32_t token, std::span<float> row) {
  const RandomWords words(seed, RandomStream::payload, step, rank, token);
  std::array<std::uint32_t, 256> chunk{};
  const auto bound = static_cast<std::uint32_t>(2 * lattice.m + 1);
  for (std::size_t first = 0; first < row.size(); first += chunk.size()) {
    const auto part = row.subspan(first, std::min(chunk.size(), row.size() - first));
    words.fill(std::span(chunk).first(part.size()), static_cast<std::uint32_t>(first));
    for (std::size_t i = 0; i < part.size(); ++i) {
      part[i] = static_cast<float>(static_cast<int>(scaled_word(chunk[i], bound)) - lattice.m);
    }
  }
  const auto columns = static_cast<std::size_t>(fingerprint_columns(static_cast<int>(row.size())));
  const std::size_t of_rank = std::min(columns, rank_digits);
  write_digits(rank, row.first(of_rank));
  write_digits(token, row.subspan(of_rank, columns - of_rank));
}

int fingerprint_columns(int hidden) {
  return std::min(hidden, static_cast<int>(rank_digits + token_digits));
}

std::optional<Fingerprint> decode_fingerprint(std::span<const float> row) {
  const auto columns = static_cast<std::size_t>(fingerprint_columns(static_cast<int>(row.size())));
  const std::size_t of_rank = std::min(columns, rank_digits);
  const auto rank = read_digits(row.first(of_rank));
  const auto token = read_digits(row.subspan(of_rank, columns - of_rank));
  if (!rank || !token) return std::nullopt;
  return Fingerprint{*rank, *token};
}

}  // namespace moemark
