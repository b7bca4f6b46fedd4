// The column table is complete and consistent, and a row has the agreed text (golden lines).
#include "report/columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

namespace moemark::report {
namespace {

using ::testing::HasSubstr;

// Scripts, tests and users rely on these names and on their order.
constexpr std::string_view golden_header =
    "schema_version,run_id,launch,case,status,reason,bench,phase,dispatcher,schedule,counts,"
    "backend,"
    "topology,ranks,ep,nodes,ranks_per_node,nic_per_rank,preset,scale,hidden,experts,topk,ffn,"
    "tokens_per_rank,tokens_spread,delay,score,groups,topk_groups,node_limit,skew,target_imbalance,"
    "placement,plan_skew,replicas,capacity,dtype,dtype_combine,pass,routing,routing_refresh,seed,"
    "sync,clock,inner,warm,checked,stop_reason,assignment_bytes,bytes_self,bytes_intra,bytes_inter,"
    "metadata_bytes,send_max_bytes,recv_max_bytes,messages,buffer_bytes,assignments_dropped,"
    "drop_rate,plan_hash,result_hash,expert_max_over_mean,expert_cv,"
    "rank_max_over_mean,node_max_over_mean,"
    "copies_per_token_rank,copies_per_token_node,nodes_per_token_max,idle_fraction,load_error,"
    "bound_us,"
    "bound_strict_us,bound_balanced_us,link_port_intra_GBps,link_port_inter_GBps,"
    "link_node_intra_GBps,link_node_inter_GBps,efficiency,skew_factor,algorithm_factor,"
    "implementation_factor,n,n_invalid,min_us,median_us,sample_ci95_lo_us,sample_ci95_hi_us,p95_us,"
    "p99_us,max_us,outliers,time_imbalance,slowest_rank,ratio_to_reference,aa_ratio,"
    "delay_passed_on,algbw_GBps,busbw_GBps,link_GBps,useful_GBps,published_bandwidths,"
    "oversubscribed,noisy,flop,"
    "kernel_bytes,gflops,kernel_GBps,roofline_fraction";

constexpr std::string_view golden_row =
    "1,20250131T120000Z-1a2b,2,\"dispatch/alltoallv/"
    "eplb:1,2\",ok,,dispatch,combine,alltoallv,,,mpi,"
    ",4,,,,0,,,,,,,256,,,,,,,lognormal:0.75,,,,,,,,,,,7,barrier,,,,1,,,,,,,,,,,,,"
    "00000000000000ff,,,,,,,,,0.1,,,,,,,,,,,,,400,0,1.5,2.25,,,,,1000000,0,,,,,,,,,,,1,,,,,,";

Record golden_record() {
  Record record;
  record.run_id = "20250131T120000Z-1a2b";
  record.launch = 2;
  record.case_name = "dispatch/alltoallv/eplb:1,2";
  record.status = "ok";
  record.bench = "dispatch";
  record.phase = "combine";
  record.dispatcher = "alltoallv";
  record.backend = "mpi";
  record.ranks = 4;
  record.nic_per_rank = false;
  record.tokens_per_rank = 256;
  record.skew = "lognormal:0.75";
  record.seed = 7;
  record.sync = "barrier";
  record.checked = true;
  record.plan_hash = 255;
  record.idle_fraction = 0.1;
  record.oversubscribed = true;
  measure::Summary summary{.n = 400};
  summary.min_us = 1.5;
  summary.median_us = 2.25;
  summary.max_us = 1e6;
  set_times(record, summary);
  return record;
}

TEST(Columns, HeaderIsTheAgreedOne) {
  EXPECT_EQ(csv_header(), golden_header);
}

TEST(Columns, RowIsTheAgreedOne) {
  EXPECT_EQ(csv_row(golden_record()), golden_row);
}

TEST(Columns, EveryNameAndFieldOccursOnceAndIsExplained) {
  std::set<std::string_view> names;
  std::vector<Field> fields;
  for (const ColumnGroup& group : column_groups()) {
    for (const Column& column : group.columns) {
      EXPECT_TRUE(names.insert(column.name).second) << column.name;
      EXPECT_THAT(fields, ::testing::Not(::testing::Contains(column.field))) << column.name;
      fields.push_back(column.field);
      EXPECT_FALSE(column.help.empty()) << column.name;
      // A bar would end the cell of the Markdown table.
      EXPECT_EQ(column.help.find('|'), std::string_view::npos) << column.name;
    }
  }
}

TEST(Columns, NamesEndInTheirUnit) {
  for (const ColumnGroup& group : column_groups()) {
    for (const Column& column : group.columns) {
      EXPECT_EQ(column.name.ends_with("_us"), column.unit == "us") << column.name;
      EXPECT_EQ(column.name.ends_with("_GBps"), column.unit == "GB/s") << column.name;
    }
  }
}

TEST(CsvRow, QuotesAsRfc4180Says) {
  Record record;
  record.reason = "a \"wrong\" value, refused";
  EXPECT_THAT(csv_row(record), HasSubstr(",\"a \"\"wrong\"\" value, refused\","));
}

TEST(CsvRow, NeverWritesWhatIsNotANumberOrBreaksTheLine) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    Record record;
    record.p95_us = bad;
    EXPECT_THROW(csv_row(record), std::logic_error);
  }
  Record record;
  record.reason = "two\nlines";
  EXPECT_THROW(csv_row(record), std::logic_error);
}

TEST(CsvRow, DoublesReadBackAsTheSameNumber) {
  Record record;
  record.median_us = 0.1 + 0.2;
  EXPECT_THAT(csv_row(record), HasSubstr(",0.30000000000000004,"));
}

TEST(SetTimes, LeavesEmptyWhatIsNotAvailable) {
  Record record;
  set_times(record, measure::Summary{.n = 0, .n_invalid = 9});
  EXPECT_EQ(record.n, 0);
  EXPECT_EQ(record.n_invalid, 9);
  EXPECT_FALSE(record.median_us || record.outliers);
}

}  // namespace
}  // namespace moemark::report
