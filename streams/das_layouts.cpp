#include "streams/das_layouts.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/log.hpp"

namespace geod::streams {
namespace {

constexpr double kNsPerSecond = 1e9;
/// A rate is taken as the round number nearby when the recording is less than this many samples off
/// it over its length: it cannot tell them apart.
constexpr double kRoundRateSamples = 0.25;

/// Lower case, without blanks, brackets and the like: "(rad/s)/m" and "rad/(s·m)" stay apart.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') {
      out.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if (c > ' ' && c <= '~' && c != '_') {
      out.push_back(c);
    } else if (c < 0 && (out.empty() || out.back() != '*')) {
      out.push_back('*');  // one for a multiplication dot of several bytes
    }
  }
  return out;
}

Result<SampleRate> rate_of_span(double span_s, std::int64_t samples) {
  const double hz = static_cast<double>(samples) / span_s;
  const double round_hz = std::round(hz);
  if (round_hz >= 1.0 && std::abs(hz - round_hz) * span_s < kRoundRateSamples) {
    return SampleRate::make(static_cast<std::int64_t>(round_hz));
  }
  return rate_of_period(span_s / static_cast<double>(samples));
}

/// Nanoseconds in the unit of integer times: 1.6e9 is seconds, 1.6e18 nanoseconds.
std::int64_t ns_per_tick(std::int64_t time) {
  constexpr std::int64_t kThousand = 1000;
  std::int64_t factor = 1;
  for (std::int64_t least = 100'000'000'000'000'000; factor < 1'000'000'000 && time < least;
       least /= kThousand) {
    factor *= kThousand;
  }
  return factor;
}

}  // namespace

Time time_from_seconds(double seconds) {
  const double whole = std::floor(seconds);
  return Time{} + std::chrono::seconds{static_cast<std::int64_t>(whole)} +
         duration_from_seconds(seconds - whole);
}

Result<SampleRate> rate_of_period(double period_s) {
  if (!(period_s > 0.0) || !std::isfinite(period_s)) {
    return fail(Errc::kCorruptRecord, "a sample period of {} s", period_s);
  }
  const double hz = 1.0 / period_s;
  if (hz >= 1.0 && std::abs(hz - std::round(hz)) < 1e-6 * hz) {
    return SampleRate::make(static_cast<std::int64_t>(std::round(hz)));
  }
  const double period_ns = period_s * kNsPerSecond;
  if (period_ns < 1e15 && std::abs(period_ns - std::round(period_ns)) < 1e-3) {
    return SampleRate::make(static_cast<std::int64_t>(kNsPerSecond),
                            static_cast<std::int64_t>(std::round(period_ns)));
  }
  return SampleRate::from_hz(hz);
}

Result<DasTimes> times_from_ns(const std::string& what, const std::vector<std::int64_t>& times_ns) {
  std::size_t count = times_ns.size();
  while (count > 0 && times_ns[count - 1] <= 0) {
    --count;
  }
  if (count < 2) {
    return fail(Errc::kCorruptRecord, "{}: fewer than two times", what);
  }
  std::vector<std::int64_t> steps(count - 1);
  for (std::size_t i = 0; i + 1 < count; ++i) {
    steps[i] = times_ns[i + 1] - times_ns[i];
  }
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  const std::int64_t typical = *middle;
  if (typical <= 0) {
    return fail(Errc::kCorruptRecord, "{}: its times do not rise", what);
  }
  // Segments end where the time jumps by more than half a sample.
  DasTimes times;
  std::size_t first = 0;
  std::size_t longest = 0;
  double longest_span_s = 0.0;
  const auto close = [&](std::size_t end) {
    times.segments.push_back({time_from_ns(times_ns[first]),
                              static_cast<std::int64_t>(end - first),
                              static_cast<std::int64_t>(first),
                              -1});
    if (end - first > longest) {
      longest = end - first;
      longest_span_s = static_cast<double>(times_ns[end - 1] - times_ns[first]) / kNsPerSecond;
    }
    first = end;
  };
  for (std::size_t i = 1; i < count; ++i) {
    const std::int64_t step = times_ns[i] - times_ns[i - 1];
    if (std::abs(step - typical) > typical / 2) {
      close(i);
    }
  }
  close(count);
  const auto rate = longest > 1
                        ? rate_of_span(longest_span_s, static_cast<std::int64_t>(longest - 1))
                        : rate_of_period(static_cast<double>(typical) / kNsPerSecond);
  if (!rate) {
    return fail_with(rate.error(), what);
  }
  times.rate = *rate;
  return times;
}

