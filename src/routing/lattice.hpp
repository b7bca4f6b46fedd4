// The oracle's payload: small integers and quarter weights, so that every partial sum is exact in
// bfloat16 and in any order, and results of all dispatchers must agree bit for bit.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace moemark {

// x in {-m..m}, expert factor in {1..f}, weights in quarters up to w_quarters / 4.
struct Lattice {
  int m = 3;
  int f = 2;
  int w_quarters = 4;
};

// The largest lattice with k*m*f*w <= 64, or nothing beyond k = 256.
std::optional<Lattice> lattice_for(int topk);

// w_j = (1 + bounded(4w)) / 4 from stream 1, j = 0..k-1.
void lattice_weights(const Lattice& lattice, std::uint64_t seed, std::uint32_t step,
                     std::uint32_t rank, std::uint32_t token, std::span<float> weights);

// The payload's base-7 fingerprint: where a row came from. Four digits of the rank (up to 2,401
// ranks), then eight of the token (up to 5.7 million), low digits first, each stored minus 3.
struct Fingerprint {
  std::uint32_t rank = 0;
  std::uint32_t token = 0;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

// One token's payload row: column i is bounded(2m+1) - m of word i (stream 2), then the leading
// fingerprint columns are overwritten with base-7 digits of source rank and token.
void lattice_row(const Lattice& lattice, std::uint64_t seed, std::uint32_t step, std::uint32_t rank,
                 std::uint32_t token, std::span<float> row);

// Leading columns that carry the fingerprint: digits_of(rank) + digits_of(token) base 7 in -3..3,
// as many as the row has room for (a narrow row carries the low digits only).
int fingerprint_columns(int hidden);

// What the leading columns of a row (fp32 or widened from bf16) say, for diagnostics; digits that a
// narrow row has no room for count as 0. Nothing when a column holds no digit: corruption or
// poison.
std::optional<Fingerprint> decode_fingerprint(std::span<const float> row);

// The factor that the oracle's stand-in for an expert multiplies a row with: 1 + e mod f. The
// fingerprint columns come out as zero.
inline float lattice_expert_factor(const Lattice& lattice, int expert) {
  return static_cast<float>(1 + expert % lattice.f);
}

}  // namespace moemark
