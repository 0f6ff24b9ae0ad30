#pragma once

#include <string>
#include <vector>

#include "daemon/stats.hpp"
#include "streams/source.hpp"
#include "streams/stream_processor.hpp"

namespace geod {

/// JSON array, one object an endpoint or file source: name, endpoint, counters, refusals by reason.
std::string sources_to_json(const std::vector<streams::SourceStatus>& sources);

/// JSON object of the counters of continuity and windows.
std::string stream_counters_to_json(const streams::StreamCounters& counters);

/// JSON object of what the scalar tasks made and the store took, by task, and of what was lost.
std::string estimates_to_json(const DaemonStats& stats);

/// JSON object of what the store took of detections on fibres.
std::string detections_to_json(const DaemonStats& stats);

/// JSON object of the association and of what became of events.
std::string association_to_json(const DaemonStats& stats);

/// JSON object of the counters of the active pick decoders.
std::string decoder_counters_to_json(const models::DecoderCounters& counters);

}  // namespace geod
