#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace geod {

/// Elapsed times in 5 % wide logarithmic buckets from 0.1 ms to about 3 hours. Thread-safe.
class LatencyHistogram {
 public:
  void add(std::chrono::nanoseconds elapsed);

  /// Upper edge of the bucket that holds quantile `q` in [0, 1], in seconds; 0 when empty.
  double quantile_s(double q) const;
  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  /// Of those in buckets whose upper edge is not above `seconds`.
  std::uint64_t count_at_most(double seconds) const;
  /// Of all.
  double sum_s() const;

 private:
  static constexpr std::size_t kBuckets = 380;
  std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::int64_t> sum_ns_{0};
};

}  // namespace geod
