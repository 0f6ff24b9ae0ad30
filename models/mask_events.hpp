#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "models/mask_merger.hpp"
#include "models/segment_settings.hpp"

namespace geod::models {

/// Where the mask is on at one column: rows [from, to).
struct ColumnRun {
  std::int64_t column = 0;
  std::int64_t from = 0;
  std::int64_t to = 0;
  bool has_onset = true;         ///< it was seen to begin: not at the first row of a segment
  bool begins_as_s = false;      ///< S is more probable than P where it begins
  std::int64_t s_from = -1;      ///< where S comes to be more probable in s_mass; -1: nowhere
  double s_mass = 0.0;           ///< sum of S's probability over the stretch with the most of it
  double probability_sum = 0.0;  ///< over its cells
  std::int64_t cells = 0;        ///< rows without the bridged gaps
};

/// A connected part of the mask.
struct MaskEvent {
  std::vector<ColumnRun> runs;   ///< ascending in column, then row
  std::int64_t decided_row = 0;  ///< nothing of this row and later was looked at
  float max_probability = 0.0F;
  bool is_cut = false;  ///< it was still going on at decided_row
};

/// What became of the connected parts of masks.
struct MaskEventCounters {
  std::uint64_t parts = 0;     ///< connected parts that ended or were cut
  std::uint64_t narrow = 0;    ///< fewer channels than an event has
  std::uint64_t brief = 0;     ///< no run is long enough
  std::uint64_t unlikely = 0;  ///< mean probability
  std::uint64_t cut = 0;       ///< went on for kLongestRows, or held too many runs
};

/// Finds the connected parts of a mask that comes row by row.
///
/// On a column the mask is on from where the probability of all classes together reaches
/// threshold_on until it falls below threshold_off; gaps of up to kBridgedRows are bridged. Runs
/// are of one part when they touch, corners and up to kBridgedColumns columns and kBridgedRows rows
/// between them included. A part is complete when none of its runs is on and none can be joined.
/// Parts are labels on the columns; where two meet, the columns of the smaller one are given the
/// label of the larger.
///
/// Bounded: a part that lasts kLongestRows is cut there and given out as it is; what goes on of it
/// is not looked at until it ends, column by column. The same for the largest part when more than
/// kRunsPerColumn runs per column of the fibre are held.
///
/// The result depends on the rows alone. Single-threaded.
class MaskEvents {
 public:
  static constexpr std::int64_t kBridgedRows = 5;
  static constexpr std::int64_t kBridgedColumns = 2;
  static constexpr std::int64_t kLongestRows = 6000;
  static constexpr std::int64_t kRunsPerColumn = 32;
  static constexpr std::int64_t kSteadyRows = 3;  ///< that S must lead to be there

  explicit MaskEvents(const DasSettings& settings) : settings_(settings) {}

  /// Rows that follow those before, or begin a segment (finish() comes before it). Appends the
  /// parts that are events by their size and probability, in the order in which they ended.
  void push(const MaskRows& rows, std::vector<MaskEvent>& out);
  /// The segment ends: so does every part.
  void finish(std::vector<MaskEvent>& out);

  std::int64_t next_row() const { return row_; }
  /// Whether a part that began in rows [from, to) is still on.
  bool is_on_from(std::int64_t from, std::int64_t to) const;

  /// Of the rows from the next push on.
  void change_settings(const DasSettings& settings) { settings_ = settings; }

  const MaskEventCounters& counters() const { return counters_; }

 private:
  enum class State : std::uint8_t { kOff, kOn, kGap, kSpent };
  struct Column {
    State state = State::kOff;
    std::int64_t part = -1;   ///< while on or in a gap, as the next
    std::size_t place = 0;    ///< in the part's `open`
    std::int64_t s_rows = 0;  ///< in a row that S leads, as the next
    double s_mass = 0.0;
    ColumnRun run;
  };
  struct Part {
    std::int64_t first_row = 0;
    std::vector<std::int64_t> open;  ///< columns with a run that is on or in a gap
    std::vector<ColumnRun> closed;
    float max_probability = 0.0F;
  };

  void begin(const MaskRows& rows);
  void push_row(std::span<const float> first, std::span<const float> second);
  void step(std::int64_t column, float first, float second);
  void open_run(std::int64_t column, bool as_s);
  void extend_run(std::int64_t column, float first, float second);
  void close_run(std::int64_t column);
  void join_neighbours(std::int64_t column);
  void unite(std::int64_t a, std::int64_t b);
  void keep_bounded(std::vector<MaskEvent>& out);
  void cut(std::int64_t part, std::vector<MaskEvent>& out);
  void give_complete(std::vector<MaskEvent>& out);
  void give(Part part, bool is_cut, std::vector<MaskEvent>& out);
  bool passes(const MaskEvent& event);

  DasSettings settings_;
  MaskEventCounters counters_;
  std::int64_t row_ = 0;  ///< the one at hand, or the next
  std::int64_t segment_row_ = 0;
  std::int64_t runs_held_ = 0;
  std::int64_t next_part_ = 0;
  std::vector<Column> columns_;
  std::map<std::int64_t, Part> parts_;
  std::vector<std::int64_t> ended_;  ///< parts whose last run closed in this row
};

}  // namespace geod::models
