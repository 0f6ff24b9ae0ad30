#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace geod::trainer {

/// A time marked over all rows of a window.
struct TraceMark {
  double time_s = 0.0;
  std::string text;  ///< a few letters
  enum class Kind : std::uint8_t { kLabel, kPick } kind = Kind::kLabel;
  bool is_s = false;  ///< coloured as S, else as P
};

/// One row: a component, or the score of a phase.
struct TraceRow {
  std::string name;
  std::span<const float> values;
};

/// A seismogram with what is known and what the network says.
struct TracesPlot {
  std::string title;
  std::string subtitle;
  double seconds = 0.0;              ///< length of every row
  std::vector<TraceRow> components;  ///< each scaled to its own largest amplitude
  std::vector<TraceRow> scores;      ///< P and S in [0, 1], in one row together; may be empty
  std::vector<double> thresholds;    ///< drawn over the scores
  std::vector<TraceMark> marks;
  double width = 536.0;
};
/// Labels are named in a lane above the rows, picks in one below, each name beside no other.
std::string to_svg(const TracesPlot& plot);

}  // namespace geod::trainer
