#include "daemon/association_setup.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

#include "catalog/surface_point.hpp"

namespace geod {
namespace {

constexpr double kDistanceStep_km = 250.0;
constexpr double kWidest_km = 2000.0;
constexpr int kMostThreads = 4;
/// An event that is searched at the margin may come to lie this many times as far out.
constexpr double kMarginsAway = 3.0;

/// The farthest that two sites can be from each other: over the middle, so linear in their number.
double extent_km(const std::vector<catalog::AssociationSite>& sites) {
  const auto point_of = [](const catalog::AssociationSite& site) {
    return catalog::surface_point(site.latitude_deg, site.longitude_deg);
  };
  const catalog::SurfacePoint middle = point_of(sites[sites.size() / 2]);
  double farthest_km = 0.0;
  for (const catalog::AssociationSite& site : sites) {
    farthest_km = std::max(farthest_km, way_between(middle, point_of(site)).distance_km);
  }
  return 2.0 * farthest_km;
}

bool covers(const catalog::TravelTimeRange& has, const catalog::TravelTimeRange& wanted) {
  return has.distance_max_km >= wanted.distance_max_km && has.depth_max_km >= wanted.depth_max_km &&
         has.elevation_min_km <= wanted.elevation_min_km &&
         has.elevation_max_km >= wanted.elevation_max_km;
}

}  // namespace

catalog::AssociationOptions association_options(const config::CatalogConfig& config) {
  catalog::AssociationOptions options;
  options.least_phases = config.min_phases;
  options.least_stations = config.min_stations;
  options.locator.depth_max_km = config.max_depth_km;
  options.locator.fixed_depth_km = config.fixed_depth_km;
  options.margin_km = config.margin_km;
  options.farthest_km = std::max(options.farthest_km, kMarginsAway * config.margin_km);
  options.reopen_s = to_seconds(config.reopen);
  return options;
}

catalog::MagnitudeOptions magnitude_options(const config::CatalogConfig& config) {
  catalog::MagnitudeOptions options;
  for (const auto& [station, known] : config.stations) {
    options.station_corrections[station] = known.ml_correction;
  }
  return options;
}

Result<catalog::VelocityModel> velocity_model(const config::CatalogConfig& config) {
  return catalog::find_velocity_model(config.velocity_file.empty() ? config.velocity_model
                                                                   : config.velocity_file);
}

catalog::TravelTimeRange range_of(const std::vector<catalog::AssociationSite>& sites,
                                  const catalog::AssociationOptions& options) {
  catalog::TravelTimeRange range;
  const double wanted_km = extent_km(sites) + options.farthest_km;
  range.distance_max_km =
      std::min(kWidest_km, kDistanceStep_km * std::ceil(wanted_km / kDistanceStep_km));
  range.depth_max_km = options.locator.depth_max_km;
  for (const catalog::AssociationSite& site : sites) {
    range.elevation_min_km = std::min(range.elevation_min_km, std::floor(site.elevation_km));
    range.elevation_max_km = std::max(range.elevation_max_km, std::ceil(site.elevation_km));
  }
  range.elevation_min_km = std::max(range.elevation_min_km, -11.0);
  range.elevation_max_km = std::min(range.elevation_max_km, 9.0);
  return range;
}

Result<const catalog::TravelTimes*> TravelTimeTables::covering(
    const catalog::TravelTimeRange& range) {
  if (!tables_ || !covers(tables_->range(), range)) {
    const int threads =
        std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 2, 1, kMostThreads);
    auto made = catalog::TravelTimes::make(model_, range, threads);
    if (!made) {
      return tl::unexpected(made.error());
    }
    tables_.emplace(std::move(*made));
  }
  return &*tables_;
}

}  // namespace geod
