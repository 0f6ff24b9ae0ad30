#pragma once

#include <optional>
#include <string>

#include "catalog/locator.hpp"
#include "core/pick.hpp"
#include "core/time.hpp"

namespace geod::catalog {

/// A place that picks come from: a station, or an aperture of a fibre.
struct AssociationSite {
  std::string key;  ///< "NET.STA", or "FIBRE:CHANNEL" for an aperture; unique
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  double elevation_km = 0.0;
  std::string fibre_id;    ///< empty: a station
  double p_delay_s = 0.0;  ///< how much later than the layers say P comes here, as the next
  double s_delay_s = 0.0;
};

/// What the association takes of a pick.
struct AssociationPick {
  std::string pick_id;  ///< unique; the same again replaces the pick
  std::string site;     ///< key of an AssociationSite
  Phase phase = Phase::kP;
  Time time;
  double uncertainty_s = 0.0;
  double probability = 0.0;  ///< calibrated, in [0, 1]
  std::optional<Measured> back_azimuth_deg;
  std::optional<Measured> distance_km;

  bool operator==(const AssociationPick&) const = default;
};

struct AssociationOptions {
  LocatorOptions locator;
  double margin_km = 40.0;       ///< around the stations that is searched, too
  double farthest_km = 120.0;    ///< from the nearest site that an event may lie
  double node_spacing_km = 6.0;  ///< of the grid on which events begin
  int nearest_stations = 25;     ///< one of which must give a phase that begins an event
  int least_phases = 4;          ///< of an event, as the next
  int least_stations = 3;
  int few_stations = 3;          ///< up to which a network may locate with less than that
  double birth_cost = 18.0;      ///< log odds against an event at any one place and time
  double few_birth_cost = 10.0;  ///< the same where few stations search at no more than one place
  double gate_sigmas = 3.0;      ///< beyond which a pick is no arrival of an event
  double fibre_votes = 3.0;      ///< stations that all apertures of one fibre count as, at most
  double clutter_window_s = 600.0;  ///< over which the rate of picks of a site is counted
  double final_after_s = 10.0;      ///< after the last S could have come
  double reopen_s = 3600.0;         ///< how long after newer ones a pick may come
};

}  // namespace geod::catalog
