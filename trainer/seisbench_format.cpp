#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <string>

#include "trainer/csv_reader.hpp"
#include "trainer/event_tables.hpp"
#include "trainer/geodesic.hpp"
#include "trainer/stored_formats.hpp"
#include "trainer/trace_collector.hpp"

namespace geod::trainer {
namespace {

/// What the group data_format of a waveform file says of all traces in it.
struct FileFormat {
  std::string component_order = "ZNE";
  bool time_first = false;
  std::optional<double> sampling_rate_hz;
};

Result<FileFormat> read_file_format(const std::filesystem::path& path) {
  const auto file = streams::Hdf5File::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  FileFormat format;
  if (file->has("data_format/component_order")) {
    auto order = file->read_text("data_format/component_order");
    if (!order) {
      return tl::unexpected(order.error());
    }
    format.component_order = *order;
  }
  if (file->has("data_format/dimension_order")) {
    const auto order = file->read_text("data_format/dimension_order");
    if (!order) {
      return tl::unexpected(order.error());
    }
    if (*order != "CW" && *order != "NCW" && *order != "WC" && *order != "NWC") {
      return fail(Errc::kUnsupported,
                  "{}: data_format/dimension_order is {}; CW, WC, NCW and NWC are read",
                  path.string(),
                  *order);
    }
    format.time_first = order->ends_with("WC");
  }
  if (file->has("data_format/sampling_rate")) {
    if (const auto rate = file->read_number("data_format/sampling_rate")) {
      format.sampling_rate_hz = *rate;
    }
  }
  return format;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= 0
             ? std::optional(value)
             : std::nullopt;
}

/// "bucket3$17,:3,:6000": trace 17 of data set bucket3, its first 3 channels and 6000 samples.
/// Another name is that of a data set of one trace, whose shape the file says.
Result<void> locate(const std::string& name, const streams::Hdf5File& file, Hdf5Trace& trace) {
  const std::size_t dollar = name.find('$');
  if (dollar == std::string::npos) {
    trace.dataset = "data/" + name;
    const auto shape = file.shape(trace.dataset);
    if (!shape) {
      return tl::unexpected(shape.error());
    }
    if (shape->size() != 2) {
      return fail(Errc::kCorruptRecord, "{}: a trace has two dimensions", trace.dataset);
    }
    trace.channels = (*shape)[trace.time_first ? 1 : 0];
    trace.samples = (*shape)[trace.time_first ? 0 : 1];
    return {};
  }
  trace.dataset = "data/" + name.substr(0, dollar);
  std::vector<std::optional<std::int64_t>> numbers;
  for (std::size_t begin = dollar + 1; begin <= name.size();) {
    const std::size_t end = std::min(name.find(',', begin), name.size());
    std::string part = name.substr(begin, end - begin);
    if (!numbers.empty()) {
      part.erase(0, part.starts_with("0:") ? 2 : part.starts_with(":") ? 1 : 0);
    }
    numbers.push_back(whole_number(part));
    begin = end + 1;
  }
  const bool good = numbers.size() == 3 && numbers[0] && numbers[1] && numbers[2];
  if (!good) {
    return fail(Errc::kCorruptRecord, "trace_name must look like bucket0$7,:3,:6000, not {}", name);
  }
  trace.row = *numbers[0];
  trace.channels = *numbers[trace.time_first ? 2 : 1];
  trace.samples = *numbers[trace.time_first ? 1 : 2];
  return {};
}

/// Positions of Z, N (or 1), E (or 2); oriented only with N and E.
std::array<int, 3> component_positions(const std::string& order, bool& oriented) {
  const auto at = [&](char first, char second) {
    const std::size_t found = order.find(first);
    const std::size_t place = found == std::string::npos ? order.find(second) : found;
    return place == std::string::npos ? -1 : static_cast<int>(place);
  };
  oriented = order.find('N') != std::string::npos && order.find('E') != std::string::npos;
  return {at('Z', 'Z'), at('N', '1'), at('E', '2')};
}

/// Every column trace_<phase>_arrival_sample whose phase begins with P or S.
struct ArrivalColumn {
  Phase phase;
  std::string name;
};
std::vector<ArrivalColumn> arrival_columns(const CsvReader& reader) {
  constexpr std::string_view kBefore = "trace_";
  constexpr std::string_view kAfter = "_arrival_sample";
  std::vector<ArrivalColumn> columns;
  for (const std::string& name : reader.header()) {
    if (!name.starts_with(kBefore) || !name.ends_with(kAfter) ||
        name.size() <= kBefore.size() + kAfter.size()) {
      continue;
    }
    const char first = name[kBefore.size()];
    if (first == 'p' || first == 's') {
      columns.push_back({first == 'p' ? Phase::kP : Phase::kS, name});
    }
  }
  return columns;
}

/// The first column that begins with trace_ and ends in polarity.
std::string polarity_column(const CsvReader& reader) {
  for (const std::string& name : reader.header()) {
    if (name.starts_with("trace_") && name.ends_with("polarity")) {
      return name;
    }
  }
  return {};
}

Result<std::optional<GeoPoint>> point_of(const CsvReader& row, const std::string& prefix) {
  const auto latitude = row.number(prefix + "_latitude_deg");
  const auto longitude = row.number(prefix + "_longitude_deg");
  if (!latitude || !longitude) {
    return tl::unexpected(!latitude ? latitude.error() : longitude.error());
  }
  return *latitude && *longitude ? std::optional(GeoPoint{**latitude, **longitude}) : std::nullopt;
}

Result<EventLabel> event_of(const CsvReader& row, const std::string& polarity) {
  EventLabel label;
  const auto magnitude = row.number("source_magnitude");
  const auto distance = row.number("path_ep_distance_km");
  const auto azimuth = row.number("path_back_azimuth_deg");
  for (const auto* number : {&magnitude, &distance, &azimuth}) {
    if (!*number) {
      return tl::unexpected(number->error());
    }
  }
  label.magnitude = *magnitude;
  label.distance_km = *distance;
  label.back_azimuth_deg = *azimuth;
  // Words for "cannot be read" are many; only the known ones are a motion.
  label.first_motion_up = parse_polarity(row.field(polarity)).value_or(std::nullopt);
  const auto source = point_of(row, "source");
  const auto station = point_of(row, "station");
  if (!source || !station) {
    return tl::unexpected(!source ? source.error() : station.error());
  }
  if (*source && *station) {
    const EpicentralPath path = epicentral_path(**station, **source);
    label.distance_km = label.distance_km.value_or(path.distance_km);
    label.back_azimuth_deg = label.back_azimuth_deg.value_or(path.back_azimuth_deg);
  }
  return label;
}

Part part_of_split(std::string_view split) {
  return split == "train"                   ? Part::kTrain
         : split == "dev" || split == "val" ? Part::kValidation
         : split == "test"                  ? Part::kTest
                                            : Part::kUnassigned;
}

Result<TraceLabels> labels_of(const CsvReader& row,
                              const std::vector<ArrivalColumn>& arrivals,
                              const std::string& polarity) {
  TraceLabels labels;
  labels.name = row.field("trace_name");
  labels.instrument = instrument_of(std::string(row.field("station_network_code")),
                                    std::string(row.field("station_code")),
                                    std::string(row.field("station_location_code")),
                                    std::string(row.field("trace_channel")));
  labels.event = row.field("source_id");
  if (labels.event.empty()) {
    labels.event = row.field("source_origin_time");
  }
  labels.part = part_of_split(row.field("split"));
  if (const auto start = parse_iso(row.field("trace_start_time").substr(0, 26))) {
    labels.start = *start;
  }
  for (const ArrivalColumn& column : arrivals) {
    const auto sample = row.number(column.name);
    if (!sample) {
      return tl::unexpected(sample.error());
    }
    if (*sample) {
      labels.arrivals.push_back({column.phase, **sample});
    }
  }
  labels.noise = row.field("trace_category") == "noise";
  auto event = event_of(row, polarity);
  if (!event) {
    return tl::unexpected(event.error());
  }
  labels.event_label = *event;
  return labels;
}

Result<double> rate_of(const CsvReader& row, const FileFormat& format) {
  const auto rate = row.number("trace_sampling_rate_hz");
  const auto interval = row.number("trace_dt_s");
  if (!rate || !interval) {
    return tl::unexpected(!rate ? rate.error() : interval.error());
  }
  const double hz = *rate                           ? **rate
                    : *interval && **interval > 0.0 ? 1.0 / **interval
                                                    : format.sampling_rate_hz.value_or(0.0);
  if (hz < 1.0 || hz > 10'000.0) {
    return fail(Errc::kCorruptRecord,
                "{}: no sampling rate between 1 and 10000 Hz in trace_sampling_rate_hz, trace_dt_s "
                "or data_format",
                row.where());
  }
  return hz;
}

/// One table with the waveforms beside it.
Result<void> add_chunk(const DatasetFolder& folder,
                       const std::string& chunk,
                       TraceCollector& collector) {
  const std::filesystem::path table = folder.directory / ("metadata" + chunk + ".csv");
  const std::filesystem::path waveforms = folder.directory / ("waveforms" + chunk + ".hdf5");
  auto reader = CsvReader::open(table);
  const auto format = read_file_format(waveforms);
  const auto file = streams::Hdf5File::open(waveforms);
  if (!reader || !format || !file) {
    return tl::unexpected(!reader ? reader.error() : !format ? format.error() : file.error());
  }
  const std::vector<ArrivalColumn> arrivals = arrival_columns(*reader);
  const std::string polarity = polarity_column(*reader);
  if (!reader->column("trace_name") || arrivals.empty()) {
    return fail(Errc::kCorruptRecord,
                "{}: has no column {}",
                table.string(),
                reader->column("trace_name") ? "trace_<phase>_arrival_sample" : "trace_name");
  }
  while (true) {
    const auto more = reader->next();
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      return {};
    }
    const auto labels = labels_of(*reader, arrivals, polarity);
    const auto rate = rate_of(*reader, *format);
    if (!labels || !rate) {
      return tl::unexpected(!labels ? labels.error() : rate.error());
    }
    Hdf5Trace trace;
    trace.file = collector.file(waveforms);
    trace.time_first = format->time_first;
    trace.sampling_rate_hz = *rate;
    const std::string_view own = reader->field("trace_component_order");
    bool oriented = false;
    trace.order =
        component_positions(own.empty() ? format->component_order : std::string(own), oriented);
    if (trace.order[0] < 0) {
      collector.skip(reader->where() + ": no vertical component");
      continue;
    }
    if (auto located = locate(labels->name, *file, trace); !located) {
      collector.skip(fmt::format("{}: {}", reader->where(), located.error().what));
      continue;
    }
    collector.add(*labels, std::move(trace), oriented);
  }
}

}  // namespace

Result<StoredTraces> load_seisbench(const DatasetFolder& folder, double sampling_rate_hz) {
  // A file "chunks" lists the suffixes of sets in several files.
  std::vector<std::string> chunks;
  std::ifstream list(folder.directory / "chunks");
  for (std::string chunk; std::getline(list, chunk);) {
    if (!chunk.empty()) {
      chunks.push_back(chunk);
    }
  }
  if (chunks.empty()) {
    chunks.emplace_back();
  }
  TraceCollector collector(folder, sampling_rate_hz);
  for (const std::string& chunk : chunks) {
    if (auto added = add_chunk(folder, chunk, collector); !added) {
      return tl::unexpected(added.error());
    }
  }
  return collector.finish();
}

}  // namespace geod::trainer
