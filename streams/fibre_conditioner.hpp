#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/error.hpp"
#include "core/fibre_tile.hpp"
#include "core/sample_rate.hpp"
#include "streams/fibre_buffer.hpp"
#include "streams/fibre_decimator.hpp"
#include "streams/fibre_leveller.hpp"
#include "streams/fibre_reader.hpp"
#include "streams/time_grid.hpp"

namespace geod::streams {

/// The grid of a network for fibres and how samples are brought to it.
struct FibreConditioning {
  SampleRate rate = *SampleRate::make(100);
  double channel_spacing_m = 10.0;
  double band_low = 0.01;   ///< share of `rate`, as the next
  double band_high = 0.45;  ///< at most 0.5
  double clip_sigmas = 6.0;
};

/// Brings the samples of one fibre to rows on a network's grid, [0, 255]: FibreReader (physical
/// values, columns), FibreDecimator (rate), FibreLeveller (high-pass, common mode, level).
///
/// Columns: round(channel_spacing_m / spacing of the stream) neighbouring channels are averaged;
/// streams that are coarser than the grid, or do not tell their spacing, keep their channels.
/// Rows: every point of the absolute grid within a segment. They leave when the samples half a
/// filter length after them are there; the first ones of a segment after
/// FibreLeveller::kFirstRows. A segment (gap, restart, new geometry) begins with no memory of the
/// one before. The rows do not depend on how the stream was cut into blocks.
///
/// Cost: a fifth of a core for 10,000 channels at 1 kHz (bench/b12_fibre). Memory: see the parts.
/// Single-threaded.
class FibreConditioner {
 public:
  /// Held in rows after a channel's last bad sample.
  static constexpr std::int64_t kDeadHoldRows = 1000;

  explicit FibreConditioner(const FibreConditioning& settings);

  /// Of a stream on the grid; rates outside FibreDecimator::supports are kUnsupported.
  static Result<FibreGrid> grid_of(const FibreGeometry& geometry,
                                   const FibreConditioning& settings);

  /// Appends finished rows; one FibreRows or none. kUnsupported for a rate or a channel count that
  /// cannot be taken: nothing of this segment is.
  Result<void> push(const FibrePiece& piece, std::vector<FibreRows>& out);

  /// Nothing contiguous follows: gives out what waited for it.
  void finish(std::vector<FibreRows>& out);

 private:
  __extension__ using Int128 = __int128;

  /// From row `first_row` of the grid on, samples are counted from `sample` at `time`.
  struct Anchor {
    std::int64_t sample = 0;
    Time time;
    std::int64_t first_row = 0;
  };
  struct Segment {
    std::shared_ptr<const FibreGrid> grid;
    SampleRate rate;
    FibreReader reader;
    FibreDecimator decimator;
    FibreLeveller leveller;
    std::deque<Anchor> anchors;
    std::int64_t samples = 0;   ///< read
    std::int64_t next_row = 0;  ///< to be decimated
    std::int64_t out_row = 0;   ///< to be given out
    bool has_given = false;
    std::chrono::steady_clock::time_point arrived_at;
  };
  Result<void> begin(const FibrePiece& piece);
  void note_anchor(const FibrePiece& piece);
  FibreDecimator::Position position_of(std::int64_t row);
  void produce(bool at_end, std::vector<float>& values);
  void give(std::vector<float> values, std::vector<FibreRows>& out);

  FibreConditioning settings_;
  TimeGrid grid_;
  std::optional<Segment> segment_;
  std::vector<FibreDecimator::Position> positions_;  ///< scratch, as the next
  std::vector<float> decimated_;
  std::vector<float> row_;  ///< scratch, as the next
  std::vector<std::uint8_t> dead_;
};

}  // namespace geod::streams
