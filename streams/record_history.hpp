#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "streams/record.hpp"

namespace geod::streams {

/// 64 bits of start, length, type and samples of a record.
std::uint64_t fingerprint(const Record& record);

/// The samples as double; exact for every encoding.
std::vector<double> to_double(const Samples& samples);
std::size_t size_of(const Samples& samples);

/// What one channel remembers to tell a repeated record from a contradicting one: fingerprints of
/// its last records and its last raw samples. Memory is bounded and grows only with use.
class RecordHistory {
 public:
  static constexpr std::size_t kFingerprints = 1024;
  static constexpr std::size_t kSamples = 1024;

  enum class Match {
    kSame,       ///< every sample is remembered and equal
    kDifferent,  ///< a remembered sample differs
    kUnknown,    ///< no remembered sample differs, but not all are remembered
  };

  void remember(std::uint64_t fingerprint);
  bool contains(std::uint64_t fingerprint) const;

  /// Samples in time order; NaN stands for one that was not received.
  void append(std::span<const double> samples);
  /// Compares `samples`, of which the first lies `back` sample periods before the end of what was
  /// appended. Samples after that end are not compared.
  Match compare(std::span<const double> samples, std::int64_t back) const;

  /// Nothing before is adjacent to what follows.
  void forget_samples() { samples_.clear(); }
  void forget_all();

 private:
  std::vector<std::uint64_t> fingerprints_;  // ring
  std::size_t oldest_ = 0;
  std::vector<double> samples_;  // up to twice kSamples, oldest first
};

}  // namespace geod::streams
