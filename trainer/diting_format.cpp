#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "trainer/csv_reader.hpp"
#include "trainer/event_tables.hpp"
#include "trainer/stored_formats.hpp"
#include "trainer/trace_collector.hpp"

namespace geod::trainer {
namespace {

/// Every DiTing trace: three minutes, Z N E.
constexpr std::int64_t kTraceSamples = 9000;
constexpr double kTraceRateHz = 50.0;
constexpr std::size_t kKeyDigitsBefore = 6;
constexpr std::size_t kKeyDigitsAfter = 4;
constexpr double kGreatestMagnitude = 8.0;

/// Text columns of some DiTing tables are padded with blanks anywhere.
std::string without_blanks(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](unsigned char c) { return std::isspace(c) != 0; });
  return out;
}

/// Nothing for blanks and for anything that is no number, as the set has both.
std::optional<double> number_of(const CsvReader& row, std::string_view column) {
  const auto value = parse_optional_number(without_blanks(row.field(column)));
  return value ? *value : std::nullopt;
}

/// Table keys have lost their zeros: "2.17" is data set "000002.1700".
std::optional<std::string> repaired_key(const std::string& key) {
  const std::size_t point = key.find('.');
  if (point == std::string::npos || point > kKeyDigitsBefore ||
      key.size() - point - 1 > kKeyDigitsAfter) {
    return std::nullopt;
  }
  return std::string(kKeyDigitsBefore - point, '0') + key +
         std::string(kKeyDigitsAfter - (key.size() - point - 1), '0');
}

/// ML, converted from Ms and mb as the SeisMoLLM and SeisT loaders do. DiTing writes 0 for unknown.
Result<std::optional<double>> local_magnitude(const CsvReader& row) {
  const auto magnitude = number_of(row, "evmag");
  if (!magnitude || *magnitude == 0.0) {
    return std::nullopt;
  }
  std::string type = without_blanks(row.field("mag_type"));
  std::ranges::transform(
      type, type.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  double local = *magnitude;
  if (type == "ms") {
    local = (*magnitude + 1.08) / 1.13;
  } else if (type == "mb") {
    local = (1.17 * *magnitude + 0.67) / 1.13;
  } else if (type != "ml") {
    return fail(Errc::kCorruptRecord,
                "{}: mag_type must be ml, ms or mb, not {}",
                row.where(),
                type.empty() ? "empty" : row.field("mag_type"));
  }
  return std::clamp(local, 0.0, kGreatestMagnitude);
}

Result<TraceLabels> labels_of(const CsvReader& row, const std::string& key) {
  TraceLabels labels;
  labels.name = key;
  labels.instrument =
      instrument_of(without_blanks(row.field("net")), without_blanks(row.field("sta_id")), "", "");
  labels.event = without_blanks(row.field("ev_id"));
  for (const auto& [phase, column] :
       {std::pair{Phase::kP, "p_pick"}, std::pair{Phase::kS, "s_pick"}}) {
    const auto sample = number_of(row, column);
    if (sample && *sample > 0.0) {
      labels.arrivals.push_back({phase, *sample});
    }
  }
  const auto magnitude = local_magnitude(row);
  const auto polarity = parse_polarity(without_blanks(row.field("p_motion")));
  if (!magnitude) {
    return tl::unexpected(magnitude.error());
  }
  if (!polarity) {
    return fail_with(polarity.error(), row.where());
  }
  labels.event_label.magnitude = *magnitude;
  labels.event_label.first_motion_up = *polarity;
  labels.event_label.distance_km = number_of(row, "dis");
  if (const auto azimuth = number_of(row, "baz")) {
    const double rest = std::fmod(*azimuth, 360.0);
    labels.event_label.back_azimuth_deg = rest < 0.0 ? rest + 360.0 : rest;
  }
  return labels;
}

Result<void> add_table(const std::filesystem::path& path, TraceCollector& collector) {
  auto reader = CsvReader::open(path);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  for (const char* column : {"part", "key", "p_pick", "s_pick"}) {
    if (!reader->column(column)) {
      return fail(Errc::kCorruptRecord, "{}: has no column {}", path.string(), column);
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
    const auto part = number_of(*reader, "part");
    const auto key = repaired_key(without_blanks(reader->field("key")));
    if (!part || !key) {
      collector.skip(fmt::format(
          "{}: {}", reader->where(), part ? "key must look like 2.17" : "part must be a number"));
      continue;
    }
    const auto labels = labels_of(*reader, *key);
    if (!labels) {
      return tl::unexpected(labels.error());
    }
    Hdf5Trace trace;
    trace.file = collector.file(path.parent_path() /
                                fmt::format("DiTing330km_part_{}.hdf5", std::llround(*part)));
    trace.dataset = "earthquake/" + *key;
    trace.samples = kTraceSamples;
    trace.sampling_rate_hz = kTraceRateHz;
    collector.add(*labels, std::move(trace));
  }
}

/// The table asked for; else DiTing-light where it is there; else those of all parts.
std::vector<std::filesystem::path> tables_of(const DatasetFolder& folder) {
  if (!folder.metadata.empty()) {
    return {folder.directory / folder.metadata};
  }
  const std::filesystem::path light = folder.directory / "DiTing330km_light.csv";
  std::error_code error;
  if (std::filesystem::exists(light, error)) {
    return {light};
  }
  auto tables = files_ending(folder.directory, ".csv");
  std::erase_if(tables, [](const std::filesystem::path& path) {
    return !path.filename().string().starts_with("DiTing330km_part_");
  });
  return tables;
}

}  // namespace

Result<StoredTraces> load_diting(const DatasetFolder& folder, double sampling_rate_hz) {
  const std::vector<std::filesystem::path> tables = tables_of(folder);
  if (tables.empty()) {
    return fail(Errc::kNotFound,
                "{}: neither DiTing330km_light.csv nor DiTing330km_part_<n>.csv; name another "
                "table as metadata in dataset.json",
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
