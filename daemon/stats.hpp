#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "core/estimate.hpp"
#include "daemon/association_stats.hpp"
#include "daemon/latency_histogram.hpp"
#include "models/pick_decoder.hpp"

namespace geod {

/// What geod-archive counts.
struct WaveformStats {
  std::atomic<std::uint64_t> windows_kept{0};
  std::atomic<std::uint64_t> windows_lost{0};  ///< in part at least: no samples, or no room on disk
  std::atomic<std::uint64_t> bytes_written{0};  ///< in this run
  std::atomic<std::uint64_t> tree_bytes{0};     ///< of all days
  std::atomic<bool> is_failing{false};          ///< the disk refuses writes
};

/// What the worker threads count and the supervisor publishes (`geod status`, the run log).
/// Every member may be read from any thread.
struct DaemonStats {
  // geod-io
  std::atomic<std::uint64_t> records{0};
  std::atomic<std::uint64_t> record_bytes{0};
  std::atomic<std::uint64_t> continuity_events{0};
  std::atomic<std::uint64_t> windows_cut{0};
  std::atomic<std::uint64_t> windows_shed{0};
  std::atomic<std::int64_t> newest_sample_ns{0};

  std::atomic<std::uint64_t> fibre_blocks{0};
  std::atomic<std::uint64_t> fibre_bytes{0};  ///< of their samples
  std::atomic<std::uint64_t> fibre_blocks_shed{0};

  // geod-segment
  std::atomic<std::uint64_t> fibre_blocks_ignored{0};  ///< of fibres that are switched off
  std::atomic<std::uint64_t> fibre_blocks_unseen{0};  ///< no network for them, or no time at a stop
  std::atomic<std::uint64_t> tiles_scored{0};
  std::atomic<std::uint64_t> tile_batches{0};
  std::atomic<std::uint64_t> tile_scoring_ns{0};  ///< inside SegmentationEngine::segment
  LatencyHistogram tile_batch_time;               ///< of each call of it
  std::atomic<std::uint64_t> detections_made{0};
  std::atomic<std::uint64_t> requests_answered{0};
  std::atomic<std::uint64_t> requests_refused{0};
  std::atomic<std::uint64_t> request_tiles_scored{0};
  std::atomic<std::uint64_t> request_scoring_ns{0};
  LatencyHistogram tile_latency;  ///< arrival of the last sample of a tile -> scored

  // geod-infer
  std::atomic<std::uint64_t> windows_scored{0};
  std::atomic<std::uint64_t> batches{0};
  std::atomic<std::uint64_t> scoring_ns{0};  ///< inside Engine::score
  LatencyHistogram batch_time;               ///< of each call of it
  std::atomic<std::uint64_t> picks_made{0};
  std::atomic<std::uint64_t> shadow_windows_scored{0};
  std::atomic<std::uint64_t> shadow_windows_skipped{0};

  // geod-adapt
  std::atomic<std::uint64_t> network_changes{0};  ///< since the start: another network took a role
  LatencyHistogram change_pause;                  ///< time without scoring of each
  LatencyHistogram bundle_to_live;  ///< a bundle appeared (or was asked for) -> it scores

  // geod-infer, scalar tasks; arrays by the index of kScalarTasks
  std::array<std::atomic<std::uint64_t>, kScalarTasks.size()> estimates_made{};
  std::atomic<std::uint64_t> estimates_without_window{0};  ///< P not where the bundle wants it
  std::atomic<std::uint64_t> estimates_unusable{0};  ///< outputs not finite or without direction
  std::atomic<std::uint64_t> estimates_shed{0};      ///< no time left for them
  std::atomic<std::uint64_t> locations_made{0};
  std::atomic<std::uint64_t> scalar_windows_scored{0};
  std::atomic<std::uint64_t> scalar_scoring_ns{0};  ///< inside Engine::score
  LatencyHistogram scalar_batch_time;               ///< of each call of it
  std::atomic<std::uint64_t> shadow_estimates_made{0};
  std::atomic<std::uint64_t> shadow_estimates_skipped{0};

