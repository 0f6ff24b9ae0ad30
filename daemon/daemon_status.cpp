#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "daemon/daemon.hpp"
#include "daemon/daemon_parts.hpp"
#include "daemon/status_json.hpp"

namespace geod {

std::optional<ControlMessage> Daemon::handle_control(ControlMessage request,
                                                     const ControlServer::Client& client) {
  const auto parsed = nlohmann::json::parse(request.json, nullptr, false);
  const auto is = [&parsed](const char* key, const char* word) {
    return parsed.is_object() && parsed.contains(key) && parsed[key] == word;
  };
  if (is("command", "status")) {
    return status_json();
  }
  if (is("command", "segment")) {
    return handle_segment(std::move(request), client);
  }
  if (is("command", "invert")) {
    return handle_invert(std::move(request), client);
  }
  if (!is("command", "adapters")) {
    return to_message(Error{Errc::kConfig,
                            "unknown request; \"command\" is status, adapters, segment or invert"});
  }
  if (is("action", "list")) {
    return adapters_json();
  }
  auto asked = parse_adapter_request(request.json);
  if (!asked) {
    return to_message(asked.error());
  }
  if (parts_->adapt_thread.get_stop_token().stop_requested()) {
    return to_message(Error{Errc::kCancelled, "geod stops"});
  }
  parts_->adapter_loader->post({client, std::move(*asked)});
  return std::nullopt;
}

std::optional<ControlMessage> Daemon::handle_segment(ControlMessage request,
                                                     const ControlServer::Client& client) {
  Parts& parts = *parts_;
  if (!parts.segmentation) {
    return to_message(Error{Errc::kNotFound,
                            "geod runs without a model for images: set models.segmenter to a model "
                            "folder and start it again"});
  }
  if (parts.adapt_thread.get_stop_token().stop_requested() ||
      parts.segmentation_outcome.has_ended()) {
    return to_message(Error{Errc::kCancelled, "geod stops"});
  }
  auto asked = parse_segment_request(std::move(request), config_.fibres.request_bytes);
  if (!asked) {
    return to_message(asked.error());
  }
  parts.segmentation->post(std::move(*asked), client);
  return std::nullopt;
}

std::optional<ControlMessage> Daemon::handle_invert(ControlMessage request,
                                                    const ControlServer::Client& client) {
  Parts& parts = *parts_;
  if (!parts.inversion) {
    return to_message(Error{Errc::kNotFound,
                            "geod runs without a model for inversion: set models.inverter to a "
                            "model folder and start it again"});
  }
  if (parts.adapt_thread.get_stop_token().stop_requested() || parts.inversion_outcome.has_ended()) {
    return to_message(Error{Errc::kCancelled, "geod stops"});
  }
  auto asked = parse_inversion_request(std::move(request), config_.fibres.request_bytes);
  if (!asked) {
    return to_message(asked.error());
  }
  parts.inversion->post(std::move(*asked), client);
  return std::nullopt;
}

/// The fibres, each with what of it waits.
std::string Daemon::fibres_json() const {
  std::map<std::string, std::size_t> waiting;
  fibre_queue_.for_each([&](const FibreItem& item, std::size_t weight) {
    if (const auto* block = std::get_if<DasBlock>(&item)) {
      waiting[block->geometry->fibre_id] += weight;
    }
  });
  nlohmann::json each = nlohmann::json::parse(stats_.fibres_json());
  for (auto& fibre : each) {
    fibre["waiting_bytes"] = waiting[fibre.value("fibre", "")];
  }
  const double scoring_s = static_cast<double>(stats_.tile_scoring_ns.load()) * 1e-9;
  const std::uint64_t tiles = stats_.tiles_scored.load();
  nlohmann::json fibres{
      {"each", std::move(each)},
      {"blocks", stats_.fibre_blocks.load()},
      {"bytes", stats_.fibre_bytes.load()},
      {"blocks_shed", stats_.fibre_blocks_shed.load()},
      {"blocks_ignored", stats_.fibre_blocks_ignored.load()},
      {"blocks_unseen", stats_.fibre_blocks_unseen.load()},
      {"waiting_bytes", fibre_queue_.weight()},
      {"queue_bytes", fibre_queue_.limit()},
      {"tiles_scored", tiles},
      {"tile_batches", stats_.tile_batches.load()},
      {"scoring_s", scoring_s},
      {"tiles_per_s", scoring_s > 0.0 ? static_cast<double>(tiles) / scoring_s : 0.0},
      {"tile_latency_p50_s", stats_.tile_latency.quantile_s(0.5)},
      {"tile_latency_p99_s", stats_.tile_latency.quantile_s(0.99)},
      {"detections_made", stats_.detections_made.load()},
      {"requests_answered", stats_.requests_answered.load()},
      {"requests_refused", stats_.requests_refused.load()},
      {"request_tiles_scored", stats_.request_tiles_scored.load()},
      {"request_scoring_s", static_cast<double>(stats_.request_scoring_ns.load()) * 1e-9}};
  if (parts_->segmenters) {
    fibres["model"] = parts_->image_base->model_id();
    if (const auto* engine = parts_->segmenters->engine(models::Task::kDas, Role::kActive)) {
      fibres["device"] = engine->info().device;
      fibres["warmup_tiles_per_s"] = engine->info().windows_per_s;
    }
  }
  return fibres.dump();
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
      {"maps_inverted", stats_.maps_inverted.load()},
      {"inversions_refused", stats_.inversions_refused.load()},
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
      {"fibres", nlohmann::json::parse(fibres_json())},
      {"waveforms", nlohmann::json::parse(waveforms_to_json(stats_))},
      {"detections", nlohmann::json::parse(detections_to_json(stats_))},
      {"association", nlohmann::json::parse(association_to_json(stats_))},
      {"adapters", nlohmann::json::parse(adapters_json())}};
  if (parts.service) {
    status["service"] = {{"listen", parts.service->address()},
                         {"publish", parts.service->publish_address()}};
  }
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