Result<DasTimes> read_times(const Hdf5File& file, const std::string& dataset) {
  const std::string what = fmt::format("{}: {}", file.name(), dataset);
  const auto description = file.describe(dataset);
  if (!description) {
    return tl::unexpected(description.error());
  }
  std::vector<std::int64_t> times_ns;
  if (description->kind == Hdf5Dataset::Kind::kFloat) {
    const auto seconds = file.read_numbers(dataset);
    if (!seconds) {
      return tl::unexpected(seconds.error());
    }
    for (const double each : *seconds) {
      const bool is_time = std::isfinite(each) && each >= 0.0 && each < 9e9;
      times_ns.push_back(is_time ? to_ns(time_from_seconds(each)) : 0);
    }
  } else {
    auto ticks = file.read_integers(dataset);
    if (!ticks) {
      return tl::unexpected(std::move(ticks.error()));
    }
    times_ns = std::move(*ticks);
    const std::int64_t factor = times_ns.empty() ? 1 : ns_per_tick(times_ns.front());
    for (std::int64_t& each : times_ns) {
      each = each > 0 && each <= INT64_MAX / factor ? each * factor : 0;
    }
  }
  return times_from_ns(what, times_ns);
}

Result<DasSampleType> sample_type_of(const Hdf5File& file, const std::string& dataset) {
  const auto description = file.describe(dataset);
  if (!description) {
    return tl::unexpected(description.error());
  }
  const std::size_t bytes = description->bytes_per_value;
  switch (description->kind) {
    case Hdf5Dataset::Kind::kFloat:
      return bytes <= 4 ? DasSampleType::kFloat32 : DasSampleType::kFloat64;
    case Hdf5Dataset::Kind::kSigned:
      return bytes <= 2   ? DasSampleType::kInt16
             : bytes <= 4 ? DasSampleType::kInt32
                          : DasSampleType::kFloat64;
    case Hdf5Dataset::Kind::kUnsigned:
      return bytes <= 1   ? DasSampleType::kInt16
             : bytes <= 2 ? DasSampleType::kInt32
                          : DasSampleType::kFloat64;
    case Hdf5Dataset::Kind::kOther:
      break;
  }
  return fail(Errc::kUnsupported, "{}: {}: its values are no numbers", file.name(), dataset);
}

Result<void> take_shape(const Hdf5File& file, bool is_channel_major, DasArray& array) {
  const auto type = sample_type_of(file, array.dataset);
  if (!type) {
    return tl::unexpected(type.error());
  }
  const auto shape = file.shape(array.dataset);
  if (!shape) {
    return tl::unexpected(shape.error());
  }
  if (shape->size() != 2 || (*shape)[0] < 1 || (*shape)[1] < 1) {
    return fail(Errc::kCorruptRecord,
                "{}: {}: not an array of times and channels",
                file.name(),
                array.dataset);
  }
  array.geometry.type = *type;
  array.geometry.order = is_channel_major ? DasOrder::kChannelMajor : DasOrder::kTimeMajor;
  array.geometry.channels = (*shape)[is_channel_major ? 0 : 1];
  return {};
}

Result<std::int64_t> rows_of(const Hdf5File& file, const DasArray& array) {
  const auto shape = file.shape(array.dataset);
  if (!shape) {
    return tl::unexpected(shape.error());
  }
  return (*shape)[array.geometry.order == DasOrder::kChannelMajor ? 1 : 0];
}

