#include "catalog/event_list.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>

#include "catalog/quakeml_reader.hpp"
#include "catalog/text_file.hpp"

namespace geod::catalog {
namespace {

constexpr std::size_t kMaxLines = 2'000'000;
constexpr std::size_t kMaxLineBytes = 64 << 10;
constexpr double kMetresPerKm = 1000.0;
constexpr double kMaxDepthKm = 1000.0;

enum Column : std::size_t {
  kTime,
  kLatitude,
  kLongitude,
  kDepthKm,
  kDepthM,
  kMagnitude,
  kMagnitudeType,
  kId,
  kColumns
};

/// What the header of a table says.
struct Layout {
  char separator = ',';
  std::array<std::optional<std::size_t>, kColumns> at{};  ///< of each column its place
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos
             ? std::string_view{}
             : text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// The fields of a line, without quotes; only commas and semicolons are ever quoted.
std::vector<std::string> split(std::string_view line, char separator) {
  std::vector<std::string> fields(1);
  const bool has_quotes = separator == ',' || separator == ';';
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (has_quotes && c == '"') {
      if (quoted && i + 1 < line.size() && line[i + 1] == '"') {
        fields.back() += '"';
        ++i;
      } else {
        quoted = !quoted;
      }
    } else if (c == separator && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  for (std::string& field : fields) {
    field = std::string(trimmed(field));
  }
  return fields;
}

std::optional<Column> column_of(std::string name) {
  static constexpr std::pair<std::string_view, Column> kNames[] = {
      {"time", kTime},
      {"origin_time", kTime},
      {"origintime", kTime},
      {"latitude", kLatitude},
      {"lat", kLatitude},
      {"latitude_deg", kLatitude},
      {"longitude", kLongitude},
      {"lon", kLongitude},
      {"longitude_deg", kLongitude},
      {"depth", kDepthKm},
      {"depth/km", kDepthKm},
      {"depth_km", kDepthKm},
      {"depth(km)", kDepthKm},
      {"depth_m", kDepthM},
      {"depth(m)", kDepthM},
      {"magnitude", kMagnitude},
      {"mag", kMagnitude},
      {"magtype", kMagnitudeType},
      {"magnitude_type", kMagnitudeType},
      {"mag_type", kMagnitudeType},
      {"eventid", kId},
      {"event_id", kId},
      {"id", kId},
  };
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const auto& [each, column] : kNames) {
    if (each == name) {
      return column;
    }
  }
  return std::nullopt;
}

Result<Layout> read_header(std::string_view line, const std::string& name) {
  Layout layout;
  if (line.starts_with('#')) {
    line.remove_prefix(1);
  }
  for (const char separator : {'|', '\t', ';', ','}) {
    if (line.find(separator) != std::string_view::npos) {
      layout.separator = separator;
      break;
    }
  }
  const std::vector<std::string> names = split(line, layout.separator);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto column = column_of(names[i]);
    if (column && !layout.at[*column]) {
      layout.at[*column] = i;
    }
  }
  for (const Column needed : {kTime, kLatitude, kLongitude}) {
    if (!layout.at[needed]) {
      return fail(Errc::kConfig,
                  "{}: neither QuakeML nor a table: its first line must name the columns time, "
                  "latitude and longitude, as the FDSN event text does",
                  name);
    }
  }
  return layout;
}

std::optional<double> number(std::string_view text, double lowest, double highest) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  double value = 0.0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool valid = fault == std::errc{} && end == text.data() + text.size() &&
                     std::isfinite(value) && value >= lowest && value <= highest;
  return valid ? std::optional(value) : std::nullopt;
}

/// One line of a table.
class Row {
 public:
  Row(std::string_view line, const Layout& layout)
      : layout_(layout), fields_(split(line, layout.separator)) {}

