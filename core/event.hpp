#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/magnitude.hpp"
#include "core/origin.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"

namespace geod {

enum class EventStatus : std::uint8_t {
  kPreliminary,  ///< first told
  kUpdated,
  kFinal,      ///< no wave of it can still come; a backfilled pick may open it again
  kWithdrawn,  ///< told, but no event after all, or merged into another
};
constexpr std::string_view to_string(EventStatus status) {
  constexpr std::array<std::string_view, 4> kNames{"preliminary", "updated", "final", "withdrawn"};
  return kNames[static_cast<std::size_t>(status)];
}

/// How an event was found.
enum class EventKind : std::uint8_t {
  kNetwork,      ///< by enough stations
  kFewStations,  ///< by one to three, with back-azimuth, distance or S minus P: honestly wide
};
constexpr std::string_view to_string(EventKind kind) {
  constexpr std::array<std::string_view, 2> kNames{"network", "few_stations"};
  return kNames[static_cast<std::size_t>(kind)];
}

/// An automatic event as it was told: what the store keeps as one version.
struct EventVersion {
  std::string event_id;  ///< 16 hex digits, given once
  int version = 1;       ///< ascending from 1
  EventStatus status = EventStatus::kPreliminary;
  EventKind kind = EventKind::kNetwork;
  Origin origin;
  std::vector<OriginArrival> arrivals;  ///< ascending in distance, then phase
  double log_odds = 0.0;                ///< that it is an event and not clutter
  std::vector<Magnitude> magnitudes;    ///< one a type at most; the preferred one first
  /// What was measured where no station counts, so that no magnitude was made of it.
  std::vector<Amplitude> uncounted_amplitudes{};
};

/// A new version, and what became of others by it.
struct EventChange {
  EventVersion event;
  std::string split_from;   ///< id of the event that had most of its picks, at its first version
  std::string merged_into;  ///< id of the event that has most of its picks now, when withdrawn
};

/// An arrival of a reviewed origin with the pick that a human made or confirmed.
struct ReviewedArrival {
  std::string pick_public_id;
  SourceId channel;        ///< as far as the file told: parts may be empty
  std::string phase_hint;  ///< as in the file, e.g. "P", "Pn", "Sg"
  Time time;
  std::optional<double> uncertainty_s;
  std::string polarity;         ///< "positive", "negative", "undecidable" or empty
  std::string evaluation_mode;  ///< "manual", "automatic" or empty
  std::optional<double> residual_s;
  std::optional<double> distance_km;
  std::optional<double> azimuth_deg;
  std::optional<double> weight;
  bool operator==(const ReviewedArrival&) const = default;
};

struct ReviewedMagnitude {
  std::string public_id;
  std::string type;  ///< as in the file, e.g. "ML", "Mw"
  double value = 0.0;
  std::optional<double> uncertainty;
  std::optional<int> stations;
  bool operator==(const ReviewedMagnitude&) const = default;
};

/// What a human, or another system, says of an event; from QuakeML. Kept beside ours, never mixed.
struct ReviewedEvent {
  std::string public_id;  ///< of the event in its file
  std::string origin_public_id;
  std::string agency;
  std::string author;
  std::optional<Time> created;
  std::string type;  ///< QuakeML's event type, e.g. "earthquake", "quarry blast", "not existing"
  std::string description;
  std::string evaluation_mode;  ///< of the preferred origin: "manual", "automatic" or empty
  std::string evaluation_status;
  Time time;
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  std::optional<double> depth_km;  ///< below sea level
  std::optional<double> standard_error_s;
  std::optional<double> azimuthal_gap_deg;
  std::vector<ReviewedArrival> arrivals;
  std::vector<ReviewedMagnitude> magnitudes;  ///< the preferred one first
  bool operator==(const ReviewedEvent&) const = default;
};

}  // namespace geod