std::optional<std::pair<DasUnit, double>> parse_das_unit(std::string_view text) {
  struct Word {
    std::string_view word;
    DasUnit unit;
    double scale;
  };
  static constexpr std::array kWords{
      Word{"count", DasUnit::kCount, 1.0},
      Word{"counts", DasUnit::kCount, 1.0},
      Word{"strain", DasUnit::kStrain, 1.0},
      Word{"m/m", DasUnit::kStrain, 1.0},
      Word{"nanostrain", DasUnit::kStrain, 1e-9},
      Word{"microstrain", DasUnit::kStrain, 1e-6},
      Word{"nm/m", DasUnit::kStrain, 1e-9},
      Word{"strain/s", DasUnit::kStrainRate, 1.0},
      Word{"strainrate", DasUnit::kStrainRate, 1.0},
      Word{"1/s", DasUnit::kStrainRate, 1.0},
      Word{"m/m/s", DasUnit::kStrainRate, 1.0},
      Word{"(m/m)/s", DasUnit::kStrainRate, 1.0},
      Word{"m/(s*m)", DasUnit::kStrainRate, 1.0},
      Word{"nanostrain/s", DasUnit::kStrainRate, 1e-9},
      Word{"nm/m/s", DasUnit::kStrainRate, 1e-9},
      Word{"microstrain/s", DasUnit::kStrainRate, 1e-6},
      Word{"m/s", DasUnit::kVelocity, 1.0},
      Word{"nm/s", DasUnit::kVelocity, 1e-9},
      Word{"rad", DasUnit::kPhase, 1.0},
      Word{"radian", DasUnit::kPhase, 1.0},
      Word{"radians", DasUnit::kPhase, 1.0},
      Word{"rad/s", DasUnit::kPhaseRate, 1.0},
      Word{"radians/s", DasUnit::kPhaseRate, 1.0},
      Word{"rad/m/s", DasUnit::kPhaseRatePerDistance, 1.0},
      Word{"rad/s/m", DasUnit::kPhaseRatePerDistance, 1.0},
      Word{"(rad/s)/m", DasUnit::kPhaseRatePerDistance, 1.0},
      Word{"rad/(s*m)", DasUnit::kPhaseRatePerDistance, 1.0},
      Word{"rad/(m*s)", DasUnit::kPhaseRatePerDistance, 1.0},
  };
  const std::string wanted = plain(text);
  const auto* const found = std::ranges::find(kWords, std::string_view(wanted), &Word::word);
  return found == kWords.end() ? std::nullopt : std::optional(std::pair(found->unit, found->scale));
}

void take_unit(const Hdf5File& file, const std::optional<std::string>& text, DasArray& array) {
  if (!text || text->empty() || *text == "NaN") {
    return;
  }
  if (const auto unit = parse_das_unit(*text)) {
    array.geometry.unit = unit->first;
    array.geometry.scale *= unit->second;
    return;
  }
  spdlog::warn(
      "file=\"{}\" unit=\"{}\" is not known: its samples are taken as counts", file.name(), *text);
}

void take_places(const Hdf5File& file,
                 const std::string& latitudes,
                 const std::string& longitudes,
                 const std::string& elevations,
                 DasArray& array) {
  if (!file.has(latitudes) || !file.has(longitudes)) {
    return;
  }
  const auto channels = static_cast<std::size_t>(array.geometry.channels);
  const auto latitude_deg = file.read_numbers(latitudes);
  const auto longitude_deg = file.read_numbers(longitudes);
  const auto elevation_m = file.has(elevations)
                               ? file.read_numbers(elevations)
                               : Result<std::vector<double>>(std::vector<double>(channels));
  if (!latitude_deg || !longitude_deg || !elevation_m || latitude_deg->size() != channels ||
      longitude_deg->size() != channels || elevation_m->size() != channels) {
    spdlog::warn("file=\"{}\" {} and {} are not the places of its {} channels, and not used",
                 file.name(),
                 latitudes,
                 longitudes,
                 channels);
    return;
  }
  for (std::size_t i = 0; i < channels; ++i) {
    array.places.push_back({array.geometry.channel_number(static_cast<std::int64_t>(i)),
                            (*latitude_deg)[i],
                            (*longitude_deg)[i],
                            (*elevation_m)[i]});
  }
}

}  // namespace geod::streams
