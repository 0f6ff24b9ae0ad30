// PRODML 2 (Silixa iDAS, OptaSense, Sintela and others): `Acquisition` with attributes,
// `Acquisition/Raw[0]/RawData` and `RawDataTime` in microseconds.
#include <algorithm>
#include <cmath>

#include "streams/das_layouts.hpp"

namespace geod::streams {
namespace {

const std::string kAcquisition = "Acquisition";
const std::string kRaw = "Acquisition/Raw[0]";

bool is_prodml(const Hdf5File& file) {
  return file.has(kRaw + "/RawData");
}

/// Of the raw data, or else of the acquisition.
std::optional<double> number(const Hdf5File& file, const std::string& name) {
  const auto of_raw = file.attribute_number(kRaw, name);
  return of_raw ? of_raw : file.attribute_number(kAcquisition, name);
}

/// "locus,time" of the array's own attribute; (times, channels) when it says nothing.
bool is_locus_first(const Hdf5File& file) {
  const std::string words = file.attribute_text(kRaw + "/RawData", "Dimensions").value_or("");
  return words.starts_with("locus");
}

/// The stated start time and rate go before the array of times, which is not always in
/// microseconds.
Result<DasTimes> stated_times(const Hdf5File& file, std::int64_t rows) {
  const std::string holder = file.has(kRaw + "/RawDataTime") ? kRaw + "/RawDataTime" : kRaw;
  std::string text =
      file.attribute_text(holder, "PartStartTime")
          .value_or(
              file.attribute_text(kRaw + "/RawData", "PartStartTime")
                  .value_or(
                      file.attribute_text(kAcquisition, "MeasurementStartTime").value_or("")));
  if (text.ends_with("+00:00")) {
    text.resize(text.size() - 6);
  }
  const auto start = parse_iso(text);
  const auto rate_hz = number(file, "OutputDataRate");
  if (!start || !rate_hz || !(*rate_hz > 0.0)) {
    return fail(Errc::kCorruptRecord,
                "{}: {} says neither times nor a start time with OutputDataRate",
                file.name(),
                kRaw);
  }
  const auto rate = rate_of_period(1.0 / *rate_hz);
  if (!rate) {
    return fail_with(rate.error(), file.name());
  }
  return DasTimes{*rate, {{*start, rows, 0, -1}}};
}

Result<DasArray> describe_prodml(const Hdf5File& file, const DasFileOptions& options) {
  DasArray array;
  array.format = "PRODML";
  array.dataset = kRaw + "/RawData";
  const bool is_channel_major = options.is_channel_major.value_or(is_locus_first(file));
  if (auto shaped = take_shape(file, is_channel_major, array); !shaped) {
    return tl::unexpected(std::move(shaped.error()));
  }
  const std::int64_t rows = *rows_of(file, array);
  const std::string clock = kRaw + "/RawDataTime";
  auto times = file.has(clock) ? read_times(file, clock) : stated_times(file, rows);
  if (!times) {
    times = stated_times(file, rows);
  }
  if (!times) {
    return tl::unexpected(std::move(times.error()));
  }
  if (times->segments.back().first_row + times->segments.back().samples > rows) {
    return fail(Errc::kCorruptRecord, "{}: more times than samples", file.name());
  }
  FibreGeometry& geometry = array.geometry;
  geometry.rate = times->rate;
  array.segments = std::move(times->segments);
  geometry.channel_spacing_m = std::max(number(file, "SpatialSamplingInterval").value_or(0.0), 0.0);
  geometry.gauge_length_m = std::max(number(file, "GaugeLength").value_or(0.0), 0.0);
  const double first = number(file, "StartLocusIndex").value_or(0.0);
  geometry.first_channel = first > 0.0 && first < 1e9 ? std::llround(first) : 0;
  take_unit(file, file.attribute_text(kRaw, "RawDataUnit"), array);
  return array;
}

}  // namespace

const DasLayout kProdmlLayout{"PRODML", is_prodml, describe_prodml};

}  // namespace geod::streams
