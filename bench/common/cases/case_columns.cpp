// The columns that the case alone decides.
#include "bench/common/cases/case_columns.hpp"

#include <fmt/format.h>

namespace moemark::bench {

void set_case_columns(report::Record& record, const Case& c) {
  record.preset = c.preset.name;
  record.scale = fmt::format("1/{}", c.scale);
  record.hidden = c.hidden;
  record.experts = c.experts;
  record.topk = c.topk;
  record.ffn = c.ffn;
  record.tokens_per_rank = c.tokens;
  if (c.tokens_spread > 0.0) record.tokens_spread = c.tokens_spread;
  record.score = std::string(moemark::name(c.preset.router.score));
  record.skew = c.skew.text;
  record.target_imbalance = c.target_imbalance;
  record.dtype = name(c.dtype);
}

}  // namespace moemark::bench
