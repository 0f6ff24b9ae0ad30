#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "core/sample_rate.hpp"
#include "streams/resample_filter.hpp"
#include "streams/time_grid.hpp"
#include "streams/trace_piece.hpp"

namespace geod::streams {

/// Uniform samples at grid points first, first + 1, ...
struct GridRun {
  std::int64_t first = 0;
  std::vector<double> samples;
};

/// Brings one channel onto the absolute grid of the model's rate.
///
/// Every grid point inside a segment gets one value: the input sample itself where the rates are
/// equal and the point lies within 1 % of a period of it, else the band-limited interpolation of
/// ResampleFilter at the exact position, counted from the header of the record that the point falls
/// into (exact rationals, no drift). At segment ends the first and last samples are held. A value
/// depends on its neighbourhood only, never on how the stream was cut into pieces; it is given out
/// as soon as the half filter length after it is there.
///
/// Memory: one filter length plus what the last piece brought. Single-threaded.
class Resampler {
 public:
  /// Input rate / output rate that is taken on: slower channels carry too little of the band,
  /// faster ones need filters out of proportion.
  static constexpr double kSlowestRatio = 0.1;
  static constexpr double kFastestRatio = 100.0;
  /// A grid point within 1 / kOnGridFraction of a period of a sample takes its value.
  static constexpr std::int64_t kOnGridFraction = 100;

  static bool supports(SampleRate input, SampleRate output);

  /// `filters` is shared and outlives this.
  Resampler(TimeGrid grid, FilterCache& filters) : grid_(grid), filters_(&filters) {}

  /// Appends finished values to `out`. `piece.rate` must be supported. Marks are not looked at.
  void push(const TracePiece& piece, std::vector<GridRun>& out);

  /// The segment ends here: gives out what waited for later samples.
  void finish(std::vector<GridRun>& out);

 private:
  __extension__ using Int128 = __int128;

  /// A record's first sample: from grid point `first_k` on, positions are counted from here.
  struct Anchor {
    std::int64_t index = 0;  ///< of the sample in the segment
    Time time;
    SampleRate rate;
    std::int64_t first_k = 0;
  };

  void begin_segment(const TracePiece& piece);
  void produce(bool at_end, std::vector<GridRun>& out);
  bool produce_one(bool at_end, GridRun& run);
  bool copy_on_grid(GridRun& run);
  bool is_on_sample() const;
  void set_position();
  void step_position();
  double filtered(std::int64_t whole, double fraction) const;
  void forget_used();

  TimeGrid grid_;
  FilterCache* filters_;
  std::shared_ptr<const ResampleFilter> filter_;

  bool active_ = false;
  bool same_rate_ = false;
  std::int64_t next_k_ = 0;
  std::vector<double> samples_;
  std::int64_t base_ = 0;  ///< segment index of samples_[0]
  std::deque<Anchor> anchors_;

  // Position of next_k_ in samples after the front anchor: whole_ + rest_ / divisor_, exact.
  std::int64_t whole_ = 0;
  Int128 rest_ = 0;
  Int128 divisor_ = 1;
  std::int64_t step_whole_ = 0;
  Int128 step_rest_ = 0;
};

}  // namespace geod::streams
