// Febus A1: <device>/Source1/Zone1/<name> (blocks, times, channels). Blocks overlap one another;
// `Source1/time` stamps each, by `Origin` ms before which its first sample lies, or else at its
// middle. `Spacing` is in m and ms, `BlockRate` (older: `FreqRes`) in mHz.
#include <algorithm>
#include <cmath>

#include "streams/das_layouts.hpp"

namespace geod::streams {
namespace {

constexpr double kMilli = 1e-3;

/// <device>/Source1, or empty.
std::string source_of(const Hdf5File& file) {
  for (const std::string& device : file.children("")) {
    const std::string source = device + "/Source1";
    if (file.is_group(source + "/Zone1") && file.has(source + "/time")) {
      return source;
    }
  }
  return {};
}

bool is_febus(const Hdf5File& file) {
  return !source_of(file).empty();
}

/// The part of each block that no neighbour repeats.
struct BlockPart {
  std::int64_t first = 0;
  std::int64_t rows = 0;
};

BlockPart trimmed(std::int64_t rows, double block_s, double period_s) {
  const auto kept = std::clamp<std::int64_t>(std::llround(block_s / period_s), 1, rows);
  return {(rows - kept) / 2, kept};
}

/// From one block to the next: as stated, else the median of the stamps.
Result<double> block_spacing_s(const Hdf5File& file,
                               const std::string& zone,
                               const std::vector<double>& stamps) {
  for (const char* const name : {"BlockRate", "FreqRes"}) {
    const auto rate_mhz = file.attribute_number(zone, name);
    if (rate_mhz && *rate_mhz > 0.0) {
      return 1.0 / (*rate_mhz * kMilli);
    }
  }
  std::vector<double> steps;
  for (std::size_t i = 1; i < stamps.size(); ++i) {
    steps.push_back(stamps[i] - stamps[i - 1]);
  }
  if (steps.empty()) {
    return fail(Errc::kCorruptRecord,
                "{}: {}: neither BlockRate nor a second block tells the length of a block",
                file.name(),
                zone);
  }
  std::ranges::nth_element(steps, steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2));
  return steps[steps.size() / 2];
}

Result<void> take_zone(const Hdf5File& file, const std::string& zone, DasArray& array) {
  const auto names = file.children(zone);
  if (names.size() != 1) {
    return fail(Errc::kCorruptRecord, "{}: {}: not one array of samples", file.name(), zone);
  }
  array.dataset = zone + "/" + names.front();
  const auto type = sample_type_of(file, array.dataset);
  const auto shape = file.shape(array.dataset);
  const std::vector<double> spacing = file.attribute_numbers(zone, "Spacing");
  if (!type || !shape || shape->size() != 3 || spacing.size() < 2 || !(spacing[1] > 0.0)) {
    return fail(Errc::kCorruptRecord,
                "{}: {}: not an array of blocks, times and channels with its Spacing",
                file.name(),
                array.dataset);
  }
  const auto rate = rate_of_period(spacing[1] * kMilli);
  if (!rate) {
    return fail_with(rate.error(), file.name());
  }
  FibreGeometry& geometry = array.geometry;
  geometry.type = *type;
  geometry.channels = (*shape)[2];
  geometry.rate = *rate;
  geometry.channel_spacing_m = std::max(spacing[0], 0.0);
  geometry.gauge_length_m = file.attribute_number(zone, "GaugeLength").value_or(0.0);
  const std::vector<double> extent = file.attribute_numbers(zone, "Extent");
  geometry.first_channel =
      !extent.empty() && extent[0] > 0.0 && extent[0] < 1e9 ? std::llround(extent[0]) : 0;
  if (names.front().starts_with("StrainRate")) {
    take_unit(file, "nanostrain/s", array);
  } else if (names.front().starts_with("Strain")) {
    take_unit(file, "nanostrain", array);
  }
  return {};
}

Result<DasArray> describe_febus(const Hdf5File& file, const DasFileOptions& /*options*/) {
  const std::string source = source_of(file);
  const std::string zone = source + "/Zone1";
  DasArray array;
  array.format = "Febus";
  if (auto taken = take_zone(file, zone, array); !taken) {
    return tl::unexpected(std::move(taken.error()));
  }
  const auto stamps = file.read_numbers(source + "/time");
  const std::vector<std::int64_t> shape = *file.shape(array.dataset);
  if (!stamps || static_cast<std::int64_t>(stamps->size()) < shape[0]) {
    return fail(Errc::kCorruptRecord, "{}: {}/time lacks a time a block", file.name(), source);
  }
  const auto block_s = block_spacing_s(file, zone, *stamps);
  if (!block_s) {
    return tl::unexpected(block_s.error());
  }
  const double period_s = file.attribute_numbers(zone, "Spacing")[1] * kMilli;
  const BlockPart part = trimmed(shape[1], *block_s, period_s);
  const std::vector<double> origin = file.attribute_numbers(zone, "Origin");
  const bool says_origin = origin.size() > 1 && origin[1] < 0.0;
  const double first_s =
      says_origin ? origin[1] * kMilli : -static_cast<double>(shape[1] / 2) * period_s;
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    const double stamp = (*stamps)[static_cast<std::size_t>(i)];
    const double start_s = stamp + first_s + static_cast<double>(part.first) * period_s;
    if (!(start_s >= 0.0 && start_s < 9e9)) {
      return fail(Errc::kCorruptRecord, "{}: block {} has the time {}", file.name(), i, stamp);
    }
    array.segments.push_back({time_from_seconds(start_s), part.rows, part.first, i});
  }
  return array;
}

}  // namespace

const DasLayout kFebusLayout{"Febus", is_febus, describe_febus};

}  // namespace geod::streams
