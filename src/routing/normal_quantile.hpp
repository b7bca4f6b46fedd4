// The inverse of the standard normal distribution function.
#pragma once

namespace moemark {

// For p in [1e-10, 1 - 1e-10], to about 16 digits: M. J. Wichura, "Algorithm AS 241: The percentage
// points of the normal distribution", Applied Statistics 37 (1988), PPND16. Its far tails are left
// out: the places of E experts lie no further out than 1/(2E).
double normal_quantile(double p);

}  // namespace moemark
