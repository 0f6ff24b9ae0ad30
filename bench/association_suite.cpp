#include "bench/association_suite.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numbers>
#include <random>

#include <GeographicLib/Geodesic.hpp>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include "bench/measure.hpp"

namespace geod::bench {
namespace {

constexpr double kSouth_deg = -22.0;
constexpr double kWest_deg = -70.0;
constexpr double kSide_deg = 2.0;
constexpr double kDeepest_km = 30.0;
constexpr double kTimeScatter_s = 0.4;
constexpr double kRelativeScatter = 0.01;
constexpr double kPickedAtBest = 0.8;
constexpr double kCorrelation = 0.5;
constexpr int kLeastPicks = 10;
constexpr int kLeastPairs = 4;
constexpr double kUninformativeProbability = 0.7;
constexpr double kLeastShare = 0.6;
/// Squared radius that holds 68 % of a two-dimensional normal distribution: -2 ln(1 - 0.68).
constexpr double kRadiusSquared68 = 2.2789;

/// The distributions of the standard library differ between libraries; these do not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }

 private:
  std::mt19937_64 engine_;
};

double distance_km(double lat_a_deg, double lon_a_deg, double lat_b_deg, double lon_b_deg) {
  double metres = 0.0;
  GeographicLib::Geodesic::WGS84().Inverse(lat_a_deg, lon_a_deg, lat_b_deg, lon_b_deg, metres);
  return metres / 1e3;
}

double picked_probability(double hypocentral_km, double magnitude) {
  const double reach_km = 120.0 * magnitude + 80.0;
  const double width_km = std::max(0.1 * reach_km, 30.0);
  return kPickedAtBest * (1.0 - 1.0 / (1.0 + std::exp(-(hypocentral_km - reach_km) / width_km)));
}

/// Errors of travel times in standard deviations, correlated between stations and phases.
class ModelErrors {
 public:
  ModelErrors(const std::vector<SuiteStation>& stations, const catalog::ModelError& model)
      : model_(model), size_(2 * stations.size()), factor_(size_ * size_) {
    if (is_exact()) {
      return;
    }
    const auto correlation = [&](std::size_t a, std::size_t b) {
      const SuiteStation& one = stations[a / 2];
      const SuiteStation& other = stations[b / 2];
      return a == b ? 1.0
                    : model_.correlation(distance_km(one.latitude_deg,
                                                     one.longitude_deg,
                                                     other.latitude_deg,
                                                     other.longitude_deg),
                                         a % 2 == b % 2);
    };
    for (std::size_t i = 0; i < size_; ++i) {  // Cholesky
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = correlation(i, j);
        for (std::size_t k = 0; k < j; ++k) {
          sum -= factor_[i * size_ + k] * factor_[j * size_ + k];
        }
        factor_[i * size_ + j] = i == j ? std::sqrt(sum) : sum / factor_[j * size_ + j];
      }
    }
  }

  bool is_exact() const { return model_.near_s == 0.0 && model_.relative == 0.0; }

  void draw(Random& random) {
    drawn_.assign(size_, 0.0);
    for (std::size_t k = 0; k < size_ && !is_exact(); ++k) {
      const double normal = random.normal();
      for (std::size_t i = k; i < size_; ++i) {
        drawn_[i] += factor_[i * size_ + k] * normal;
      }
    }
  }

  double error_s(int station, Phase phase, double travel_s) const {
    return drawn_[2 * static_cast<std::size_t>(station) + static_cast<std::size_t>(phase)] *
           model_.sigma_s(phase, travel_s);
  }

 private:
  catalog::ModelError model_;
  std::size_t size_;
  std::vector<double> factor_;  ///< [size, size], lower
  std::vector<double> drawn_;
};

SuitePick arrival_of(const SuiteEvent& event,
                     int event_index,
                     int station,
                     Phase phase,
                     double epicentral_km,
                     Random& random) {
  const double travel_s = GradientModel{}.time_s(phase, epicentral_km, event.depth_km);
  const double scatter_s = std::max(kRelativeScatter * travel_s, kTimeScatter_s);
  SuitePick pick;
  pick.station = station;
  pick.phase = phase;
  pick.time_s = event.time_s + travel_s + scatter_s * random.normal();
  pick.uncertainty_s = kTimeScatter_s;
  pick.probability = kUninformativeProbability;
  pick.event = event_index;
  return pick;
}

SuiteEvent draw_event(double duration_s, Random& random) {
  SuiteEvent event;
  event.time_s = random.uniform() * duration_s;
  event.latitude_deg = kSouth_deg + kSide_deg * random.uniform();
  event.longitude_deg = kWest_deg + kSide_deg * random.uniform();
  event.depth_km = kDeepest_km * random.uniform();
  event.magnitude = -0.5 - std::log10(1.0 - random.uniform());
  return event;
}

