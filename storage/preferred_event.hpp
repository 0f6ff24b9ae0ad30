#pragma once

#include <optional>
#include <string>

#include "core/origin.hpp"
#include "core/time.hpp"
#include "storage/event_query.hpp"

namespace geod::storage {

/// What is preferred of an event: the preferred review's, else the newest version's.
struct PreferredEvent {
  Time time;
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  std::optional<double> depth_km;
  std::optional<double> magnitude;  ///< the automatic one where the review has none
  std::string magnitude_type;
  std::optional<double> magnitude_uncertainty;
  std::optional<int> magnitude_stations;
  std::optional<QualityClass> quality;  ///< of automatic origins only
  bool is_reviewed = false;
  bool is_withdrawn = false;  ///< or a person says that it does not exist
};

/// The same choice that the columns of `events` and so all queries are made by.
PreferredEvent preferred_of(const StoredEvent& stored);

/// Its id where geod found it, else the public id of its preferred review.
const std::string& id_of(const StoredEvent& stored);

}  // namespace geod::storage
