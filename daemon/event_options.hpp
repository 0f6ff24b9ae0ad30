#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/event_query.hpp"

namespace CLI {
class App;
}

namespace geod {

/// Which events, as typed: texts that CLI11 has checked. The same for every command about events.
struct EventFilter {
  std::string from, to;
  std::string region, circle, polygon;
  std::optional<double> min_depth_km, max_depth_km;
  std::optional<double> min_magnitude, max_magnitude;
  std::string magnitude_type;
  std::string quality;  ///< "A" to "D"
  std::vector<std::string> stations;
  std::string model;
  std::optional<std::string> adapter;
  bool reviewed_only = false;
  bool with_withdrawn = false;
};

/// --from, --to, --region, --circle, --polygon, --min-magnitude and the like, bound to `filter`,
/// which outlives the command.
void add_event_filter_options(CLI::App& command, EventFilter& filter);

/// The question that a filter asks, in the order of time.
storage::EventQuery event_query_of(const EventFilter& filter);

/// What a filter narrows to, but for the interval: "region 35/36/-118/-117, quality B or better";
/// empty where it does not.
std::string described(const EventFilter& filter);

}  // namespace geod
