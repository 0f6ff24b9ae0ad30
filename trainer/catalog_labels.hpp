#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/pick.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"
#include "storage/event_query.hpp"
#include "storage/query.hpp"
#include "trainer/geodesic.hpp"

namespace geod::trainer {

/// Where the stations of a catalogue stand.
class StationPlaces {
 public:
  explicit StationPlaces(std::span<const storage::StationRow> rows);

  /// The full name of a station that a reviewed file may have told without its network; as it is
  /// where no one station has that code.
  StationId named(const StationId& id) const;
  std::optional<GeoPoint> place(const StationId& id) const;

 private:
  std::map<StationId, std::optional<GeoPoint>> places_;
};

/// One arrival that a network learns from.
struct CatalogLabel {
  StationId station;
  Phase phase = Phase::kP;
  Time time;
  std::string polarity;  ///< "positive", "negative" or empty; of P
  std::optional<double> magnitude;
  std::optional<double> distance_km;
  std::optional<double> back_azimuth_deg;
  bool operator==(const CatalogLabel&) const = default;
};

/// A pick that is neither right nor wrong for certain.
struct DoubtfulPick {
  StationId station;
  Phase phase = Phase::kP;
  Time time;
  bool operator==(const DoubtfulPick&) const = default;
};

/// What an event gives to a training set.
struct LabelledEvent {
  std::string event_id;
  std::vector<CatalogLabel> labels;    ///< ascending in time, one a station and phase
  std::vector<DoubtfulPick> doubtful;  ///< ascending in time

  Time first() const { return labels.front().time; }
  Time last() const { return labels.back().time; }
};

/// What events were left out of, and why.
struct LabelCounts {
  std::size_t reviewed = 0;       ///< events with labels
  std::size_t automatic = 0;      ///< the same, of those that nobody reviewed
  std::size_t without_picks = 0;  ///< reviewed, but no P or S pick that a human made
  std::size_t no_earthquake = 0;  ///< reviewed as "not existing"
  std::size_t not_trusted = 0;    ///< automatic, but not final or worse than class B
};

/// Labels of events, ascending in their first arrivals.
///
/// Of a reviewed event these are the P and S picks of its preferred origin that are manual or of
/// unknown mode and have not been given the weight 0, the first of a station and phase; the others
/// are doubtful. With `with_automatic`, events that nobody reviewed count as well when they are
/// final and of class A or B: their station picks with a weight of a half or more are labels.
/// Distances and back-azimuths are those of the epicentre, along the WGS84 geodesic.
std::vector<LabelledEvent> catalog_labels(std::span<const storage::StoredEvent> events,
                                          const StationPlaces& places,
                                          bool with_automatic,
                                          LabelCounts& counts);

}  // namespace geod::trainer
