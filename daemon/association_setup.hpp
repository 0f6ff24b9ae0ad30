#pragma once

#include <optional>
#include <vector>

#include "catalog/association.hpp"
#include "catalog/magnitude_measure.hpp"
#include "catalog/travel_times.hpp"
#include "catalog/velocity_model.hpp"
#include "config/catalog_config.hpp"
#include "core/error.hpp"

namespace geod {

/// How the configuration wants events to be made.
catalog::AssociationOptions association_options(const config::CatalogConfig& config);

/// And how it wants magnitudes to be measured.
catalog::MagnitudeOptions magnitude_options(const config::CatalogConfig& config);

/// catalog.velocity_file, else catalog.velocity_model. Errors as catalog::find_velocity_model.
Result<catalog::VelocityModel> velocity_model(const config::CatalogConfig& config);

/// What tables must cover for these sites (one at least), in steps that a new site seldom exceeds.
/// Networks wider than 2,000 km are covered up to there.
catalog::TravelTimeRange range_of(const std::vector<catalog::AssociationSite>& sites,
                                  const catalog::AssociationOptions& options);

/// The tables of one velocity model, made anew when they do not cover what is asked for.
/// Thread: confined to one.
class TravelTimeTables {
 public:
  explicit TravelTimeTables(catalog::VelocityModel model) : model_(std::move(model)) {}

  /// Valid until the next call. Errors as catalog::TravelTimes::make.
  Result<const catalog::TravelTimes*> covering(const catalog::TravelTimeRange& range);

 private:
  catalog::VelocityModel model_;
  std::optional<catalog::TravelTimes> tables_;
};

}  // namespace geod
