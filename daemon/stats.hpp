#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/estimate.hpp"
#include "daemon/association_stats.hpp"
#include "daemon/latency_histogram.hpp"
#include "daemon/published_texts.hpp"
#include "daemon/waveform_stats.hpp"

namespace geod {

/// What the worker threads count and the supervisor publishes (`geod status`, the run log).
/// Every member may be read from any thread.
struct DaemonStats : PublishedTexts {
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
};

}  // namespace geod
