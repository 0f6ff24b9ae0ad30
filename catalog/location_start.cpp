#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "catalog/locator.hpp"

namespace geod::catalog {
namespace {

constexpr double kMargin_km = 60.0;
constexpr int kNodesASide = 9;
constexpr int kDepths = 4;
constexpr int kLevels = 4;
constexpr double kCap = 3.0;  ///< standard deviations, beyond which a residual counts no more

/// Area that is searched: a rectangle around a centre, from the deepest to the shallowest source.
struct Box {
  SurfacePoint centre;
  double half_east_km = 0.0;
  double half_north_km = 0.0;
  double depth_from_km = 0.0;
  double depth_to_km = 0.0;
};

Box box_around(std::span<const Observation> observations, const LocatorOptions& options) {
  const SurfacePoint& first = observations.front().station;
  std::array<double, 4> reach_km{};  // west, east, south, north of the first station
  for (const Observation& each : observations) {
    const Way way = way_between(first, each.station);
    reach_km[0] = std::min(reach_km[0], way.east * way.distance_km);
    reach_km[1] = std::max(reach_km[1], way.east * way.distance_km);
    reach_km[2] = std::min(reach_km[2], way.north * way.distance_km);
    reach_km[3] = std::max(reach_km[3], way.north * way.distance_km);
  }
  return {moved(first, (reach_km[0] + reach_km[1]) / 2.0, (reach_km[2] + reach_km[3]) / 2.0),
          (reach_km[1] - reach_km[0]) / 2.0 + kMargin_km,
          (reach_km[3] - reach_km[2]) / 2.0 + kMargin_km,
          options.depth_min_km,
          options.depth_max_km};
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Origin time from the median of the observations, those of true clocks where there are any, and
/// how badly the trial fits when each shared clock is set right by its own median.
double misfit(std::span<const Observation> observations, const Locator& locator, Trial& trial) {
  std::vector<double> reduced_s(observations.size());
  std::vector<double> sigma_s(observations.size());
  double bearings = 0.0;
  std::map<int, std::vector<double>> of_clock;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const Observation& each = observations[i];
    const Way way = way_between(trial.epicentre, each.station);
    const double travel_s =
        locator.travel_times()
            .first_arrival(each.phase, way.distance_km, trial.depth_km, each.elevation_km)
            .time_s;
    reduced_s[i] = each.time_s - travel_s;
    of_clock[each.clock].push_back(reduced_s[i]);
    sigma_s[i] = std::hypot(each.sigma_s, locator.model_sigma_s(travel_s));
    if (each.back_azimuth_deg) {
      const double off_deg = std::remainder(
          each.back_azimuth_deg->value - way_between(each.station, trial.epicentre).azimuth_deg(),
          360.0);
      bearings += each.share * std::min(std::abs(off_deg) / each.back_azimuth_deg->sigma, kCap);
    }
    if (each.distance_km) {
      bearings += each.share * std::min(std::abs(way.distance_km - each.distance_km->value) /
                                            each.distance_km->sigma,
                                        kCap);
    }
  }
  std::map<int, double> origin_s;
  for (auto& [clock, values] : of_clock) {
    origin_s[clock] = median(values);
  }
  static_assert(kTrueTime < 0, "the first of all clocks");
  trial.time_s = origin_s.begin()->second;
  double sum = bearings;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const double off_s = reduced_s[i] - origin_s[observations[i].clock];
    sum += observations[i].share * std::min(std::abs(off_s) / sigma_s[i], kCap);
  }
  return sum;
}

}  // namespace

Trial Locator::robust_start(std::span<const Observation> observations) const {
  Box box = box_around(observations, options_);
  Trial best;
  for (int level = 0; level < kLevels; ++level) {
    double least = std::numeric_limits<double>::infinity();
    const Box now = box;
    for (int k = 0; k < kDepths; ++k) {
      for (int j = 0; j < kNodesASide; ++j) {
        for (int i = 0; i < kNodesASide; ++i) {
          const auto place = [](int node, int nodes) { return (node + 0.5) / nodes; };
          Trial trial;
          trial.epicentre = moved(now.centre,
                                  now.half_east_km * (2.0 * place(i, kNodesASide) - 1.0),
                                  now.half_north_km * (2.0 * place(j, kNodesASide) - 1.0));
          trial.depth_km =
              now.depth_from_km + (now.depth_to_km - now.depth_from_km) * place(k, kDepths);
          const double value = misfit(observations, *this, trial);
          if (value < least) {
            least = value;
            best = trial;
          }
        }
      }
    }
    // Twice the spacing to each side of the best node.
    box.centre = best.epicentre;
    box.half_east_km = 4.0 * now.half_east_km / kNodesASide;
    box.half_north_km = 4.0 * now.half_north_km / kNodesASide;
    const double half_km = (now.depth_to_km - now.depth_from_km) / kDepths;
    box.depth_from_km = std::max(best.depth_km - half_km, options_.depth_min_km);
    box.depth_to_km = std::min(best.depth_km + half_km, options_.depth_max_km);
  }
  return best;
}

}  // namespace geod::catalog
