#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/sample_rate.hpp"

namespace geod::streams {

/// Brings rows of a segment to the rate of the grid: each row asked for is the low-passed series of
/// every column at one instant, by a Kaiser-windowed sinc that is symmetric about it, so that no
/// arrival is delayed. Pass band to `band_high` of the grid's rate (at most 0.45 of the input's),
/// stop band kTransition of the slower rate above it, 60 dB. The first and last row of the segment
/// are held beyond its ends.
///
/// A row depends on the rows around it alone, never on how the stream was cut into blocks. One
/// instant has one set of taps for all columns, made when the fraction changes.
///
/// Memory: twice the filter's length in rows. Single-threaded.
/// Source of the design formulas: Kaiser 1974, as in ResampleFilter.
class FibreDecimator {
 public:
  static constexpr double kStopBandDb = 60.0;
  static constexpr double kTransition = 0.1;
  static constexpr double kSlowestRatio = 0.25;  ///< input rate / grid rate, as the next
  static constexpr double kFastestRatio = 100.0;

  static bool supports(SampleRate input, SampleRate grid);

  FibreDecimator(SampleRate input, SampleRate grid, double band_high, std::int64_t columns);

  /// Rows needed on each side of an instant.
  std::int64_t half() const { return half_; }
  /// Rows of the segment so far.
  std::int64_t end() const { return end_; }

  /// Space for the next row of the segment, to be filled before the next call: [columns].
  float* append();

  /// An instant: `whole` + `fraction` (in [0, 1)) rows after the segment's first.
  struct Position {
    std::int64_t whole = 0;
    double fraction = 0.0;
  };
  /// The rows at `positions`, [positions, columns] to `out`; `whole` + half() is before end(),
  /// unless the segment has ended. Several at a time share what they read.
  void rows_at(std::span<const Position> positions, float* out);

  /// Rows before `row` - half() are not needed again.
  void forget_before(std::int64_t row);

 private:
  void set_taps(double fraction);
  void sum_strip(std::int64_t column, std::size_t position, float* out) const;

  std::int64_t columns_ = 0;
  std::int64_t half_ = 0;
  double cut_off_ = 0.0;  ///< cycles per row
  double taps_fraction_ = -1.0;
  std::vector<float> taps_;            ///< [2 * half] at that fraction
  std::vector<float> taps_of_;         ///< [positions, 2 * half] scratch, as the next
  std::vector<const float*> sources_;  ///< [positions, 2 * half]
  std::vector<float> rows_;
  std::int64_t base_ = 0;  ///< row of the segment that rows_ begins with
  std::int64_t end_ = 0;
};

}  // namespace geod::streams
