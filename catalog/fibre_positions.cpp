#include "catalog/fibre_positions.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <utility>

#include "catalog/surface_point.hpp"

namespace geod::catalog {
namespace {

constexpr std::size_t kMaxLines = 200'000;
constexpr std::uintmax_t kMaxBytes = 64ULL << 20U;
constexpr std::size_t kMaxSpaced = 10'000;
/// More than any cable has, so that differences of channels are small numbers too.
constexpr std::int64_t kMaxChannel = 1'000'000'000;
constexpr std::size_t kColumns = 4;
constexpr std::string_view kHeader = "channel,latitude,longitude,elevation_m";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos
             ? std::string_view{}
             : text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

template <class Number>
bool read_number(std::string_view text, Number& value) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc{} && end == text.data() + text.size();
}

Result<FibrePoint> point_of(std::string_view line) {
  std::array<std::string_view, kColumns> fields;
  for (std::size_t i = 0; i < kColumns; ++i) {
    const std::size_t comma = line.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == kColumns)) {
      return fail(Errc::kConfig, "expected {} fields: {}", kColumns, kHeader);
    }
    fields[i] = trimmed(line.substr(0, comma));
    line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
  }
  FibrePoint point;
  const bool is_read = read_number(fields[0], point.channel) &&
                       read_number(fields[1], point.position.latitude_deg) &&
                       read_number(fields[2], point.position.longitude_deg) &&
                       (fields[3].empty() || read_number(fields[3], point.position.elevation_m));
  if (!is_read) {
    return fail(Errc::kConfig, "a field is not a number; expected {}", kHeader);
  }
  return point;
}

double between(double from, double to, double part) {
  return from + part * (to - from);
}

Position between(const Position& from, const Position& to, double part) {
  // The short way round, also across the 180th meridian.
  const double east_deg = std::remainder(to.longitude_deg - from.longitude_deg, 360.0);
  return {between(from.latitude_deg, to.latitude_deg, part),
          std::remainder(from.longitude_deg + part * east_deg, 360.0),
          between(from.elevation_m, to.elevation_m, part),
          between(from.depth_m, to.depth_m, part)};
}

double distance_m(const Position& from, const Position& to) {
  const double flat_m = 1e3 * way_between(surface_point(from.latitude_deg, from.longitude_deg),
                                          surface_point(to.latitude_deg, to.longitude_deg))
                                  .distance_km;
  return std::hypot(flat_m, to.elevation_m - from.elevation_m);
}

}  // namespace

Result<FibrePositions> FibrePositions::make(std::vector<FibrePoint> points) {
  if (points.size() < 2) {
    return fail(Errc::kConfig, "{} places do not make a line; give two or more", points.size());
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].channel < 0 || points[i].channel > kMaxChannel) {
      return fail(Errc::kConfig,
                  "channel {} is none: they are counted from 0 and at most {}",
                  points[i].channel,
                  kMaxChannel);
    }
    if (i > 0 && points[i].channel <= points[i - 1].channel) {
      return fail(Errc::kConfig,
                  "channel {} comes after {}; put them in order, each once",
                  points[i].channel,
                  points[i - 1].channel);
    }
    if (auto good = check_position(points[i].position); !good) {
      return fail(good.error().code, "channel {}: {}", points[i].channel, good.error().what);
    }
  }
  FibrePositions positions;
  positions.points_ = std::move(points);
  return positions;
}

std::optional<Position> FibrePositions::at(std::int64_t channel) const {
  const auto after = std::lower_bound(
      points_.begin(), points_.end(), channel, [](const FibrePoint& point, std::int64_t value) {
        return point.channel < value;
      });
  if (after == points_.end() || (after == points_.begin() && after->channel != channel)) {
    return std::nullopt;
  }
  if (after->channel == channel) {
    return after->position;
  }
  const FibrePoint& before = *std::prev(after);
  const double part = static_cast<double>(channel - before.channel) /
                      static_cast<double>(after->channel - before.channel);
  return between(before.position, after->position, part);
}

std::vector<FibrePoint> FibrePositions::spaced(double spacing_m) const {
  std::vector<FibrePoint> taken{points_.front()};
  double walked_m = 0.0;
  for (std::size_t i = 1; i < points_.size(); ++i) {
    const FibrePoint& from = points_[i - 1];
    const FibrePoint& to = points_[i];
    const double length_m = distance_m(from.position, to.position);
    const std::int64_t channels = to.channel - from.channel;
    for (double next_m = spacing_m - walked_m; next_m < length_m && taken.size() < kMaxSpaced;
         next_m += spacing_m) {
      const auto channel = from.channel + static_cast<std::int64_t>(next_m / length_m *
                                                                    static_cast<double>(channels));
      if (channel > taken.back().channel) {
        taken.push_back({channel, *at(channel)});
      }
    }
    walked_m = std::fmod(walked_m + length_m, spacing_m);
  }
  if (taken.back().channel < points_.back().channel) {
    taken.push_back(points_.back());
  }
  return taken;
}

Result<FibrePositions> parse_fibre_positions(std::string_view csv, const std::string& name) {
  std::vector<FibrePoint> points;
  bool has_header = false;
  std::size_t line_number = 0;
  while (!csv.empty()) {
    const std::size_t end = csv.find('\n');
    const std::string_view line = trimmed(csv.substr(0, end));
    csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
    if (++line_number > kMaxLines) {
      return fail(Errc::kConfig, "{}: more than {} lines", name, kMaxLines);
    }
    if (line.empty() || line.front() == '#') {
      continue;
    }
    if (!has_header) {
      if (line != kHeader) {
        return fail(Errc::kConfig, "{}:{}: expected the header {}", name, line_number, kHeader);
      }
      has_header = true;
      continue;
    }
    const auto point = point_of(line);
    if (!point) {
      return fail(Errc::kConfig, "{}:{}: {}", name, line_number, point.error().what);
    }
    points.push_back(*point);
  }
  auto positions = FibrePositions::make(std::move(points));
  if (!positions) {
    return fail(Errc::kConfig, "{}: {}", name, positions.error().what);
  }
  return positions;
}

Result<FibrePositions> read_fibre_positions(const std::filesystem::path& path) {
  std::error_code fault;
  const std::uintmax_t bytes = std::filesystem::file_size(path, fault);
  if (fault) {
    return fail(Errc::kNotFound, "{}: {}", path.string(), fault.message());
  }
  if (bytes > kMaxBytes) {
    return fail(Errc::kConfig, "{}: {} bytes are not a line of places", path.string(), bytes);
  }
  std::string text(bytes, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(text.data(), static_cast<std::streamsize>(bytes))) {
    return fail(Errc::kIo, "{}: cannot be read", path.string());
  }
  return parse_fibre_positions(text, path.string());
}

}  // namespace geod::catalog
