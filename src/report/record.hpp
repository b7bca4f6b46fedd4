// One row of results: a field for every column of the CSV, empty until somebody knows the value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace moemark::report {

// Raised when a column goes or changes its meaning.
inline constexpr int schema_version = 1;

using Integer = std::optional<std::int64_t>;
using Real = std::optional<double>;
using Flag = std::optional<bool>;
using Text = std::string;                   // empty = not available
using Hash = std::optional<std::uint64_t>;  // written as 16 hex digits

// What the columns mean stands in the column table (columns.hpp) and in results/README.md.
struct Record {
  // identity
  Integer schema_version = report::schema_version;
  Text run_id;
  Integer launch;
  Text case_name;  // column `case`
  Text status;
  Text reason;

  // factors
  Text bench;
  Text phase;
  Text dispatcher;
  Text schedule;
  Text counts;
  Text backend;
  Text topology;
  Integer ranks;
  Integer ep;
  Integer nodes;
  Integer ranks_per_node;
  Flag nic_per_rank;
  Text preset;
  Text scale;
  Integer hidden;
  Integer experts;
  Integer topk;
  Integer ffn;
  Integer tokens_per_rank;
  Real tokens_spread;
  Text delay;
  Text score;
  Integer groups;
  Integer topk_groups;
  Integer node_limit;
  Text skew;
  Real target_imbalance;
  Text placement;
  Text plan_skew;
  Integer replicas;
  Text capacity;
  Text dtype;
  Text dtype_combine;
  Text pass;
  Text routing;
  Text routing_refresh;
  Integer seed;

  // method
  Text sync;
  Text clock;
  Integer inner;
  Flag warm;
  Flag checked;
  Text stop_reason;

  // exact: computed or counted, the same on every machine
  Integer assignment_bytes;
  Integer bytes_self;
  Integer bytes_intra;
  Integer bytes_inter;
  Integer metadata_bytes;
  Integer send_max_bytes;
  Integer recv_max_bytes;
  Integer messages;
  Integer buffer_bytes;
  Integer assignments_dropped;
  Real drop_rate;
  Hash plan_hash;
  Hash result_hash;

  // routing metrics
  Real expert_max_over_mean;
  Real expert_cv;
  Real rank_max_over_mean;
  Real node_max_over_mean;
  Real copies_per_token_rank;
  Real copies_per_token_node;
  Integer nodes_per_token_max;
  Real idle_fraction;
  Real load_error;

  // bound
  Real bound_us;
  Real bound_strict_us;
  Real bound_balanced_us;
  Real link_port_intra_GBps;
  Real link_port_inter_GBps;
  Real link_node_intra_GBps;
  Real link_node_inter_GBps;
  Real efficiency;
  Real skew_factor;
  Real algorithm_factor;
  Real implementation_factor;

  // times
  Integer n;
  Integer n_invalid;
  Real min_us;
  Real median_us;
  Real sample_ci95_lo_us;
  Real sample_ci95_hi_us;
  Real p95_us;
  Real p99_us;
  Real max_us;
  Integer outliers;
  Real time_imbalance;
  Integer slowest_rank;
  Real ratio_to_reference;
  Real aa_ratio;
  Real delay_passed_on;

  // bandwidths
  Real algbw_GBps;
  Real busbw_GBps;
  Real link_GBps;
  Real useful_GBps;
  Text published_bandwidths;

  // state of the machine
  Flag oversubscribed;
  Flag noisy;

  // kernels
  Integer flop;
  Integer kernel_bytes;
  Real gflops;
  Real kernel_GBps;
  Real roofline_fraction;
};

}  // namespace moemark::report
