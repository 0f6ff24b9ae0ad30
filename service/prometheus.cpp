#include <cmath>
#include <string>

#include <fmt/format.h>

#include "service/status_source.hpp"

namespace geod::service {
namespace {

std::string escaped(std::string_view text, bool is_label) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && is_label) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

std::string number_text(double value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0.0 ? "+Inf" : "-Inf";
  }
  return fmt::format("{}", value);
}

/// `{a="b",c="d"}`, or nothing.
std::string label_text(const Labels& labels, std::string_view bound = {}) {
  std::string out;
  for (const auto& [name, value] : labels) {
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", name, escaped(value, true));
  }
  if (!bound.empty()) {
    out += fmt::format("{}le=\"{}\"", out.empty() ? "" : ",", bound);
  }
  return out.empty() ? out : "{" + out + "}";
}

std::string_view word_of(Metric::Kind kind) {
  switch (kind) {
    case Metric::Kind::kCounter:
      return "counter";
    case Metric::Kind::kHistogram:
      return "histogram";
    case Metric::Kind::kGauge:
      break;
  }
  return "gauge";
}

void append(std::string& out, const std::string& name, const MetricHistogram& histogram) {
  for (const MetricHistogram::Bucket& bucket : histogram.buckets) {
    out += fmt::format("{}_bucket{} {}\n",
                       name,
                       label_text(histogram.labels, number_text(bucket.at_most)),
                       bucket.count);
  }
  out +=
      fmt::format("{}_bucket{} {}\n", name, label_text(histogram.labels, "+Inf"), histogram.count);
  out +=
      fmt::format("{}_sum{} {}\n", name, label_text(histogram.labels), number_text(histogram.sum));
  out += fmt::format("{}_count{} {}\n", name, label_text(histogram.labels), histogram.count);
}

}  // namespace

std::string to_prometheus(const std::vector<Metric>& metrics) {
  std::string out;
  for (const Metric& metric : metrics) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n",
                       metric.name,
                       escaped(metric.help, false),
                       metric.name,
                       word_of(metric.kind));
    for (const MetricSample& sample : metric.samples) {
      out += fmt::format(
          "{}{} {}\n", metric.name, label_text(sample.labels), number_text(sample.value));
    }
    for (const MetricHistogram& histogram : metric.histograms) {
      append(out, metric.name, histogram);
    }
  }
  return out;
}

}  // namespace geod::service
