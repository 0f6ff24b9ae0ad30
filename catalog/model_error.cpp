#include "catalog/model_error.hpp"

#include <cmath>
#include <map>
#include <utility>
#include <vector>

namespace geod::catalog {
namespace {

using Vector = std::array<double, 4>;
using Matrix = std::array<Vector, 4>;

void add(Vector& to, double factor, const Vector& what) {
  for (std::size_t k = 0; k < to.size(); ++k) {
    to[k] += factor * what[k];
  }
}

void add_product(Matrix& to, double factor, const Vector& column, const Vector& row) {
  for (std::size_t k = 0; k < to.size(); ++k) {
    add(to[k], factor * column[k], row);
  }
}

/// The pulls of one station.
struct Station {
  SurfacePoint point;
  std::array<Vector, 2> own{};   ///< by phase
  std::array<Vector, 2> with{};  ///< what all stations add that are wrong with it, by phase
};

std::vector<Station> by_station(std::span<const Pull> pulls) {
  std::vector<Station> stations;
  std::map<std::pair<double, double>, std::size_t> known;
  for (const Pull& pull : pulls) {
    const auto [at, is_new] =
        known.try_emplace({pull.station.latitude_deg, pull.station.longitude_deg}, stations.size());
    if (is_new) {
      stations.push_back({pull.station});
    }
    add(stations[at->second].own[static_cast<std::size_t>(pull.phase)], 1.0, pull.by);
  }
  return stations;
}

}  // namespace

double ModelError::sigma_s(Phase phase, double travel_time_s) const {
  return std::hypot(near_s * (phase == Phase::kS ? near_s_factor : 1.0), relative * travel_time_s);
}

double ModelError::correlation(double distance_km, bool same_phase) const {
  return std::exp(-distance_km / correlation_km) * (same_phase ? 1.0 : correlation_of_phases);
}

Matrix shared_error(std::span<const Pull> pulls, const ModelError& model) {
  std::vector<Station> stations = by_station(pulls);
  for (std::size_t a = 0; a < stations.size(); ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      const double correlation =
          model.correlation(way_between(stations[a].point, stations[b].point).distance_km, true);
      for (std::size_t phase = 0; phase < 2; ++phase) {
        add(stations[a].with[phase], correlation, stations[b].own[phase]);
        if (b < a) {
          add(stations[b].with[phase], correlation, stations[a].own[phase]);
        }
      }
    }
  }
  Matrix sum{};
  for (const Station& station : stations) {
    for (std::size_t phase = 0; phase < 2; ++phase) {
      add_product(sum, 1.0, station.own[phase], station.with[phase]);
      add_product(sum, model.correlation_of_phases, station.own[phase], station.with[1 - phase]);
    }
  }
  return sum;
}

}  // namespace geod::catalog
