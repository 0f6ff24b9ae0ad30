#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/pick.hpp"
#include "core/time.hpp"
#include "core/waveform_source.hpp"
#include "daemon/drawn_event.hpp"

namespace geod {

struct SectionPick {
  Phase phase = Phase::kP;
  Time time;
  bool is_reviewed = false;
};

/// One channel of a record section.
struct SectionTrace {
  std::string name;              ///< "CI.CLC..HHZ"
  double distance_km = 0.0;      ///< of the station from the epicentre
  std::vector<Waveform> pieces;  ///< filtered; ascending in time
  std::vector<SectionPick> picks;
};

/// When a phase comes by distance, from the source at its depth to the surface.
struct SectionCurve {
  Phase phase = Phase::kP;
  struct Point {
    double distance_km = 0.0;
    double after_origin_s = 0.0;
  };
  std::vector<Point> points;  ///< ascending in distance
};

struct EventSection {
  DrawnEvent event;
  std::vector<SectionTrace> traces;
  std::vector<SectionCurve> curves;
  std::string curves_of;  ///< what they were computed with, in words
  std::string filter;     ///< what was done to the samples, in words
  double before_s = 5.0;  ///< shown before the origin time
  double after_s = 60.0;
};

/// Traces of a section that stay apart: going outwards, those that come to lie at least a sixtieth
/// of the largest distance beyond the last one; of those at one place the first by name.
/// `traces` ascend in distance, then name.
std::vector<SectionTrace> spread_out(std::vector<SectionTrace> traces);

/// An SVG file: time after the origin to the right, epicentral distance upwards, each trace scaled
/// to its own largest amplitude in what is shown, with its picks, its name at the right and the
/// curves of P and S. The same section gives the same bytes. kNotFound when no trace has samples
/// in what is shown.
Result<std::string> event_section_svg(const EventSection& section);

}  // namespace geod
