#include "daemon/latency_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace geod {
namespace {

constexpr double kFirstEdge_s = 1e-4;
constexpr double kGrowth = 1.05;

}  // namespace

void LatencyHistogram::add(std::chrono::nanoseconds elapsed) {
  const double seconds = std::max(static_cast<double>(elapsed.count()) * 1e-9, kFirstEdge_s);
  const double position = std::ceil(std::log(seconds / kFirstEdge_s) / std::log(kGrowth));
  const auto bucket = static_cast<std::size_t>(std::max(position, 0.0));
  buckets_[std::min(bucket, kBuckets - 1)].fetch_add(1, std::memory_order_relaxed);
  count_.fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(elapsed.count(), std::memory_order_relaxed);
}

std::uint64_t LatencyHistogram::count_at_most(double seconds) const {
  std::uint64_t seen = 0;
  double edge_s = kFirstEdge_s;
  for (std::size_t i = 0; i < kBuckets && edge_s <= seconds; ++i) {
    seen += buckets_[i].load(std::memory_order_relaxed);
    edge_s *= kGrowth;
  }
  return seen;
}

double LatencyHistogram::sum_s() const {
  return static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) * 1e-9;
}

double LatencyHistogram::quantile_s(double q) const {
  const std::uint64_t total = count();
  if (total == 0) {
    return 0.0;
  }
  const auto wanted = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i].load(std::memory_order_relaxed);
    if (seen >= std::max<std::uint64_t>(wanted, 1)) {
      return kFirstEdge_s * std::pow(kGrowth, static_cast<double>(i));
    }
  }
  return kFirstEdge_s * std::pow(kGrowth, static_cast<double>(kBuckets - 1));
}

}  // namespace geod