  // geod-sink
  std::atomic<std::uint64_t> picks_stored{0};
  std::atomic<std::uint64_t> picks_already_there{0};
  std::array<std::atomic<std::uint64_t>, kScalarTasks.size()> estimates_stored{};
  std::array<std::atomic<std::uint64_t>, kScalarTasks.size()> estimates_refused{};
  std::atomic<std::uint64_t> locations_stored{0};
  std::atomic<std::uint64_t> detections_stored{0};
  std::atomic<std::uint64_t> detections_already_there{0};
  std::atomic<std::uint64_t> detections_refused{0};
  std::atomic<std::uint64_t> rows_refused{0};  ///< of all kinds
  std::atomic<std::uint64_t> commits{0};
  std::atomic<bool> storage_failing{false};
  LatencyHistogram commit_time;        ///< of each transaction that was committed
  LatencyHistogram pick_latency;       ///< arrival of the last needed sample -> committed
  LatencyHistogram pick_delay;         ///< time of the pick -> committed, of live data
  LatencyHistogram detection_latency;  ///< the same, of detections on fibres

  AssociationStats association;  ///< geod-assoc, and what geod-sink makes of its events
  WaveformStats waveforms;

  // Monotonic times, ns: how long the run had work. 0 until it happened.
  std::atomic<std::int64_t> first_record_ns{0};
  std::atomic<std::int64_t> last_commit_ns{0};

  // Progress of each thread, for the watchdog: advances at least every second while it works or
  // waits for work.
  std::atomic<std::uint64_t> io_beats{0};
  std::atomic<std::uint64_t> infer_beats{0};
  std::atomic<std::uint64_t> segment_beats{0};
  std::atomic<std::uint64_t> sink_beats{0};
  std::atomic<std::uint64_t> invert_beats{0};
  std::atomic<std::uint64_t> assoc_beats{0};

  std::atomic<std::uint64_t> maps_inverted{0};  ///< geod-invert, as the next
  std::atomic<std::uint64_t> inversions_refused{0};

  /// JSON text of the sources' own counters and of the stream processor's, replaced by geod-io
  /// about once a second.
  std::string sources_json() const {
    const std::lock_guard lock(json_mutex_);
    return sources_json_;
  }
  std::string streams_json() const {
    const std::lock_guard lock(json_mutex_);
    return streams_json_;
  }
  /// Of the active pick decoders, replaced by geod-infer after every batch.
  models::DecoderCounters decoder_counters() const {
    const std::lock_guard lock(json_mutex_);
    return decoder_counters_;
  }
  void set_decoder_counters(const models::DecoderCounters& counters) {
    const std::lock_guard lock(json_mutex_);
    decoder_counters_ = counters;
  }
  /// JSON text of what serves which task, replaced by geod-adapt after every change.
  std::string adapters_json() const {
    const std::lock_guard lock(json_mutex_);
    return adapters_json_;
  }
  void set_adapters_json(std::string adapters) {
    const std::lock_guard lock(json_mutex_);
    adapters_json_ = std::move(adapters);
  }
  /// JSON text of what became of each fibre, replaced by geod-segment about once a second.
  std::string fibres_json() const {
    const std::lock_guard lock(json_mutex_);
    return fibres_json_;
  }
  void set_fibres_json(std::string fibres) {
    const std::lock_guard lock(json_mutex_);
    fibres_json_ = std::move(fibres);
  }
  void set_json(std::string sources, std::string streams) {
    const std::lock_guard lock(json_mutex_);
    sources_json_ = std::move(sources);
    streams_json_ = std::move(streams);
  }

 private:
  mutable std::mutex json_mutex_;  // guards all below
  std::string sources_json_ = "[]";
  std::string streams_json_ = "{}";
  std::string adapters_json_ = "{}";
  std::string fibres_json_ = "[]";
  models::DecoderCounters decoder_counters_;
};

}  // namespace geod
