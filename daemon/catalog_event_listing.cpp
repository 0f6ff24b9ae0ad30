#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/blind_text.hpp"
#include "daemon/catalog_event_queries.hpp"
#include "daemon/catalog_listing.hpp"
#include "storage/preferred_event.hpp"

namespace geod {
namespace {

std::vector<Column> event_columns(OutputFormat format) {
  if (format == OutputFormat::kTable) {
    return {{"event"},
            {"time", CellKind::kTime},
            {"latitude", CellKind::kNumber},
            {"longitude", CellKind::kNumber},
            {"km", CellKind::kNumber},
            {"mag", CellKind::kNumber},
            {"q"},
            {"+-km", CellKind::kNumber},
            {"ph", CellKind::kNumber},
            {"sta", CellKind::kNumber},
            {"gap", CellKind::kNumber},
            {"rms", CellKind::kNumber},
            {"status"}};
  }
  return {{"event_id"},
          {"version", CellKind::kNumber},
          {"status"},
          {"kind"},
          {"time", CellKind::kTime},
          {"latitude", CellKind::kNumber},
          {"longitude", CellKind::kNumber},
          {"depth_km", CellKind::kNumber},
          {"magnitude", CellKind::kNumber},
          {"magnitude_type"},
          {"magnitude_uncertainty", CellKind::kNumber},
          {"magnitude_stations", CellKind::kNumber},
          {"quality"},
          {"time_sigma_s", CellKind::kNumber},
          {"depth_sigma_km", CellKind::kNumber},
          {"ellipse_major_km", CellKind::kNumber},
          {"ellipse_minor_km", CellKind::kNumber},
          {"ellipse_azimuth_deg", CellKind::kNumber},
          {"standard_error_s", CellKind::kNumber},
          {"azimuthal_gap_deg", CellKind::kNumber},
          {"nearest_station_km", CellKind::kNumber},
          {"phases", CellKind::kNumber},
          {"stations", CellKind::kNumber},
          {"velocity_model"},
          {"log_odds", CellKind::kNumber},
          {"review_public_id"},
          {"review_agency"},
          {"merged_into"},
          {"split_from"},
          {"first_inserted", CellKind::kTime},
          {"inserted", CellKind::kTime},
          {"blind_stations", CellKind::kNumber}};
}

std::string status_of(const storage::StoredEvent& stored) {
  return stored.event.version > 0 ? std::string(to_string(stored.event.status)) : std::string{};
}

std::vector<std::string> cells_for_people(const storage::StoredEvent& stored) {
  constexpr auto kTable = OutputFormat::kTable;
  const storage::PreferredEvent preferred = storage::preferred_of(stored);
  const Origin& origin = stored.event.origin;
  const bool is_ours = stored.event.version > 0;
  const auto ours = [&](double value, int decimals) {
    return is_ours ? number_text(value, kTable, decimals) : std::string{};
  };
  return {storage::id_of(stored),
          to_iso(preferred.time, 1),
          number_text(preferred.latitude_deg, kTable, 4),
          number_text(preferred.longitude_deg, kTable, 4),
          number_text(preferred.depth_km, kTable, 1),
          preferred.magnitude
              ? fmt::format("{} {:.1f}", preferred.magnitude_type, *preferred.magnitude)
              : std::string{},
          preferred.quality ? std::string(to_string(*preferred.quality)) : "R",
          ours(origin.ellipse.major_km, 1),
          ours(origin.phases, 0),
          ours(origin.stations, 0),
          ours(origin.azimuthal_gap_deg, 0),
          ours(origin.standard_error_s, 2),
          status_of(stored)};
}

std::vector<std::string> cells_for_programs(const storage::StoredEvent& stored,
                                            const std::optional<storage::Blindness>& blindness,
                                            OutputFormat format) {
  const storage::PreferredEvent preferred = storage::preferred_of(stored);
  const EventVersion& event = stored.event;
  const Origin& origin = event.origin;
  const bool is_ours = event.version > 0;
  const ReviewedEvent* review = stored.reviewed.empty() ? nullptr : &stored.reviewed.front();
  const auto ours = [&](double value) {
    return is_ours ? number_text(value, format, 0) : std::string{};
  };
  return {
      event.event_id,
      is_ours ? std::to_string(event.version) : std::string{},
      status_of(stored),
      is_ours ? std::string(to_string(event.kind)) : std::string{},
      time_text(preferred.time, format),
      number_text(preferred.latitude_deg, format, 0),
      number_text(preferred.longitude_deg, format, 0),
      number_text(preferred.depth_km, format, 0),
      number_text(preferred.magnitude, format, 0),
      preferred.magnitude_type,
      number_text(preferred.magnitude_uncertainty, format, 0),
      preferred.magnitude_stations ? std::to_string(*preferred.magnitude_stations) : std::string{},
      preferred.quality ? std::string(to_string(*preferred.quality)) : std::string{},
      ours(origin.time_sigma_s),
      ours(origin.depth_sigma_km),
      ours(origin.ellipse.major_km),
      ours(origin.ellipse.minor_km),
      ours(origin.ellipse.major_azimuth_deg),
      ours(origin.standard_error_s),
      ours(origin.azimuthal_gap_deg),
      ours(origin.nearest_station_km),
      ours(origin.phases),
      ours(origin.stations),
      origin.velocity_model,
      ours(event.log_odds),
      review != nullptr ? review->public_id : std::string{},
      review != nullptr ? review->agency : std::string{},
      stored.merged_into,
      stored.split_from,
      time_text(stored.first_inserted, format),
      time_text(stored.inserted, format),
      blindness ? std::to_string(blind_stations(*blindness, preferred.time)) : std::string{}};
}

}  // namespace

std::vector<Column> event_csv_columns() {
  return event_columns(OutputFormat::kCsv);
}
std::vector<std::string> event_csv_cells(const storage::StoredEvent& stored) {
  return cells_for_programs(stored, std::nullopt, OutputFormat::kCsv);
}

storage::EventQuery event_query_of(const EventOptions& options) {
  const storage::Scope scope = scope_of(options.common);
  storage::EventQuery query;
  query.from = scope.from;
  query.to = scope.to;
  query.region = scope.region;
  query.stations = scope.stations;
  query.limit = scope.limit;
  if (!options.circle.empty()) {
    query.circle = *storage::Circle::parse(options.circle);
  }
  if (!options.polygon.empty()) {
    query.polygon = *storage::Polygon::parse(options.polygon);
  }
  query.min_depth_km = options.min_depth_km;
  query.max_depth_km = options.max_depth_km;
  query.min_magnitude = options.min_magnitude;
  query.max_magnitude = options.max_magnitude;
  query.magnitude_type = options.magnitude_type;
  if (!options.quality.empty()) {
    query.worst_quality = static_cast<QualityClass>(options.quality.front() - 'A');
  }
  query.model_id = options.common.model;
  query.adapter_id = options.common.adapter;
  if (!options.updated_after.empty()) {
    query.updated_after = *parse_iso(options.updated_after);
  }
  query.reviewed_only = options.reviewed;
  query.with_withdrawn = options.withdrawn;
  query.order = options.order;
  query.offset = options.offset;
  return query;
}

int list_events(const EventOptions& options, const CommandContext& context) {
  const storage::EventQuery query = event_query_of(options);
  const auto write =
      [&](storage::Reader& reader, RowWriter& writer, OutputFormat format) -> Result<void> {
    const auto blindness = blindness_of(reader, query);
    if (!blindness) {
      return tl::unexpected(blindness.error());
    }
    if (*blindness) {
      fmt::print(stderr, "{}", blind_text(**blindness));
    }
    return reader.events(query, [&](std::span<const storage::StoredEvent> page) {
      for (const storage::StoredEvent& stored : page) {
        writer.add(format == OutputFormat::kTable ? cells_for_people(stored)
                                                  : cells_for_programs(stored, *blindness, format));
      }
      return true;
    });
  };
  return list(options.common, context, "events", event_columns(format_of(options.common)), write);
}

}  // namespace geod
