#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "trainer/csv_reader.hpp"
#include "trainer/event_tables.hpp"
#include "trainer/geodesic.hpp"
#include "trainer/stored_formats.hpp"
#include "trainer/trace_collector.hpp"

namespace geod::trainer {
namespace {

/// Every STEAD trace: one minute, E N Z.
constexpr std::int64_t kTraceSamples = 6000;
constexpr double kTraceRateHz = 100.0;
constexpr std::array<int, 3> kOrder{2, 1, 0};

std::string text_of(const CsvReader& row, std::string_view column) {
  const std::string_view text = row.field(column);
  return text == "None" || text == "nan" ? std::string() : std::string(text);
}

/// Two columns of degrees, where both have a value.
Result<std::optional<GeoPoint>> point_of(const CsvReader& row, const std::string& prefix) {
  const auto latitude = row.number(prefix + "_latitude");
  const auto longitude = row.number(prefix + "_longitude");
  if (!latitude || !longitude) {
    return tl::unexpected(!latitude ? latitude.error() : longitude.error());
  }
  if (!*latitude || !*longitude) {
    return std::nullopt;
  }
  return GeoPoint{**latitude, **longitude};
}

/// Magnitude, distance and back-azimuth of one row. Some of STEAD's own back-azimuths are wrong,
/// as its authors say: they are computed from the coordinates where these are there.
Result<EventLabel> event_of(const CsvReader& row) {
  EventLabel label;
  const auto magnitude = row.number("source_magnitude");
  const auto distance = row.number("source_distance_km");
  const auto azimuth = row.number("back_azimuth_deg");
  for (const auto* number : {&magnitude, &distance, &azimuth}) {
    if (!*number) {
      return tl::unexpected(number->error());
    }
  }
  label.magnitude = *magnitude;
  label.distance_km = *distance;
  label.back_azimuth_deg = *azimuth;
  const auto source = point_of(row, "source");
  const auto receiver = point_of(row, "receiver");
  if (!source || !receiver) {
    return tl::unexpected(!source ? source.error() : receiver.error());
  }
  if (*source && *receiver) {
    label.back_azimuth_deg = epicentral_path(**receiver, **source).back_azimuth_deg;
  }
  return label;
}

/// The earthquake of a row: its id, or where and when it was.
std::string event_id_of(const CsvReader& row) {
  if (std::string id = text_of(row, "source_id"); !id.empty()) {
    return id;
  }
  const std::string time = text_of(row, "source_origin_time");
  return time.empty()
             ? ""
             : fmt::format(
                   "{} {} {}", time, row.field("source_latitude"), row.field("source_longitude"));
}

Result<TraceLabels> labels_of(const CsvReader& row) {
  TraceLabels labels;
  labels.name = row.field("trace_name");
  labels.noise = row.field("trace_category") == "noise";
  const std::string station = text_of(row, "receiver_code");
  labels.instrument = instrument_of(text_of(row, "network_code"),
                                    station.empty() ? text_of(row, "reciever_code") : station,
                                    "",
                                    text_of(row, "receiver_type"));
  if (const auto start = parse_iso(row.field("trace_start_time"))) {
    labels.start = *start;
  }
  if (labels.noise) {
    return labels;
  }
  labels.event = event_id_of(row);
  for (const auto& [phase, column] :
       {std::pair{Phase::kP, "p_arrival_sample"}, std::pair{Phase::kS, "s_arrival_sample"}}) {
    const auto sample = row.number(column);
    if (!sample) {
      return tl::unexpected(sample.error());
    }
    if (*sample) {
      labels.arrivals.push_back({phase, **sample});
    }
  }
  auto event = event_of(row);
  if (!event) {
    return tl::unexpected(event.error());
  }
  labels.event_label = *event;
  return labels;
}

/// The waveforms that belong to a table: of the same name (merged.csv, merged.hdf5), or the only
/// HDF5 file of the folder.
Result<std::filesystem::path> waveforms_of(const std::filesystem::path& table) {
  std::filesystem::path same = table;
  same.replace_extension(".hdf5");
  std::error_code error;
  if (std::filesystem::exists(same, error)) {
    return same;
  }
  const auto all = files_ending(table.parent_path(), ".hdf5");
  if (all.size() == 1) {
    return all.front();
  }
  return fail(Errc::kNotFound,
              "{}: no waveforms beside it: neither {} nor one single HDF5 file",
              table.string(),
              same.filename().string());
}

/// Where the traces of one file lie: data/<name>, or in chunks earthquake/local/<name> and
/// non_earthquake/noise/<name>.
class TraceGroups {
 public:
  Result<void> open(const std::filesystem::path& path) {
    const auto file = streams::Hdf5File::open(path);
    if (!file) {
      return tl::unexpected(file.error());
    }
    flat_ = file->has("data");
    return {};
  }
  std::string dataset(const TraceLabels& labels) const {
    return flat_ ? "data/" + labels.name
                 : (labels.noise ? "non_earthquake/noise/" : "earthquake/local/") + labels.name;
  }

