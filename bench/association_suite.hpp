#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/model_error.hpp"
#include "core/pick.hpp"

namespace geod::bench {

/// Velocities that grow linearly with depth below sea level; the direct ray is a circle, so that
/// true times have a closed form and owe nothing to the tables that are tested.
struct GradientModel {
  double vp_km_s = 6.0;  ///< at sea level, as the next
  double vs_km_s = 3.5;
  double vp_gradient_per_s = 0.025;
  double vs_gradient_per_s = 0.0145;

  double velocity_km_s(Phase phase, double depth_km) const;
  /// T = acosh(1 + g^2 (x^2 + h^2) / (2 v1 v2)) / g for velocities v1 and v2 at the ends, x apart
  /// horizontally and h vertically (Slotnick 1959, Lessons in Seismic Computing). In seconds.
  double time_s(Phase phase, double distance_km, double depth_km) const;
};

struct SuiteStation {
  std::string code;
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  std::string fibre_id;  ///< not empty: an aperture of a fibre
};

struct SuiteEvent {
  double time_s = 0.0;  ///< since the start of the scenario
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  double depth_km = 0.0;
  double magnitude = 0.0;
};

struct SuitePick {
  int station = 0;  ///< index in Scenario::stations
  Phase phase = Phase::kP;
  double time_s = 0.0;
  double uncertainty_s = 0.0;
  double probability = 0.0;
  int event = -1;  ///< index in Scenario::events, -1: noise
};

struct Scenario {
  double duration_s = 0.0;
  std::vector<SuiteStation> stations;
  std::vector<SuiteEvent> events;  ///< all of them observable, see make_scenario
  std::vector<SuitePick> picks;    ///< ascending in time
};

struct ScenarioOptions {
  int events = 500;
  double duration_s = 86400.0;
  double noise_factor = 0.3;  ///< noise picks over true ones
  std::uint64_t seed = 1;
  int stations_a_side = 10;
  /// False: every pick has probability 0.7, as for an associator that knows times alone. True:
  /// true picks draw theirs from the density 2 q, noise from 2 (1 - q), which is calibrated at
  /// equal shares.
  bool informative_probabilities = false;
  /// How wrong the layers that an associator is told are: drawn for each event anew, the same way
  /// wrong at neighbouring stations.
  catalog::ModelError model = catalog::kExactModel;
};

/// The synthetic test of Muenchmeyer (2024, Seismica 3(1), PyOcto): a square grid of stations over
/// 20 to 22 S, 68 to 70 W; events uniform within it at 0 to 30 km, magnitudes of a
/// Gutenberg-Richter law with b = 1 from -0.5; a phase is picked with probability
/// 0.8 (1 - sigmoid((hypocentral distance - r) / w)), r = 80 km + 120 km M, w = max(r / 10, 30 km),
/// P and S of a station correlated by 0.5; times scatter by max(1 %, 0.4 s). An event counts, and
/// is drawn anew otherwise, with 10 picks and 4 stations that have P and S. Same options, same
/// scenario on every machine.
Scenario make_scenario(const ScenarioOptions& options);

/// Writes stations, events and picks as lines for b16_pyocto.py; gives up when it cannot.
void write_scenario(const Scenario& scenario, const std::string& path);

/// An event as an associator found it.
struct FoundEvent {
  double time_s = 0.0;
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  double depth_km = 0.0;
  std::vector<int> picks;  ///< indices in Scenario::picks
  /// Of the epicentre, 1 standard deviation; zero where there is none (as an associator without).
  double variance_east_km2 = 0.0;
  double variance_north_km2 = 0.0;
  double covariance_km2 = 0.0;
};

struct SuiteScore {
  int matched = 0;
  double precision = 0.0;
  double recall = 0.0;
  double f1 = 0.0;
  double median_epicentre_error_km = 0.0;
  double median_depth_error_km = 0.0;
  double median_time_error_s = 0.0;
  double ellipse_coverage = 0.0;  ///< share of matches whose 68 % ellipse holds the true epicentre
};

/// A found event matches a true one when they share at least 60 % of the larger of their two sets
/// of picks; one of each at most.
SuiteScore score_events(const Scenario& scenario, const std::vector<FoundEvent>& found);

/// Adds an event of `magnitude` to a scenario, picked by every station with P within
/// `p_reach_km` and S within `s_reach_km`, without scatter in what is picked; times scatter.
void add_event(Scenario& scenario,
               const SuiteEvent& event,
               double p_reach_km,
               double s_reach_km,
               std::uint64_t seed);

}  // namespace geod::bench