/// Empty when the event cannot be observed.
std::vector<SuitePick> draw_picks(const SuiteEvent& event,
                                  int index,
                                  const std::vector<SuiteStation>& stations,
                                  ModelErrors& errors,
                                  Random& random) {
  std::vector<SuitePick> picks;
  int pairs = 0;
  for (std::size_t s = 0; s < stations.size(); ++s) {
    const double epicentral_km = distance_km(event.latitude_deg,
                                             event.longitude_deg,
                                             stations[s].latitude_deg,
                                             stations[s].longitude_deg);
    const double p = picked_probability(std::hypot(epicentral_km, event.depth_km), event.magnitude);
    const bool has_p = random.uniform() < p;
    const bool has_s =
        random.uniform() < (has_p ? kCorrelation * (1.0 - p) + p : p - kCorrelation * p);
    const int station = static_cast<int>(s);
    if (has_p) {
      picks.push_back(arrival_of(event, index, station, Phase::kP, epicentral_km, random));
    }
    if (has_s) {
      picks.push_back(arrival_of(event, index, station, Phase::kS, epicentral_km, random));
    }
    pairs += static_cast<int>(has_p && has_s);
  }
  errors.draw(random);
  for (SuitePick& pick : picks) {
    pick.time_s += errors.error_s(pick.station, pick.phase, pick.time_s - event.time_s);
  }
  if (pairs < kLeastPairs || static_cast<int>(picks.size()) < kLeastPicks) {
    picks.clear();
  }
  return picks;
}

void add_noise(Scenario& scenario, double noise_factor, Random& random) {
  const auto count =
      static_cast<std::size_t>(noise_factor * static_cast<double>(scenario.picks.size()));
  for (std::size_t i = 0; i < count; ++i) {
    SuitePick pick;
    pick.station =
        static_cast<int>(random.uniform() * static_cast<double>(scenario.stations.size()));
    pick.phase = random.uniform() < 0.5 ? Phase::kP : Phase::kS;
    pick.time_s = random.uniform() * scenario.duration_s;
    pick.uncertainty_s = kTimeScatter_s;
    pick.probability = kUninformativeProbability;
    scenario.picks.push_back(pick);
  }
}

void sort_by_time(std::vector<SuitePick>& picks) {
  std::stable_sort(picks.begin(), picks.end(), [](const SuitePick& a, const SuitePick& b) {
    return a.time_s < b.time_s;
  });
}

bool holds(const FoundEvent& found, const SuiteEvent& truth) {
  const double east_km =
      distance_km(
          truth.latitude_deg, found.longitude_deg, truth.latitude_deg, truth.longitude_deg) *
      (truth.longitude_deg < found.longitude_deg ? -1.0 : 1.0);
  const double north_km =
      distance_km(
          found.latitude_deg, truth.longitude_deg, truth.latitude_deg, truth.longitude_deg) *
      (truth.latitude_deg < found.latitude_deg ? -1.0 : 1.0);
  const double determinant = found.variance_east_km2 * found.variance_north_km2 -
                             found.covariance_km2 * found.covariance_km2;
  if (determinant <= 0.0) {
    return false;
  }
  const double squared = (east_km * east_km * found.variance_north_km2 -
                          2.0 * east_km * north_km * found.covariance_km2 +
                          north_km * north_km * found.variance_east_km2) /
                         determinant;
  return squared <= kRadiusSquared68;
}

/// The true event that `found` matches, -1 when none.
int match_of(const Scenario& scenario,
             const FoundEvent& found,
             const std::vector<std::size_t>& true_sizes) {
  std::map<int, std::size_t> shared;
  for (const int pick : found.picks) {
    const int event = scenario.picks[static_cast<std::size_t>(pick)].event;
    if (event >= 0) {
      ++shared[event];
    }
  }
  for (const auto& [event, count] : shared) {
    const std::size_t larger =
        std::max(found.picks.size(), true_sizes[static_cast<std::size_t>(event)]);
    if (static_cast<double>(count) >= kLeastShare * static_cast<double>(larger)) {
      return event;
    }
  }
  return -1;
}

}  // namespace

double GradientModel::velocity_km_s(Phase phase, double depth_km) const {
  return phase == Phase::kP ? vp_km_s + vp_gradient_per_s * depth_km
                            : vs_km_s + vs_gradient_per_s * depth_km;
}

double GradientModel::time_s(Phase phase, double distance_km, double depth_km) const {
  const double gradient = phase == Phase::kP ? vp_gradient_per_s : vs_gradient_per_s;
  const double ends = velocity_km_s(phase, 0.0) * velocity_km_s(phase, depth_km);
  const double squared = distance_km * distance_km + depth_km * depth_km;
  return std::acosh(1.0 + gradient * gradient * squared / (2.0 * ends)) / gradient;
}

