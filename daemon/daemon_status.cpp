#include <chrono>
#include <cstdint>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "daemon/daemon.hpp"
#include "daemon/daemon_parts.hpp"
#include "daemon/status_json.hpp"

namespace geod {

std::optional<std::string> Daemon::handle_control(const std::string& request,
                                                  const ControlServer::Client& client) {
  const auto parsed = nlohmann::json::parse(request, nullptr, false);
  const auto is = [&parsed](const char* key, const char* word) {
    return parsed.is_object() && parsed.contains(key) && parsed[key] == word;
  };
  if (is("command", "status")) {
    return status_json();
  }
  if (!is("command", "adapters")) {
    return R"({"error":"unknown request; \"command\" is status or adapters"})";
  }
  if (is("action", "list")) {
    return adapters_json();
  }
  auto asked = parse_adapter_request(request);
  if (!asked) {
    return nlohmann::json{{"error", asked.error().what}, {"code", to_string(asked.error().code)}}
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  if (parts_->adapt_thread.get_stop_token().stop_requested()) {
    return R"({"error":"geod stops","code":"cancelled"})";
  }
  parts_->adapter_loader->post({client, std::move(*asked)});
  return std::nullopt;
}

std::string Daemon::adapters_json() const {
  nlohmann::json adapters = nlohmann::json::parse(stats_.adapters_json());
  adapters.update({{"network_changes", stats_.network_changes.load()},
                   {"change_pause_p50_s", stats_.change_pause.quantile_s(0.5)},
                   {"change_pause_p99_s", stats_.change_pause.quantile_s(0.99)},
                   {"bundle_to_live_p50_s", stats_.bundle_to_live.quantile_s(0.5)},
                   {"bundle_to_live_p99_s", stats_.bundle_to_live.quantile_s(0.99)},
                   {"shadow_windows_scored", stats_.shadow_windows_scored.load()},
                   {"shadow_windows_skipped", stats_.shadow_windows_skipped.load()}});
  return adapters.dump();
}

std::string Daemon::status_json() const {
  const Parts& parts = *parts_;
  // From the first record to the newest commit: what throughput is measured over.
  const double processing_s =
      static_cast<double>(stats_.last_commit_ns.load() - stats_.first_record_ns.load()) * 1e-9;
  const auto picks = stats_.pick_latency.count();
  const std::int64_t newest = stats_.newest_sample_ns.load();
  nlohmann::json status{
      {"version", GEOD_VERSION},
      {"state", parts.ingest_outcome.has_ended() ? "draining" : "running"},
      {"pid", ::getpid()},
      {"uptime_s",
       std::chrono::duration<double>(std::chrono::steady_clock::now() - parts.started).count()},
      {"processing_s", processing_s},
      {"records", stats_.records.load()},
      {"record_bytes", stats_.record_bytes.load()},
      {"continuity_events", stats_.continuity_events.load()},
      {"windows_cut", stats_.windows_cut.load()},
      {"windows_scored", stats_.windows_scored.load()},
      {"windows_shed", stats_.windows_shed.load()},
      {"windows_waiting", window_queue_.size()},
      {"batches", stats_.batches.load()},
      {"scoring_s", static_cast<double>(stats_.scoring_ns.load()) * 1e-9},
      {"picks_made", stats_.picks_made.load()},
      {"picks_stored", stats_.picks_stored.load()},
      {"picks_already_there", stats_.picks_already_there.load()},
      {"rows_refused", stats_.rows_refused.load()},
      {"commits", stats_.commits.load()},
      {"storage_failing", stats_.storage_failing.load()},
      {"newest_sample", newest == 0 ? "none" : to_iso(time_from_ns(newest), 3)},
      {"pick_latency_count", picks},
      {"pick_latency_p50_s", stats_.pick_latency.quantile_s(0.5)},
      {"pick_latency_p99_s", stats_.pick_latency.quantile_s(0.99)},
      {"sources", nlohmann::json::parse(stats_.sources_json())},
      {"streams", nlohmann::json::parse(stats_.streams_json())},
      {"decoders", nlohmann::json::parse(decoder_counters_to_json(stats_.decoder_counters()))},
      {"estimates", nlohmann::json::parse(estimates_to_json(stats_))},
      {"detections", nlohmann::json::parse(detections_to_json(stats_))},
      {"adapters", nlohmann::json::parse(adapters_json())}};
  if (parts.engine != nullptr) {
    const models::EngineInfo& info = parts.engine->info();
    status.update({{"model", parts.base.model_id()},
                   {"device", info.device},
                   {"precision", info.precision},
                   {"threads", info.threads},
                   {"warmup_windows_per_s", info.windows_per_s}});
  }
  return status.dump();
}

}  // namespace geod
