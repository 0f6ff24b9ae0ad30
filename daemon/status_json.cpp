#include "daemon/status_json.hpp"

#include <nlohmann/json.hpp>

namespace geod {
namespace {

nlohmann::json refusals(const streams::CounterSnapshot& counters) {
  nlohmann::json reasons = nlohmann::json::object();
  for (std::size_t i = 0; i < streams::kWireFaults; ++i) {
    if (counters.wire_faults[i] > 0) {
      reasons[std::string(to_string(static_cast<streams::WireFault>(i)))] = counters.wire_faults[i];
    }
  }
  for (std::size_t i = 0; i < streams::kRejectReasons; ++i) {
    if (counters.record_rejects[i] > 0) {
      reasons[std::string(to_string(static_cast<streams::RejectReason>(i)))] =
          counters.record_rejects[i];
    }
  }
  return reasons;
}

}  // namespace

std::string sources_to_json(const std::vector<streams::SourceStatus>& sources) {
  nlohmann::json array = nlohmann::json::array();
  for (const streams::SourceStatus& source : sources) {
    const streams::CounterSnapshot& c = source.counters;
    array.push_back({{"name", source.name},
                     {"endpoint", source.endpoint},
                     {"has_ended", source.has_ended},
                     {"messages", c.messages},
                     {"bytes", c.bytes},
                     {"records", c.records},
                     {"rejected", c.rejected()},
                     {"rejected_by_reason", refusals(c)},
                     {"missing", c.missing},
                     {"duplicates", c.duplicates},
                     {"restarts", c.restarts},
                     {"heartbeats", c.heartbeats},
                     {"ends", c.ends},
                     {"connections", c.connections},
                     {"auth_failures", c.auth_failures},
                     {"handshake_failures", c.handshake_failures}});
  }
  return array.dump();
}

std::string stream_counters_to_json(const streams::StreamCounters& counters) {
  const streams::ContinuityCounters& c = counters.continuity;
  const streams::WindowCounters& w = counters.windows;
  return nlohmann::json{{"channels", counters.channels},
                        {"instruments", counters.instruments},
                        {"refused_channels", counters.refused_channels},
                        {"not_windowed", counters.not_windowed},
                        {"samples", c.samples},
                        {"gaps", c.gaps},
                        {"overlaps", c.overlaps},
                        {"duplicates", c.duplicates},
                        {"conflicts", c.conflicts},
                        {"late", c.late},
                        {"time_steps", c.time_steps},
                        {"clock_resets", c.clock_resets},
                        {"rate_changes", c.rate_changes},
                        {"reordered", c.reordered},
                        {"quarantined", c.quarantined},
                        {"unusable", c.unusable},
                        {"windows_skipped", w.skipped},
                        {"components_timed_out", w.timed_out},
                        {"late_samples", w.late_samples}}
      .dump();
}

}  // namespace geod
