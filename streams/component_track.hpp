#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "core/window.hpp"
#include "streams/time_grid.hpp"
#include "streams/trace_piece.hpp"

namespace geod::streams {

/// One component of an instrument on the grid: runs of values with holes between them, and marks.
/// Holds only what is there, however far apart. Indices are grid points.
class ComponentTrack {
 public:
  explicit ComponentTrack(TimeGrid grid) : grid_(grid) {}

  /// Values at first, first + 1, ...; what lies before the frontier is left out.
  void append(std::int64_t first, std::span<const double> values);
  void add_mark(const TraceMark& mark);

  bool empty() const { return runs_.empty(); }
  /// Everything before it is known, present or missing. Meaningless while nothing was appended.
  std::int64_t frontier() const { return frontier_; }
  bool has_frontier() const { return has_frontier_; }
  /// First point at or after `k` with a value.
  std::optional<std::int64_t> first_from(std::int64_t k) const;

  /// Writes [begin, end) to `out` relative to its first value, zeros where missing; `missing` in
  /// samples from `begin`. Returns how many are not missing.
  std::int64_t copy(std::int64_t begin,
                    std::int64_t end,
                    std::span<float> out,
                    std::vector<SampleSpan>& missing) const;

  /// Appends the parts of marks of `kind` inside [begin, end) that are known before `end`, in
  /// samples from `begin`.
  void collect(TraceMark::Kind kind,
               std::int64_t begin,
               std::int64_t end,
               std::vector<SampleSpan>& spans) const;
  /// Largest timing uncertainty inside [begin, end), seconds.
  double timing_s(std::int64_t begin, std::int64_t end) const;

  /// Forgets what lies before `k`.
  void drop_before(std::int64_t k);
  /// Forgets what lies at or after `k`; the frontier becomes at most `k`.
  void drop_from(std::int64_t k);
  void clear();

 private:
  struct Run {
    std::int64_t first = 0;   ///< grid point of values[skipped]
    std::size_t skipped = 0;  ///< values at the front that are no longer held
    std::vector<double> values;
    std::int64_t end() const { return first + static_cast<std::int64_t>(values.size() - skipped); }
  };
  struct Mark {
    TraceMark::Kind kind;
    std::int64_t begin;
    std::int64_t end;
    std::int64_t known_at;
    double timing_s;
  };

  TimeGrid grid_;
  std::deque<Run> runs_;
  std::deque<Mark> marks_;
  std::int64_t frontier_ = 0;
  bool has_frontier_ = false;
};

/// Sorts and joins spans in place.
void join_spans(std::vector<SampleSpan>& spans);

}  // namespace geod::streams
