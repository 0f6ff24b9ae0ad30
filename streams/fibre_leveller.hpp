#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace geod::streams {

/// Rows on the grid to values of a tile: high-pass, common mode, level of each column, scale.
///
/// * High-pass: second-order Butterworth at `band_low` of the grid's rate, causal, with its state
///   carried from row to row. The first kFirstRows rows of a segment are held back and run through
///   it backwards first, so that it has settled when the segment begins.
/// * Common mode: the median over the live columns is taken off each row, from kFewestForMedian on.
/// * Level: sigma = 1.2533 times the running mean of |s| over about kLevelRows rows, frozen while
///   the mean over kShortRows is kHotRatio times as much (an event), at most kLongestFreeze rows.
///   It begins with the second quietest span of kQuietRows of the first rows, brought to what that
///   is in noise: an event may fill the others.
/// * Value: 127.5 + 127.5 * s / (clip_sigmas * sigma), in [0, 255]. kNoSample on dead columns, and
///   until kRecoverRows after they came back.
///
/// Lengths are in rows, as all of a tile: it looks alike at any rate. Float throughout; one
/// column's values depend on the others by the median alone. Single-threaded.
class FibreLeveller {
 public:
  static constexpr std::int64_t kFirstRows = 256;
  static constexpr std::int64_t kFewestRows = 64;  ///< shorter segments give no rows
  static constexpr std::int64_t kQuietRows = 16;
  static constexpr std::int64_t kLevelRows = 3000;
  static constexpr std::int64_t kShortRows = 50;
  static constexpr std::int64_t kLongestFreeze = 6000;
  static constexpr std::int64_t kRecoverRows = 256;
  static constexpr float kHotRatio = 3.0F;
  static constexpr std::size_t kFewestForMedian = 16;

  FibreLeveller(std::int64_t columns, double band_low, double clip_sigmas);

  /// A row and which columns are dead in it (1), both [columns]. Appends finished rows to `out`,
  /// [rows, columns].
  void push(std::span<const float> row,
            std::span<const std::uint8_t> dead,
            std::vector<float>& out);

  /// The segment has ended: what is held back goes out. A segment of fewer than kFewestRows rows
  /// gives none.
  void finish(std::vector<float>& out);

 private:
  struct Biquad {
    float b0 = 0.0F, b1 = 0.0F, b2 = 0.0F, a1 = 0.0F, a2 = 0.0F;
  };

  void begin(std::vector<float>& out);
  void high_pass(std::span<const float> row, std::span<const std::uint8_t> dead, float* filtered);
  void take_off_common_mode(std::span<const std::uint8_t> dead, float* row);
  void set_first_levels(std::span<const float> filtered);
  void scale(std::span<const std::uint8_t> dead, float* row);
  bool recover(std::size_t column, bool is_dead, float sample);
  void measure(float* row);

  std::int64_t columns_ = 0;
  Biquad filter_;
  std::int64_t settle_rows_ = 0;  ///< of the filter, when it begins with nothing
  float gain_ = 0.0F;             ///< of s / mean |s|

  bool begun_ = false;
  std::int64_t rows_ = 0;                 ///< given out
  std::vector<float> first_;              ///< [rows, columns] held back
  std::vector<std::uint8_t> first_dead_;  ///< [rows, columns]
  std::vector<float> state1_;             ///< [columns] of the filter, as the next
  std::vector<float> state2_;
  std::vector<float> level_;              ///< [columns] running mean of |s|
  std::vector<float> short_;              ///< [columns] the same over kShortRows
  std::vector<float> frozen_;             ///< [columns] rows
  std::vector<std::int32_t> recovering_;  ///< [columns] rows since it was dead; kRecoverRows: live
  std::vector<float> recovered_sum_;      ///< [columns] of |s| meanwhile
  std::vector<float> filtered_;           ///< [columns] scratch
  std::vector<float> live_;               ///< scratch of the median
};

}  // namespace geod::streams