Scenario make_scenario(const ScenarioOptions& options) {
  Random random(options.seed);
  Scenario scenario;
  scenario.duration_s = options.duration_s;
  const int side = options.stations_a_side;
  for (int i = 0; i < side * side; ++i) {
    const double step_deg = kSide_deg / std::max(side - 1, 1);
    scenario.stations.push_back({fmt::format("S{:04}", i),
                                 kSouth_deg + step_deg * (i / side),
                                 kWest_deg + step_deg * (i % side),
                                 ""});
  }
  ModelErrors errors(scenario.stations, options.model);
  while (static_cast<int>(scenario.events.size()) < options.events) {
    const SuiteEvent event = draw_event(options.duration_s, random);
    const std::vector<SuitePick> picks = draw_picks(
        event, static_cast<int>(scenario.events.size()), scenario.stations, errors, random);
    if (!picks.empty()) {
      scenario.events.push_back(event);
      scenario.picks.insert(scenario.picks.end(), picks.begin(), picks.end());
    }
  }
  add_noise(scenario, options.noise_factor, random);
  if (options.informative_probabilities) {
    for (SuitePick& pick : scenario.picks) {
      const double root = std::sqrt(random.uniform());
      pick.probability = pick.event >= 0 ? root : 1.0 - root;
    }
  }
  sort_by_time(scenario.picks);
  return scenario;
}

void add_event(Scenario& scenario,
               const SuiteEvent& event,
               double p_reach_km,
               double s_reach_km,
               std::uint64_t seed) {
  Random random(seed);
  const int index = static_cast<int>(scenario.events.size());
  scenario.events.push_back(event);
  for (std::size_t s = 0; s < scenario.stations.size(); ++s) {
    const double epicentral_km = distance_km(event.latitude_deg,
                                             event.longitude_deg,
                                             scenario.stations[s].latitude_deg,
                                             scenario.stations[s].longitude_deg);
    const int station = static_cast<int>(s);
    if (epicentral_km <= p_reach_km) {
      scenario.picks.push_back(arrival_of(event, index, station, Phase::kP, epicentral_km, random));
    }
    if (epicentral_km <= s_reach_km) {
      scenario.picks.push_back(arrival_of(event, index, station, Phase::kS, epicentral_km, random));
    }
  }
  sort_by_time(scenario.picks);
}

void write_scenario(const Scenario& scenario, const std::string& path) {
  std::ofstream out(path);
  for (const SuiteStation& each : scenario.stations) {
    fmt::print(out, "station {} {} {}\n", each.code, each.latitude_deg, each.longitude_deg);
  }
  for (const SuiteEvent& each : scenario.events) {
    fmt::print(out,
               "event {} {} {} {}\n",
               each.time_s,
               each.latitude_deg,
               each.longitude_deg,
               each.depth_km);
  }
  for (const SuitePick& each : scenario.picks) {
    fmt::print(out,
               "pick {} {} {} {}\n",
               scenario.stations[static_cast<std::size_t>(each.station)].code,
               to_string(each.phase),
               each.time_s,
               each.event);
  }
  if (!out.flush()) {
    give_up(path + ": cannot be written");
  }
}

SuiteScore score_events(const Scenario& scenario, const std::vector<FoundEvent>& found) {
  std::vector<std::size_t> true_sizes(scenario.events.size(), 0);
  for (const SuitePick& pick : scenario.picks) {
    if (pick.event >= 0) {
      ++true_sizes[static_cast<std::size_t>(pick.event)];
    }
  }
  std::vector<bool> taken(scenario.events.size(), false);
  std::vector<double> epicentre_km;
  std::vector<double> depth_km;
  std::vector<double> time_s;
  int covered = 0;
  for (const FoundEvent& each : found) {
    const int event = match_of(scenario, each, true_sizes);
    if (event < 0 || taken[static_cast<std::size_t>(event)]) {
      continue;
    }
    taken[static_cast<std::size_t>(event)] = true;
    const SuiteEvent& truth = scenario.events[static_cast<std::size_t>(event)];
    epicentre_km.push_back(distance_km(
        truth.latitude_deg, truth.longitude_deg, each.latitude_deg, each.longitude_deg));
    depth_km.push_back(std::abs(truth.depth_km - each.depth_km));
    time_s.push_back(std::abs(truth.time_s - each.time_s));
    covered += static_cast<int>(holds(each, truth));
  }
  SuiteScore score;
  score.matched = static_cast<int>(epicentre_km.size());
  const auto share = [&score](std::size_t of) {
    return of == 0 ? 0.0 : static_cast<double>(score.matched) / static_cast<double>(of);
  };
  score.precision = share(found.size());
  score.recall = share(scenario.events.size());
  const double sum = score.precision + score.recall;
  score.f1 = sum > 0.0 ? 2.0 * score.precision * score.recall / sum : 0.0;
  score.median_epicentre_error_km = quantile(epicentre_km, 0.5);
  score.median_depth_error_km = quantile(depth_km, 0.5);
  score.median_time_error_s = quantile(time_s, 0.5);
  score.ellipse_coverage = score.matched == 0 ? 0.0 : static_cast<double>(covered) / score.matched;
  return score;
}

}  // namespace geod::bench
