// `geod catalog detections` and `geod catalog arrivals`.
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/catalog_listing.hpp"

namespace geod {
namespace {

std::vector<Column> detection_columns(OutputFormat format) {
  if (format == OutputFormat::kTable) {
    return {{"detection"},
            {"fibre"},
            {"from", CellKind::kTime},
            {"s", CellKind::kNumber},
            {"channels"},
            {"touched", CellKind::kNumber},
            {"prob", CellKind::kNumber},
            {"km/s", CellKind::kNumber},
            {"P", CellKind::kNumber},
            {"S", CellKind::kNumber},
            {"made_by"}};
  }
  return {{"detection_id"},
          {"fibre"},
          {"from", CellKind::kTime},
          {"to", CellKind::kTime},
          {"duration_s", CellKind::kNumber},
          {"first_channel", CellKind::kNumber},
          {"last_channel", CellKind::kNumber},
          {"channels", CellKind::kNumber},
          {"channel_spacing_m", CellKind::kNumber},
          {"mean_probability", CellKind::kNumber},
          {"max_probability", CellKind::kNumber},
          {"apparent_velocity_m_s", CellKind::kNumber},
          {"p_arrivals", CellKind::kNumber},
          {"s_arrivals", CellKind::kNumber},
          {"model_id"},
          {"model_hash"},
          {"adapter_id"},
          {"adapter_hash"},
          {"inserted", CellKind::kTime}};
}

/// Empty where 0 stands for "not known".
std::string known_text(double value, OutputFormat format, int table_decimals) {
  return value == 0.0 ? std::string{} : number_text(value, format, table_decimals);
}

std::vector<std::string> cells_for_people(const storage::StoredDetection& stored) {
  const FibreDetection& detection = stored.detection;
  constexpr auto kTable = OutputFormat::kTable;
  return {detection.detection_id,
          detection.fibre_id,
          time_text(detection.from, kTable),
          number_text(to_seconds(detection.to - detection.from), kTable, 2),
          fmt::format("{}-{}", detection.first_channel, detection.last_channel),
          std::to_string(stored.channels),
          number_text(detection.mean_probability, kTable, 2),
          known_text(detection.apparent_velocity_m_s / 1000.0, kTable, 2),
          std::to_string(stored.p_arrivals),
          std::to_string(stored.s_arrivals),
          detection.adapter_id.empty() ? detection.model_id : detection.adapter_id};
}

std::vector<std::string> cells_for_programs(const storage::StoredDetection& stored,
                                            OutputFormat format) {
  const FibreDetection& detection = stored.detection;
  return {detection.detection_id,
          detection.fibre_id,
          time_text(detection.from, format),
          time_text(detection.to, format),
          number_text(to_seconds(detection.to - detection.from), format, 3),
          std::to_string(detection.first_channel),
          std::to_string(detection.last_channel),
          std::to_string(stored.channels),
          known_text(detection.channel_spacing_m, format, 1),
          number_text(detection.mean_probability, format, 2),
          number_text(detection.max_probability, format, 2),
          known_text(detection.apparent_velocity_m_s, format, 0),
          std::to_string(stored.p_arrivals),
          std::to_string(stored.s_arrivals),
          detection.model_id,
          detection.model_hash,
          detection.adapter_id,
          detection.adapter_hash,
          time_text(stored.inserted, format)};
}

/// Metres along the fibre from its channel 0.
std::string distance_text(std::int64_t channel,
                          const FibreDetection& detection,
                          OutputFormat format) {
  return detection.channel_spacing_m > 0.0
             ? number_text(static_cast<double>(channel) * detection.channel_spacing_m, format, 1)
             : std::string{};
}

std::vector<Column> arrival_columns() {
  return {{"fibre"},
          {"channel", CellKind::kNumber},
          {"distance_m", CellKind::kNumber},
          {"phase"},
          {"time", CellKind::kTime},
          {"uncertainty_s", CellKind::kNumber},
          {"probability", CellKind::kNumber},
          {"source"}};
}

std::vector<std::string> arrival_cells(const FibreArrival& arrival,
                                       const FibreDetection& detection,
                                       OutputFormat format) {
  return {detection.fibre_id,
          std::to_string(arrival.channel),
          distance_text(arrival.channel, detection, format),
          std::string(to_string(arrival.phase_hint)),
          time_text(arrival.time, format),
          fmt::format("{:.6g}", arrival.uncertainty_s),
          fmt::format("{:.4f}", arrival.probability),
          arrival.is_refined ? "trace" : "mask"};
}

std::vector<Column> fibre_pick_columns() {
  return {{"fibre"},
          {"channel", CellKind::kNumber},
          {"distance_m", CellKind::kNumber},
          {"phase"},
          {"time", CellKind::kTime},
          {"uncertainty_s", CellKind::kNumber},
          {"probability", CellKind::kNumber},
          {"first_channel", CellKind::kNumber},
          {"last_channel", CellKind::kNumber},
          {"arrivals", CellKind::kNumber}};
}

std::vector<std::string> fibre_pick_cells(const FibrePick& pick,
                                          const FibreDetection& detection,
                                          OutputFormat format) {
  return {detection.fibre_id,
          std::to_string(pick.channel),
          distance_text(pick.channel, detection, format),
          std::string(to_string(pick.phase_hint)),
          time_text(pick.time, format),
          number_text(pick.uncertainty_s, format, 4),
          number_text(pick.probability, format, 2),
          std::to_string(pick.first_channel),
          std::to_string(pick.last_channel),
          std::to_string(pick.arrivals)};
}

/// The rows of `all` that the limit leaves.
template <class Row, class Cells>
void write_rows(const std::vector<Row>& all,
                const CatalogOptions& options,
                RowWriter& writer,
                const Cells& cells) {
  for (const Row& row : all) {
    if (options.limit > 0 && writer.rows() == options.limit) {
      return;
    }
    writer.add(cells(row));
  }
}

}  // namespace

int list_detections(const CatalogOptions& options, const CommandContext& context) {
  const storage::DetectionQuery query{scope_of(options),
                                      options.first_channel,
                                      options.last_channel,
                                      options.min_probability,
                                      options.min_channels,
                                      options.model,
                                      options.adapter};
  const auto write = [&](storage::Reader& reader, RowWriter& writer, OutputFormat format) {
    return reader.detections(query, [&](std::span<const storage::StoredDetection> page) {
      for (const storage::StoredDetection& stored : page) {
        writer.add(format == OutputFormat::kTable ? cells_for_people(stored)
                                                  : cells_for_programs(stored, format));
      }
      return true;
    });
  };
  return list(options, context, "detections", detection_columns(format_of(options)), write);
}

int list_arrivals(const CatalogOptions& options, const CommandContext& context) {
  const auto write =
      [&](storage::Reader& reader, RowWriter& writer, OutputFormat format) -> Result<void> {
    const auto stored = reader.detection(options.detection);
    if (!stored) {
      return tl::unexpected(stored.error());
    }
    const FibreDetection& detection = stored->detection;
    if (options.picks) {
      write_rows(detection.picks, options, writer, [&](const FibrePick& pick) {
        return fibre_pick_cells(pick, detection, format);
      });
    } else {
      write_rows(detection.arrivals, options, writer, [&](const FibreArrival& arrival) {
        return arrival_cells(arrival, detection, format);
      });
    }
    return {};
  };
  return list(options,
              context,
              options.picks ? "picks of the detection" : "arrivals",
              options.picks ? fibre_pick_columns() : arrival_columns(),
              write);
}

}  // namespace geod
