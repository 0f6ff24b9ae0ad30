#include <limits>

#include <gtest/gtest.h>

#include "service/status_source.hpp"

namespace geod::service {
namespace {

TEST(Prometheus, WritesCountersAndGaugesWithTheirLabels) {
  const std::vector<Metric> metrics{
      {"geod_picks_total",
       "Picks stored.",
       Metric::Kind::kCounter,
       {{3.0, {{"phase", "P"}}}, {1.0, {{"phase", "S"}}}}},
      {"geod_up", "A text\nof two lines.", Metric::Kind::kGauge, {{0.5}}}};
  EXPECT_EQ(to_prometheus(metrics),
            "# HELP geod_picks_total Picks stored.\n"
            "# TYPE geod_picks_total counter\n"
            "geod_picks_total{phase=\"P\"} 3\n"
            "geod_picks_total{phase=\"S\"} 1\n"
            "# HELP geod_up A text\\nof two lines.\n"
            "# TYPE geod_up gauge\n"
            "geod_up 0.5\n");
}

TEST(Prometheus, WritesHistogramsUpToInfinity) {
  const std::vector<Metric> metrics{{"geod_delay_seconds",
                                     "Delay.",
                                     Metric::Kind::kHistogram,
                                     {},
                                     {{{{0.1, 2}, {1.0, 5}}, 6, 7.5, {{"kind", "data"}}}}}};
  EXPECT_EQ(to_prometheus(metrics),
            "# HELP geod_delay_seconds Delay.\n"
            "# TYPE geod_delay_seconds histogram\n"
            "geod_delay_seconds_bucket{kind=\"data\",le=\"0.1\"} 2\n"
            "geod_delay_seconds_bucket{kind=\"data\",le=\"1\"} 5\n"
            "geod_delay_seconds_bucket{kind=\"data\",le=\"+Inf\"} 6\n"
            "geod_delay_seconds_sum{kind=\"data\"} 7.5\n"
            "geod_delay_seconds_count{kind=\"data\"} 6\n");
}

TEST(Prometheus, EscapesLabelsAndOddNumbers) {
  const std::vector<Metric> metrics{
      {"a",
       "b",
       Metric::Kind::kGauge,
       {{std::numeric_limits<double>::infinity(), {{"n", "q\"b\\c\nd"}}},
        {std::numeric_limits<double>::quiet_NaN()}}}};
  EXPECT_EQ(to_prometheus(metrics),
            "# HELP a b\n# TYPE a gauge\na{n=\"q\\\"b\\\\c\\nd\"} +Inf\na NaN\n");
}

}  // namespace
}  // namespace geod::service
