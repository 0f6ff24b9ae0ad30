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
                     {"blocks", c.blocks},
                     {"block_bytes", c.block_bytes},
                     {"fibre_metadata", c.fibre_metadata},
                     {"time_holes", c.time_holes},
                     {"time_overlaps", c.time_overlaps},
                     {"time_steps", c.time_steps},
                     {"renumbered", c.renumbered},
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

std::string estimates_to_json(const DaemonStats& stats) {
  nlohmann::json json = nlohmann::json::object();
  for (std::size_t task = 0; task < kScalarTasks.size(); ++task) {
    json[std::string(kScalarTasks[task])] = {{"made", stats.estimates_made[task].load()},
                                             {"stored", stats.estimates_stored[task].load()},
                                             {"refused", stats.estimates_refused[task].load()}};
  }
  json.update({{"without_window", stats.estimates_without_window.load()},
               {"unusable", stats.estimates_unusable.load()},
               {"shed", stats.estimates_shed.load()},
               {"locations_made", stats.locations_made.load()},
               {"locations_stored", stats.locations_stored.load()},
               {"windows_scored", stats.scalar_windows_scored.load()},
               {"scoring_s", static_cast<double>(stats.scalar_scoring_ns.load()) * 1e-9},
               {"shadow_made", stats.shadow_estimates_made.load()},
               {"shadow_skipped", stats.shadow_estimates_skipped.load()}});
  return json.dump();
}

std::string waveforms_to_json(const DaemonStats& stats) {
  const WaveformStats& waveforms = stats.waveforms;
  return nlohmann::json{{"windows_kept", waveforms.windows_kept.load()},
                        {"windows_lost", waveforms.windows_lost.load()},
                        {"bytes_written", waveforms.bytes_written.load()},
                        {"tree_bytes", waveforms.tree_bytes.load()},
                        {"failing", waveforms.is_failing.load()}}
      .dump();
}

std::string detections_to_json(const DaemonStats& stats) {
  return nlohmann::json{{"stored", stats.detections_stored.load()},
                        {"already_there", stats.detections_already_there.load()},
                        {"refused", stats.detections_refused.load()},
                        {"latency_count", stats.detection_latency.count()},
                        {"latency_p50_s", stats.detection_latency.quantile_s(0.5)},
                        {"latency_p99_s", stats.detection_latency.quantile_s(0.99)}}
      .dump();
}

std::string decoder_counters_to_json(const models::DecoderCounters& counters) {
  return nlohmann::json{{"windows", counters.windows},
                        {"picks_p", counters.picks_p},
                        {"picks_s", counters.picks_s},
                        {"suppressed", counters.suppressed},
                        {"missing_windows", counters.missing_windows},
                        {"restarts", counters.restarts},
                        {"unusable_scores", counters.unusable_scores}}
      .dump();
}

}  // namespace geod
