#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/event.hpp"
#include "core/fibre_detection.hpp"
#include "core/time.hpp"
#include "storage/query.hpp"
#include "storage/stored_pick.hpp"

namespace geod::storage {

/// Epicentres between two distances of a place, borders included.
struct Circle {
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  double min_radius_km = 0.0;
  double max_radius_km = 0.0;

  /// Reads "lat/lon/km" or "lat/lon/min_km/max_km". kConfig otherwise.
  static Result<Circle> parse(const std::string& text);
};

/// A simple polygon of latitudes and longitudes, closed by itself; straight in longitude and
/// latitude. It may lie across the 180th meridian when its longitudes go on past 180.
struct Polygon {
  struct Vertex {
    double latitude_deg = 0.0;
    double longitude_deg = 0.0;
  };
  std::vector<Vertex> vertices;  ///< at least three

  /// Reads "lat/lon,lat/lon,lat/lon...". kConfig otherwise.
  static Result<Polygon> parse(const std::string& text);
};

enum class EventOrder : std::uint8_t { kTime, kTimeDescending, kMagnitude, kMagnitudeDescending };

/// Events by what is preferred of them: the reviewed origin where there is one, else the newest
/// automatic version. Nothing set: all that were not withdrawn, ascending in time.
struct EventQuery {
  std::optional<Time> from;  ///< of the origin time, included
  std::optional<Time> to;    ///< excluded
  std::optional<Region> region;
  std::optional<Circle> circle;
  std::optional<Polygon> polygon;
  std::optional<double> min_depth_km;
  std::optional<double> max_depth_km;
  std::optional<double> min_magnitude;  ///< events without a magnitude are outside, as of the next
  std::optional<double> max_magnitude;
  std::optional<std::string> magnitude_type;  ///< "ML", "Mdl" or a reviewed one; of the preferred
  std::optional<QualityClass> worst_quality;  ///< this or better; reviewed origins always count
  /// "NET.STA" or a fibre's "NET.CABLE" with wildcards, one of which must have an arrival.
  std::vector<std::string> stations;
  std::optional<std::string> model_id;    ///< of any of the picks, with wildcards, as the next
  std::optional<std::string> adapter_id;  ///< "" is fitted by the model's own head alone
  std::optional<Time> updated_after;      ///< commit of the newest version or review after it
  std::vector<std::string> event_ids;     ///< 16 hex digits or a reviewed public id
  bool reviewed_only = false;
  bool with_withdrawn = false;
  bool with_arrivals = false;       ///< read the arrivals of events and of reviews
  bool with_contributions = false;  ///< read amplitudes and station magnitudes
  EventOrder order = EventOrder::kTime;
  std::size_t offset = 0;
  std::optional<std::size_t> limit;
};

/// A pick of an aperture of a fibre, as the database holds it.
struct StoredFibrePick {
  FibrePick pick;
  std::string detection_id;
  std::string fibre_id;
  std::string model_id;
  std::string adapter_id;
  double channel_spacing_m = 0.0;  ///< between two channel numbers; 0: the stream did not tell
  std::int64_t detection_key = 0;  ///< ascends in the order of commits
  Time inserted;                   ///< wall time of the commit
};

/// An arrival of the newest automatic version with its pick.
struct StoredArrival {
  OriginArrival arrival;
  std::variant<StoredPick, StoredFibrePick> pick;
};

/// An event as the database holds it.
struct StoredEvent {
  EventVersion event;  ///< newest version; version 0: there is none, it is a reviewed one alone
  std::int64_t event_key = 0;  ///< ascends in the order of first commits
  Time first_inserted;         ///< wall time of the first version's commit
  Time inserted;               ///< of the newest version's or review's
  std::string merged_into;     ///< event ids, as the next
  std::string split_from;
  std::vector<std::string> merged_from;  ///< events that went into this one, and stand no more
  std::vector<std::string> split_off;    ///< events that came from this one
  std::vector<StoredArrival> arrivals;
  std::vector<ReviewedEvent> reviewed;  ///< the preferred one first
};

/// A review of an event as the database holds it.
struct StoredReview {
  ReviewedEvent review;
  std::string event_id;         ///< of the event it was matched to; empty: geod found none
  bool is_preferred = false;    ///< of all reviews of that event
  std::int64_t review_key = 0;  ///< ascends in the order of commits
  Time inserted;                ///< wall time of the commit
};

/// A version of an event as the database holds it.
struct StoredVersion {
  EventChange change;            ///< its event's arrivals and magnitudes are filled
  std::int64_t version_key = 0;  ///< ascends in the order of commits
  Time inserted;                 ///< wall time of the commit
};

}  // namespace geod::storage
