#include "daemon/service_metrics.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(ServiceMetrics, TellsWhatWasCounted) {
  DaemonStats stats;
  stats.picks_stored = 7;
  stats.pick_latency.add(20ms);
  stats.pick_latency.add(2s);
  stats.pick_delay.add(5s);
  stats.commit_time.add(2ms);
  stats.batch_time.add(40ms);
  stats.tile_batch_time.add(400ms);
  stats.association.events = 3;
  stats.set_json(
      R"([{"name": "main", "records": 12, "bytes": 6144, "rejected_by_reason": {"bad_header": 2}}])",
      R"({"gaps": 5})");
  const std::string text = to_prometheus(daemon_metrics(stats, {1, 2, 3, 4, 5, 6}, "absent"));
  for (const char* line : {"geod_picks_stored_total 7",
                           "geod_events_total 3",
                           "geod_stream_records_total{stream=\"main\"} 12",
                           "geod_stream_rejected_total{stream=\"main\",reason=\"bad_header\"} 2",
                           "geod_stream_gaps_total 5",
                           "geod_queue_limit_bytes{queue=\"fibres\"} 4",
                           "geod_pick_processing_seconds_bucket{le=\"0.01\"} 0",
                           "geod_pick_processing_seconds_bucket{le=\"0.03\"} 1",
                           "geod_pick_processing_seconds_bucket{le=\"+Inf\"} 2",
                           "geod_pick_processing_seconds_count 2",
                           "geod_pick_processing_seconds_sum 2.02",
                           "geod_pick_delay_seconds_bucket{le=\"3\"} 0",
                           "geod_pick_delay_seconds_bucket{le=\"10\"} 1",
                           "geod_db_commit_seconds_bucket{le=\"0.001\"} 0",
                           "geod_db_commit_seconds_bucket{le=\"0.003\"} 1",
                           "geod_inference_seconds_bucket{task=\"dpk\",le=\"0.1\"} 1",
                           "geod_inference_seconds_count{task=\"scalar\"} 0",
                           "geod_inference_seconds_sum{task=\"das\"} 0.4"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line + "\n"));
  }
}

TEST(ServiceMetrics, KeepsToTheRulesOfNames) {
  const DaemonStats stats;
  std::set<std::string> names;
  for (const service::Metric& metric : daemon_metrics(stats, {}, "absent")) {
    EXPECT_TRUE(metric.name.starts_with("geod_")) << metric.name;
    EXPECT_EQ(metric.name.ends_with("_total"), metric.kind == service::Metric::Kind::kCounter)
        << metric.name;
    EXPECT_FALSE(metric.help.empty()) << metric.name;
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name << " twice";
  }
  EXPECT_GT(names.size(), 30U);
}

}  // namespace
}  // namespace geod
