#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/adapter_event.hpp"
#include "core/continuity.hpp"
#include "core/das_block.hpp"
#include "core/estimate.hpp"
#include "core/event.hpp"
#include "core/fibre_detection.hpp"
#include "core/fibre_places.hpp"
#include "core/pick.hpp"
#include "core/window.hpp"

namespace geod::storage {

/// A review, and which of our events it speaks of.
struct ReviewRow {
  ReviewedEvent review;
  std::string event_id;  ///< 16 hex digits; empty: none of ours
};

/// What one transaction writes. A cursor belongs in the batch of the last work that it covers.
struct Batch {
  std::vector<Pick> picks;
  std::vector<ContinuityEvent> continuity;
  std::vector<ChannelInfo> channels;
  std::vector<CompletenessDelta> completeness;
  std::vector<Cursor> cursors;
  /// Of picks that are stored or in this batch.
  std::vector<Estimate> estimates;
  std::vector<StationLocation> station_locations;
  /// Of the candidates that run in shadow: picks of their own, and estimates of the active picks.
  std::vector<Pick> shadow_picks;
  std::vector<Estimate> shadow_estimates;
  std::vector<AdapterEvent> adapter_events;
  std::vector<FibreGeometryChange> fibre_geometries;
  std::vector<FibrePlacesChange> fibre_places;
  std::vector<FibreDetection> detections;
  std::vector<FibreGap> fibre_gaps;
  std::vector<FibreCompleteness> fibre_completeness;
  /// Versions of events, whose picks are stored or in this batch.
  std::vector<EventChange> event_changes;
  std::vector<ReviewRow> reviewed_events;

  std::size_t rows() const {
    return picks.size() + continuity.size() + channels.size() + completeness.size() +
           cursors.size() + estimates.size() + station_locations.size() + shadow_picks.size() +
           shadow_estimates.size() + adapter_events.size() + fibre_geometries.size() +
           fibre_places.size() + detections.size() + fibre_gaps.size() + fibre_completeness.size() +
           event_changes.size() + reviewed_events.size();
  }
  /// Empties it; keeps the memory for the next batch.
  void clear() {
    picks.clear();
    continuity.clear();
    channels.clear();
    completeness.clear();
    cursors.clear();
    estimates.clear();
    station_locations.clear();
    shadow_picks.clear();
    shadow_estimates.clear();
    adapter_events.clear();
    fibre_geometries.clear();
    fibre_places.clear();
    detections.clear();
    fibre_gaps.clear();
    fibre_completeness.clear();
    event_changes.clear();
    reviewed_events.clear();
  }
};

/// What became of one row of a batch.
enum class RowOutcome : std::uint8_t {
  kInserted,      ///< new
  kAlreadyThere,  ///< the store holds it from before (replay, restart); the first is kept
  /// A value is not finite or out of its range, the row's pick is not stored, or it is a version of
  /// an event that is stored with another content.
  kRefused,
};

/// The answer to a batch that is on disk.
struct Committed {
  // One each, in the order of the batch.
  std::vector<RowOutcome> picks;
  std::vector<RowOutcome> estimates;
  std::vector<RowOutcome> station_locations;
  std::vector<RowOutcome> shadow_picks;
  std::vector<RowOutcome> shadow_estimates;
  std::vector<RowOutcome> detections;
  std::vector<RowOutcome> event_changes;
  std::vector<RowOutcome> reviewed_events;
  std::size_t refused_rows = 0;  ///< rows of any kind that cannot be stored
  std::string first_refusal;     ///< why, for the log; empty when none
};

/// Counts a row as refused and keeps the first reason.
inline void refuse(Committed& committed, std::string why) {
  ++committed.refused_rows;
  if (committed.first_refusal.empty()) {
    committed.first_refusal = std::move(why);
  }
}

}  // namespace geod::storage