  Result<ListedEvent> read() const {
    ListedEvent event;
    const auto time = parse_iso(text(kTime));
    if (!time) {
      return tl::unexpected(time.error());
    }
    const auto latitude = number(text(kLatitude), -90.0, 90.0);
    const auto longitude = number(text(kLongitude), -180.0, 360.0);
    if (!latitude || !longitude) {
      return fail(Errc::kConfig,
                  "'{}', '{}' is not a latitude and longitude in degrees",
                  text(kLatitude),
                  text(kLongitude));
    }
    event.time = *time;
    event.latitude_deg = *latitude;
    event.longitude_deg = *longitude > 180.0 ? *longitude - 360.0 : *longitude;
    const Column depth = layout_.at[kDepthM] ? kDepthM : kDepthKm;
    const double unit = depth == kDepthM ? kMetresPerKm : 1.0;
    event.depth_km = number(text(depth), -kMaxDepthKm * unit, kMaxDepthKm * unit);
    event.magnitude = number(text(kMagnitude), -10.0, 12.0);
    if ((!event.depth_km && !text(depth).empty()) ||
        (!event.magnitude && !text(kMagnitude).empty())) {
      return fail(Errc::kConfig,
                  "depth '{}' or magnitude '{}' is not a number that can be one",
                  text(depth),
                  text(kMagnitude));
    }
    if (event.depth_km) {
      *event.depth_km /= unit;
    }
    event.magnitude_type = text(kMagnitudeType);
    event.id = text(kId);
    return event;
  }

 private:
  std::string text(Column column) const {
    const auto at = layout_.at[column];
    return at && *at < fields_.size() ? fields_[*at] : std::string{};
  }

  const Layout& layout_;
  const std::vector<std::string> fields_;
};

/// P of "P", "p", "Pg", "Pn", "Pb", "P1" and the like; PP, PKP and others are something else.
std::optional<Phase> phase_of(std::string_view hint) {
  if (hint.empty() || hint.size() > 2 ||
      (hint.size() == 2 && std::string_view("gnb*1").find(hint[1]) == std::string_view::npos)) {
    return std::nullopt;
  }
  switch (hint[0]) {
    case 'P':
    case 'p':
      return Phase::kP;
    case 'S':
    case 's':
      return Phase::kS;
    default:
      return std::nullopt;
  }
}

}  // namespace

ListedEvent listed(const ReviewedEvent& event) {
  ListedEvent result{event.public_id,
                     event.time,
                     event.latitude_deg,
                     event.longitude_deg,
                     event.depth_km,
                     std::nullopt,
                     ""};
  if (!event.magnitudes.empty()) {
    result.magnitude = event.magnitudes.front().value;
    result.magnitude_type = event.magnitudes.front().type;
  }
  for (const ReviewedArrival& arrival : event.arrivals) {
    if (const auto phase = phase_of(arrival.phase_hint)) {
      result.picks.push_back({arrival.channel.station_id().to_string(), *phase, arrival.time});
    }
  }
  return result;
}

Result<EventList> parse_event_table(std::string_view text, const std::string& name) {
  EventList list;
  std::optional<Layout> layout;
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);  // the byte order mark of spreadsheet programs
  }
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line_number > kMaxLines || line.size() > kMaxLineBytes) {
      return fail(Errc::kConfig,
                  "{}: line {}: more than {} lines, or one of more than {} bytes",
                  name,
                  line_number,
                  kMaxLines,
                  kMaxLineBytes);
    }
    if (trimmed(line).empty() || (layout && line.front() == '#')) {
      continue;
    }
    if (!layout) {
      const auto header = read_header(line, name);
      if (!header) {
        return tl::unexpected(header.error());
      }
      layout = *header;
    } else if (auto event = Row(line, *layout).read()) {
      list.events.push_back(*std::move(event));
    } else {
      list.faults.push_back(
          {event.error().code,
           fmt::format("{}: line {}: {}", name, line_number, event.error().what)});
    }
  }
  if (!layout) {
    return fail(Errc::kConfig, "{}: empty", name);
  }
  return list;
}

Result<EventList> read_event_list(const std::filesystem::path& path) {
  const auto text = read_text_file(path);
  if (!text) {
    return tl::unexpected(text.error());
  }
  const std::size_t first = text->find_first_not_of("\xEF\xBB\xBF \t\r\n");
  if (first == std::string::npos || (*text)[first] != '<') {
    return parse_event_table(*text, path.string());
  }
  auto content = parse_quakeml(*text, path.string());
  if (!content) {
    return tl::unexpected(content.error());
  }
  EventList list;
  list.faults = std::move(content->faults);
  for (const ReviewedEvent& event : content->events) {
    list.events.push_back(listed(event));
  }
  return list;
}

}  // namespace geod::catalog
