#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace geod::service {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// One number of a metric.
struct MetricSample {
  double value = 0.0;
  Labels labels{};
};

/// How often each size was seen.
struct MetricHistogram {
  struct Bucket {
    double at_most = 0.0;
    std::uint64_t count = 0;  ///< of all up to here
  };
  std::vector<Bucket> buckets;  ///< ascending
  std::uint64_t count = 0;
  double sum = 0.0;
  Labels labels{};
};

/// A metric with all its label values, as Prometheus names it.
struct Metric {
  enum class Kind { kCounter, kGauge, kHistogram };
  std::string name;
  std::string help;
  Kind kind = Kind::kGauge;
  std::vector<MetricSample> samples;
  std::vector<MetricHistogram> histograms{};
};

/// One thing that must be well for the daemon to do its work.
struct HealthCheck {
  std::string name;
  bool is_healthy = false;
  std::string detail;  ///< what was looked at, for people
};

/// What the server is told of the process it is part of. Thread: any; must be quick.
struct StatusSource {
  std::function<std::vector<Metric>()> metrics;
  std::function<std::vector<HealthCheck>()> checks;
  std::function<std::vector<std::pair<std::string, std::string>>()> version;  ///< names and values
};

/// Prometheus' text format 0.0.4.
std::string to_prometheus(const std::vector<Metric>& metrics);

}  // namespace geod::service
