// Rows without times.
#include "report/untimed.hpp"

namespace moemark::report {
namespace {

void empty_method(Record& record) {
  record.clock = no_clock;
  record.sync = "";
  record.warm.reset();
  record.inner.reset();
  record.stop_reason = "";
}

void empty_times(Record& record) {
  record.n.reset();
  record.n_invalid.reset();
  record.outliers.reset();
  record.slowest_rank.reset();
  for (auto* const time :
       {&record.min_us, &record.median_us, &record.sample_ci95_lo_us, &record.sample_ci95_hi_us,
        &record.p95_us, &record.p99_us, &record.max_us, &record.time_imbalance,
        &record.ratio_to_reference, &record.aa_ratio, &record.delay_passed_on}) {
    time->reset();
  }
}

// What is made of times.
void empty_rates(Record& record) {
  for (auto* const rate : {&record.efficiency, &record.implementation_factor, &record.algbw_GBps,
                           &record.busbw_GBps, &record.link_GBps, &record.useful_GBps,
                           &record.gflops, &record.kernel_GBps, &record.roofline_fraction}) {
    rate->reset();
  }
  record.published_bandwidths = "";
}

}  // namespace

Record without_times(Record record) {
  empty_method(record);
  empty_times(record);
  empty_rates(record);
  record.oversubscribed.reset();
  record.noisy.reset();
  return record;
}

}  // namespace moemark::report
