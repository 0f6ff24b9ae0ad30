#pragma once

#include <string>
#include <vector>

#include "streams/source.hpp"
#include "streams/stream_processor.hpp"

namespace geod {

/// JSON array, one object an endpoint or file source: name, endpoint, counters, refusals by reason.
std::string sources_to_json(const std::vector<streams::SourceStatus>& sources);

/// JSON object of the counters of continuity and windows.
std::string stream_counters_to_json(const streams::StreamCounters& counters);

}  // namespace geod
