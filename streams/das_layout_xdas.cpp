// xdas NetCDF-4: one 2-D variable whose `coordinate_interpolation` names, for each dimension, two
// variables of tie points: indices and values. Times are integers with CF `units`.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <sstream>

#include "streams/das_layouts.hpp"

namespace geod::streams {
namespace {

const std::string kMapping = "coordinate_interpolation";

/// The variable with interpolated coordinates, or empty.
std::string variable_of(const Hdf5File& file) {
  for (const std::string& name : file.children("")) {
    if (!file.is_group(name) && file.attribute_text(name, kMapping)) {
      return name;
    }
  }
  return {};
}

bool is_xdas(const Hdf5File& file) {
  return file.attribute_text("", "Conventions").value_or("").starts_with("CF") &&
         !variable_of(file).empty();
}

struct TiePoints {
  std::string indices;  ///< names of variables, as the next
  std::string values;
};

/// "time: time_indices time_values distance: distance_indices distance_values".
std::map<std::string, TiePoints> tie_points_of(const std::string& mapping) {
  std::istringstream words(mapping);
  std::map<std::string, TiePoints> all;
  std::string dimension;
  TiePoints points;
  while (words >> dimension >> points.indices >> points.values) {
    if (dimension.ends_with(':')) {
      dimension.pop_back();
    }
    all[dimension] = points;
  }
  return all;
}

/// CF: "nanoseconds since 1970-01-01", "microseconds since 2023-06-01T10:00:00".
struct CfUnits {
  std::int64_t ns_per_tick = 1;
  Time origin;
};

Result<CfUnits> cf_units(const std::string& text) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> kTicks{
      {{"nanoseconds", 1},
       {"microseconds", 1'000},
       {"milliseconds", 1'000'000},
       {"seconds", 1'000'000'000},
       {"minutes", 60'000'000'000},
       {"hours", 3'600'000'000'000}}};
  const std::size_t since = text.find(" since ");
  if (since == std::string::npos) {
    return fail(Errc::kCorruptRecord, "\"{}\" are no units of time", text);
  }
  const std::string_view word = std::string_view(text).substr(0, since);
  const auto* const tick =
      std::ranges::find(kTicks, word, &std::pair<std::string_view, std::int64_t>::first);
  const auto origin = parse_iso(text.substr(since + 7));
  if (tick == kTicks.end() || !origin) {
    return fail(Errc::kCorruptRecord, "\"{}\" are no units of time", text);
  }
  return CfUnits{tick->second, *origin};
}

/// Times of the tie points.
Result<std::vector<Time>> tie_times(const Hdf5File& file, const std::string& variable) {
  const auto units = cf_units(file.attribute_text(variable, "units").value_or(""));
  const auto ticks = file.read_integers(variable);
  if (!units || !ticks) {
    return fail_with(units ? ticks.error() : units.error(),
                     fmt::format("{}: {}", file.name(), variable));
  }
  std::vector<Time> times;
  for (const std::int64_t each : *ticks) {
    if (std::abs(each) > 8'000'000'000'000'000'000 / units->ns_per_tick) {
      return fail(Errc::kCorruptRecord, "{}: {}: absurd time", file.name(), variable);
    }
    times.push_back(units->origin + Duration{each * units->ns_per_tick});
  }
  return times;
}

/// Tie points one index apart are a border: the first ends a segment, the second begins one.
Result<DasTimes> times_of_ties(const Hdf5File& file, const TiePoints& points, std::int64_t rows) {
  const auto indices = file.read_integers(points.indices);
  const auto times = tie_times(file, points.values);
  if (!indices || !times) {
    return tl::unexpected(indices ? times.error() : indices.error());
  }
  const auto bad = [&] {
    return fail(Errc::kCorruptRecord,
                "{}: {} and {} are no tie points of {} times",
                file.name(),
                points.indices,
                points.values,
                rows);
  };
  if (indices->size() < 2 || indices->size() != times->size() || indices->front() != 0 ||
      indices->back() != rows - 1) {
    return bad();
  }
  DasTimes found;
  std::int64_t longest = 0;
  for (std::size_t i = 0; i + 1 < indices->size(); ++i) {
    const std::int64_t samples = (*indices)[i + 1] - (*indices)[i];
    const Duration span = (*times)[i + 1] - (*times)[i];
    if (samples < 1) {
      return bad();
    }
    if (samples > longest && span > Duration::zero()) {
      const auto rate = rate_of_period(to_seconds(span) / static_cast<double>(samples));
      if (!rate) {
        return bad();
      }
      longest = samples;
      found.rate = *rate;
    }
  }
  std::size_t first = 0;
  for (std::size_t i = 1; i <= indices->size(); ++i) {
    if (i == indices->size() || (*indices)[i] - (*indices)[i - 1] == 1) {
      found.segments.push_back(
          {(*times)[first], (*indices)[i - 1] - (*indices)[first] + 1, (*indices)[first], -1});
      first = i;
    }
  }
  return longest > 0 ? Result<DasTimes>(found) : bad();
}

double spacing_of_ties(const Hdf5File& file, const TiePoints& points) {
  const auto indices = file.read_numbers(points.indices);
  const auto values = file.read_numbers(points.values);
  if (!indices || !values || indices->size() < 2 || indices->size() != values->size()) {
    return 0.0;
  }
  const double spacing = (values->back() - values->front()) / (indices->back() - indices->front());
  return std::isfinite(spacing) ? std::max(spacing, 0.0) : 0.0;
}

Result<DasArray> describe_xdas(const Hdf5File& file, const DasFileOptions& /*options*/) {
  DasArray array;
  array.format = "xdas";
  array.dataset = variable_of(file);
  const std::string mapping = *file.attribute_text(array.dataset, kMapping);
  const auto ties = tie_points_of(mapping);
  if (!ties.contains("time") || !ties.contains("distance")) {
    return fail(Errc::kUnsupported,
                "{}: {}: its dimensions are not time and distance",
                file.name(),
                array.dataset);
  }
  // NetCDF keeps the names of the dimensions as references; the tie points tell which is which.
  const auto shape = file.shape(array.dataset);
  const auto last_time = file.read_integers(ties.at("time").indices);
  if (!shape || shape->size() != 2 || !last_time || last_time->empty()) {
    return fail(Errc::kCorruptRecord, "{}: {}: not an array", file.name(), array.dataset);
  }
  const bool is_time_first =
      (*shape)[0] == last_time->back() + 1 &&
      ((*shape)[0] != (*shape)[1] || mapping.find("time:") < mapping.find("distance:"));
  if (auto shaped = take_shape(file, !is_time_first, array); !shaped) {
    return tl::unexpected(std::move(shaped.error()));
  }
  auto times = times_of_ties(file, ties.at("time"), *rows_of(file, array));
  if (!times) {
    return tl::unexpected(std::move(times.error()));
  }
  array.geometry.rate = times->rate;
  array.segments = std::move(times->segments);
  array.geometry.channel_spacing_m = spacing_of_ties(file, ties.at("distance"));
  take_unit(file, file.attribute_text(array.dataset, "units"), array);
  return array;
}

}  // namespace

const DasLayout kXdasLayout{"xdas", is_xdas, describe_xdas};

}  // namespace geod::streams
