// `--target-imbalance`: the parameter of a skew that gives a wanted imbalance.
#pragma once

#include <functional>
#include <string>

#include "routing/load_shares.hpp"

namespace moemark {

// Whether one number says how uneven a skew is: lognormal's sigma, zipf's exponent, hot's share.
bool has_knob(const Skew& skew);

// A skew without its knob: `lognormal`, `zipf`, `hot:N`.
std::string skew_family(const Skew& skew);

// The skew of that family at a knob position from 0 (every expert alike) to 1 (the most that
// parse_skew() takes): sigma and exponent are 10 * position^2, hot's share goes evenly from N/E to
// 1; four decimals. Its text, parsed, is the same skew. hot needs experts >= N.
Skew skew_at(const Skew& family, double position, int experts);

// The imbalance (1: none) that a skew gives; the same on all ranks, 0 where nothing is assigned.
using RealisedImbalance = std::function<double(const Skew&)>;

// The skew of the family of `family` that comes closest to `target` (at least 1): the knob rises in
// sixteenths until the target is reached, then bisection between the last two positions ends within
// 0.5 % or at four equal decimals. A target of 1 asks for the even end of the knob, whatever chance
// leaves there. Throws CaseSkipped with the largest, smallest or closest imbalance found when none
// is within 2 % of the target.
Skew solve_imbalance(const Skew& family, int experts, double target,
                     const RealisedImbalance& realised);

}  // namespace moemark
