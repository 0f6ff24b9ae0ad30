#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/velocity_model.hpp"
#include "core/error.hpp"
#include "core/waveform_source.hpp"
#include "daemon/event_section.hpp"
#include "daemon/section_traces.hpp"
#include "daemon/site_list.hpp"
#include "storage/event_query.hpp"

namespace geod {

/// What a record section is made of.
struct SectionSources {
  const storage::StoredEvent& event;  ///< with its arrivals
  const std::vector<Site>& sites;
  const WaveformSource& waveforms;
  const catalog::VelocityModel& velocities;
  SectionBand band;
  /// Nothing: a fifth farther than the farthest pick; all stations up to 300 km without one.
  std::optional<double> max_distance_km;
  std::optional<double> seconds;  ///< after the origin; nothing: until well after the last S
};

/// The vertical traces of the stations about the event, filtered, with the picks of the event (the
/// reviewed ones where a human made some at the station) and the curves of P and S. A station gives
/// one channel: that of its picks, else the first with samples. Errors of WaveformSource::read.
Result<EventSection> section_of(const SectionSources& sources);

/// The picks of the preferred origin by station: of the reviewed origin, else of the newest
/// version.
std::map<StationId, std::vector<SectionPick>> section_picks(const storage::StoredEvent& event);

}  // namespace geod