 private:
  bool flat_ = true;
};

Result<void> add_table(const std::filesystem::path& path, TraceCollector& collector) {
  auto reader = CsvReader::open(path);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  for (const char* column : {"trace_name", "p_arrival_sample", "s_arrival_sample"}) {
    if (!reader->column(column)) {
      return fail(Errc::kCorruptRecord, "{}: has no column {}", path.string(), column);
    }
  }
  const bool sliced = reader->column("file_idx").has_value();
  std::filesystem::path waveforms;
  TraceGroups groups;
  if (!sliced) {
    const auto found = waveforms_of(path);
    if (!found) {
      return tl::unexpected(found.error());
    }
    waveforms = *found;
    if (auto opened = groups.open(waveforms); !opened) {
      return opened;
    }
  }
  while (true) {
    const auto more = reader->next();
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      return {};
    }
    const auto labels = labels_of(*reader);
    if (!labels) {
      return tl::unexpected(labels.error());
    }
    if (labels->name.empty()) {
      collector.skip(reader->where() + ": no trace_name");
      continue;
    }
    if (sliced) {
      const auto part = reader->number("file_idx");
      if (!part || !*part) {
        collector.skip(reader->where() + ": no file_idx");
        continue;
      }
      waveforms = path.parent_path() / fmt::format("part_{}.hdf5", std::llround(**part));
    }
    Hdf5Trace trace;
    trace.file = collector.file(waveforms);
    trace.dataset = groups.dataset(*labels);
    trace.samples = kTraceSamples;
    trace.sampling_rate_hz = kTraceRateHz;
    trace.order = kOrder;
    collector.add(*labels, std::move(trace));
  }
}

bool is_stead_table(const std::filesystem::path& path) {
  const auto reader = CsvReader::open(path);
  return reader && reader->column("trace_name") &&
         (reader->column("receiver_code") || reader->column("reciever_code"));
}

}  // namespace

Result<StoredTraces> load_stead(const DatasetFolder& folder, double sampling_rate_hz) {
  std::vector<std::filesystem::path> tables;
  if (folder.metadata.empty()) {
    tables = files_ending(folder.directory, ".csv");
    std::erase_if(tables, [](const auto& path) { return !is_stead_table(path); });
  } else {
    tables = {folder.directory / folder.metadata};
  }
  if (tables.empty()) {
    return fail(Errc::kNotFound,
                "{}: no STEAD table (trace_name, receiver_code, p_arrival_sample, ...)",
                folder.directory.string());
  }
  TraceCollector collector(folder, sampling_rate_hz);
  for (const std::filesystem::path& table : tables) {
    if (auto added = add_table(table, collector); !added) {
      return tl::unexpected(added.error());
    }
  }
  return collector.finish();
}

}  // namespace geod::trainer
