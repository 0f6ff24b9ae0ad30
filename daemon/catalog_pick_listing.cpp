// `geod catalog picks` and `geod catalog locations`.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "catalog/station_location.hpp"
#include "daemon/catalog_listing.hpp"

namespace geod {
namespace {

/// What a scalar task adds to a pick in CSV and JSON, in the order of kScalarTasks.
struct EstimateColumns {
  std::string_view value;
  std::string_view uncertainty;
  std::string_view adapter;  ///< followed by "_adapter_id" and "_adapter_hash"
};
constexpr std::array<EstimateColumns, kScalarTasks.size()> kEstimateColumns{{
    {"polarity", "polarity_probability", "polarity"},
    {"back_azimuth_deg", "back_azimuth_uncertainty_deg", "back_azimuth"},
    {"magnitude", "magnitude_uncertainty", "magnitude"},
    {"distance_km", "distance_uncertainty_km", "distance"},
}};

/// The words and numbers of one estimate, for programs.
struct EstimateTexts {
  std::string value;
  std::string uncertainty;
};

bool is_up(const PolarityEstimate& polarity) {
  return polarity.up_probability >= 0.5;
}
double probability_of(const PolarityEstimate& polarity) {
  return std::max(polarity.up_probability, 1.0 - polarity.up_probability);
}

EstimateTexts texts_of(const EstimateValue& value) {
  if (const auto* polarity = std::get_if<PolarityEstimate>(&value)) {
    return {is_up(*polarity) ? "up" : "down", fmt::format("{}", probability_of(*polarity))};
  }
  if (const auto* bearing = std::get_if<BackAzimuthEstimate>(&value)) {
    return {fmt::format("{}", bearing->back_azimuth_deg),
            fmt::format("{}", bearing->uncertainty_deg)};
  }
  if (const auto* size = std::get_if<NeuralMagnitudeEstimate>(&value)) {
    return {fmt::format("{}", size->magnitude), fmt::format("{}", size->uncertainty)};
  }
  const auto& distance = std::get<DistanceEstimate>(value);
  return {fmt::format("{}", distance.distance_km), fmt::format("{}", distance.uncertainty_km)};
}

/// Tenths for what lies within ten kilometres.
std::string km_text(double km, double uncertainty_km) {
  return fmt::format(
      "{:.{}f} +-{:.{}f}", km, km < 10.0 ? 1 : 0, uncertainty_km, uncertainty_km < 10.0 ? 1 : 0);
}

/// One cell of the table for people.
std::string short_text(const EstimateValue& value) {
  if (const auto* polarity = std::get_if<PolarityEstimate>(&value)) {
    return fmt::format("{} {:.2f}", is_up(*polarity) ? "up" : "down", probability_of(*polarity));
  }
  if (const auto* bearing = std::get_if<BackAzimuthEstimate>(&value)) {
    return fmt::format("{:.0f} +-{:.0f}", bearing->back_azimuth_deg, bearing->uncertainty_deg);
  }
  if (const auto* size = std::get_if<NeuralMagnitudeEstimate>(&value)) {
    return fmt::format("{:.1f} +-{:.1f}", size->magnitude, size->uncertainty);
  }
  const auto& distance = std::get<DistanceEstimate>(value);
  return km_text(distance.distance_km, distance.uncertainty_km);
}

std::vector<Column> pick_columns(OutputFormat format) {
  if (format == OutputFormat::kTable) {
    return {{"instrument"},
            {"phase"},
            {"time", CellKind::kTime},
            {"prob", CellKind::kNumber},
            {"+-s", CellKind::kNumber},
            {"comp"},
            {"motion"},
            {"back_az", CellKind::kNumber},
            {"mag", CellKind::kNumber},
            {"dist_km", CellKind::kNumber},
            {"made_by"}};
  }
  std::vector<Column> columns{{"network"},
                              {"station"},
                              {"location"},
                              {"channel"},
                              {"phase"},
                              {"time", CellKind::kTime},
                              {"probability", CellKind::kNumber},
                              {"uncertainty_s", CellKind::kNumber},
                              {"components"},
                              {"model_id"},
                              {"score", CellKind::kNumber},
                              {"model_hash"},
                              {"pick_id"},
                              {"inserted", CellKind::kTime},
                              {"adapter_id"},
                              {"adapter_hash"}};
  for (std::size_t task = 0; task < kScalarTasks.size(); ++task) {
    const EstimateColumns& names = kEstimateColumns[task];
    columns.push_back({std::string(names.value), task == 0 ? CellKind::kText : CellKind::kNumber});
    columns.push_back({std::string(names.uncertainty), CellKind::kNumber});
    columns.push_back({fmt::format("{}_adapter_id", names.adapter)});
    columns.push_back({fmt::format("{}_adapter_hash", names.adapter)});
  }
  return columns;
}

void fill_for_people(const storage::StoredPick& stored, std::vector<std::string>& cells) {
  const Pick& pick = stored.pick;
  cells = {pick.instrument.to_string(),
           std::string(to_string(pick.phase_hint)),
           time_text(pick.time, OutputFormat::kTable),
           fmt::format("{:.2f}", pick.probability),
           fmt::format("{:.2f}", pick.uncertainty_s),
           pick.components,
           "",
           "",
           "",
           "",
           pick.adapter_id.empty() ? pick.model_id : pick.adapter_id};
  for (const Estimate& estimate : stored.estimates) {
    cells[6 + estimate.value.index()] = short_text(estimate.value);
  }
}

void fill_for_programs(const storage::StoredPick& stored,
                       OutputFormat format,
                       std::vector<std::string>& cells) {
  const Pick& pick = stored.pick;
  cells = {pick.instrument.network,
           pick.instrument.station,
           pick.instrument.location,
           pick.instrument.band + pick.instrument.source,
           std::string(to_string(pick.phase_hint)),
           time_text(pick.time, format),
           number_text(pick.probability, format, 3),
           number_text(pick.uncertainty_s, format, 3),
           pick.components,
           pick.model_id,
           number_text(pick.score, format, 3),
           pick.model_hash,
           pick.pick_id,
           time_text(stored.inserted, format),
           pick.adapter_id,
           pick.adapter_hash};
  const std::size_t first = cells.size();
  cells.resize(first + 4 * kScalarTasks.size());
  for (const Estimate& estimate : stored.estimates) {
    const std::size_t at = first + 4 * estimate.value.index();
    EstimateTexts texts = texts_of(estimate.value);
    cells[at] = std::move(texts.value);
    cells[at + 1] = std::move(texts.uncertainty);
    cells[at + 2] = estimate.adapter_id;
    cells[at + 3] = estimate.adapter_hash;
  }
}

std::vector<Column> location_columns(OutputFormat format) {
  if (format == OutputFormat::kTable) {
    return {{"instrument"},
            {"p_time", CellKind::kTime},
            {"latitude", CellKind::kNumber},
            {"longitude", CellKind::kNumber},
            {"dist_km", CellKind::kNumber},
            {"back_az", CellKind::kNumber},
            {"ellipse_km", CellKind::kNumber},
            {"s_minus_p_s", CellKind::kNumber}};
  }
  return {{"network"},
          {"station"},
          {"location"},
          {"channel"},
          {"time", CellKind::kTime},
          {"latitude", CellKind::kNumber},
          {"longitude", CellKind::kNumber},
          {"distance_km", CellKind::kNumber},
          {"distance_uncertainty_km", CellKind::kNumber},
          {"back_azimuth_deg", CellKind::kNumber},
          {"back_azimuth_uncertainty_deg", CellKind::kNumber},
          {"semi_axis_along_km", CellKind::kNumber},
          {"semi_axis_across_km", CellKind::kNumber},
          {"s_minus_p_s", CellKind::kNumber},
          {"pick_id"},
          {"model_id"},
          {"model_hash"},
          {"distance_adapter_id"},
          {"distance_adapter_hash"},
          {"back_azimuth_adapter_id"},
          {"back_azimuth_adapter_hash"},
          {"inserted", CellKind::kTime}};
}

std::vector<std::string> location_cells(const storage::StoredLocation& stored,
                                        OutputFormat format) {
  const StationLocation& location = stored.location;
  const catalog::ErrorEllipse ellipse = catalog::error_ellipse_of(location);
  std::string latitude;
  std::string longitude;
  if (stored.station_latitude_deg && stored.station_longitude_deg) {
    const catalog::Epicentre epicentre = catalog::epicentre_of(
        location, *stored.station_latitude_deg, *stored.station_longitude_deg);
    latitude = number_text(epicentre.latitude_deg, format, 3);
    longitude = number_text(epicentre.longitude_deg, format, 3);
  }
  const std::string s_minus_p =
      location.s_minus_p_s > 0.0 ? number_text(location.s_minus_p_s, format, 2) : std::string{};
  if (format == OutputFormat::kTable) {
    return {
        location.instrument.to_string(),
        time_text(location.pick_time, format),
        latitude,
        longitude,
        km_text(location.distance_km, location.distance_uncertainty_km),
        fmt::format(
            "{:.0f} +-{:.0f}", location.back_azimuth_deg, location.back_azimuth_uncertainty_deg),
        fmt::format("{:.0f} x {:.0f}", ellipse.along_km, ellipse.across_km),
        s_minus_p};
  }
  return {location.instrument.network,
          location.instrument.station,
          location.instrument.location,
          location.instrument.band + location.instrument.source,
          time_text(location.pick_time, format),
          latitude,
          longitude,
          number_text(location.distance_km, format, 1),
          number_text(location.distance_uncertainty_km, format, 1),
          number_text(location.back_azimuth_deg, format, 0),
          number_text(location.back_azimuth_uncertainty_deg, format, 0),
          number_text(ellipse.along_km, format, 1),
          number_text(ellipse.across_km, format, 1),
          s_minus_p,
          location.pick_id,
          location.model_id,
          location.model_hash,
          location.distance_adapter_id,
          location.distance_adapter_hash,
          location.back_azimuth_adapter_id,
          location.back_azimuth_adapter_hash,
          time_text(stored.inserted, format)};
}

}  // namespace

int list_picks(const CatalogOptions& options, const CommandContext& context) {
  storage::PickQuery query;
  query.scope = scope_of(options);
  query.min_probability = options.min_probability;
  query.with_estimates = true;
  if (!options.phase.empty()) {
    query.phase = options.phase == "P" ? Phase::kP : Phase::kS;
  }
  const auto write = [&](storage::Reader& reader, RowWriter& writer, OutputFormat format) {
    std::vector<std::string> cells;
    return reader.picks(query, [&](std::span<const storage::StoredPick> page) {
      for (const storage::StoredPick& stored : page) {
        if (format == OutputFormat::kTable) {
          fill_for_people(stored, cells);
        } else {
          fill_for_programs(stored, format, cells);
        }
        writer.add(cells);
      }
      return true;
    });
  };
  return list(options, context, "picks", pick_columns(format_of(options)), write);
}

int list_locations(const CatalogOptions& options, const CommandContext& context) {
  const storage::LocationQuery query{scope_of(options)};
  const auto write = [&](storage::Reader& reader, RowWriter& writer, OutputFormat format) {
    return reader.locations(query, [&](std::span<const storage::StoredLocation> page) {
      for (const storage::StoredLocation& stored : page) {
        writer.add(location_cells(stored, format));
      }
      return true;
    });
  };
  return list(
      options, context, "single-station locations", location_columns(format_of(options)), write);
}

}  // namespace geod
