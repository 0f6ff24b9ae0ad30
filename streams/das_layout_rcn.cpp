// DAS-RCN metadata in HDF5, as the Geothermal Data Repository holds it: `DasRawData/RawData` and
// `DasTimeArray` (ns), what is known in the attributes below `DasMetadata`, mostly as texts. And
// the older minimal DAS-RCN file: `traces` (times, channels) with t0, dt, GL at the root.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "streams/das_layouts.hpp"

namespace geod::streams {
namespace {

const std::string kAcquisition = "DasMetadata/Interrogator/Acquisition";

bool is_minimal(const Hdf5File& file) {
  return file.has("traces") && file.attribute_number("", "t0").has_value() &&
         file.attribute_number("", "dt").has_value();
}

bool is_rcn(const Hdf5File& file) {
  return (file.has("DasRawData/RawData") && file.has("DasRawData/DasTimeArray")) ||
         is_minimal(file);
}

/// A number that may be written as a text; "NaN" is none.
double number(const Hdf5File& file, const std::string& name) {
  if (const auto value = file.attribute_number(kAcquisition, name)) {
    return std::isfinite(*value) ? *value : 0.0;
  }
  const std::string text = file.attribute_text(kAcquisition, name).value_or("");
  double value = 0.0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc{} && std::isfinite(value) ? std::max(value, 0.0) : 0.0;
}

Result<DasArray> describe_minimal(const Hdf5File& file) {
  DasArray array;
  array.format = "DAS-RCN";
  array.dataset = "traces";
  if (auto shaped = take_shape(file, false, array); !shaped) {
    return tl::unexpected(std::move(shaped.error()));
  }
  const double start_s = *file.attribute_number("", "t0");
  const auto rate = rate_of_period(*file.attribute_number("", "dt"));
  if (!rate || !(start_s >= 0.0 && start_s < 9e9)) {
    return fail(Errc::kCorruptRecord, "{}: t0 or dt is no time", file.name());
  }
  array.geometry.rate = *rate;
  array.geometry.gauge_length_m = std::max(file.attribute_number("", "GL").value_or(0.0), 0.0);
  take_unit(file, file.attribute_text("", "domain"), array);
  array.segments.push_back({time_from_seconds(start_s), *rows_of(file, array), 0, -1});
  return array;
}

Result<DasArray> describe_rcn(const Hdf5File& file, const DasFileOptions& options) {
  if (is_minimal(file)) {
    return describe_minimal(file);
  }
  DasArray array;
  array.format = "DAS-RCN";
  array.dataset = "DasRawData/RawData";
  const std::string words = file.attribute_text(array.dataset, "DasDimensions").value_or("");
  const bool is_channel_major = options.is_channel_major.value_or(words.starts_with("locus"));
  if (auto shaped = take_shape(file, is_channel_major, array); !shaped) {
    return tl::unexpected(std::move(shaped.error()));
  }
  auto times = read_times(file, "DasRawData/DasTimeArray");
  if (!times) {
    return tl::unexpected(std::move(times.error()));
  }
  if (times->segments.back().first_row + times->segments.back().samples > *rows_of(file, array)) {
    return fail(Errc::kCorruptRecord, "{}: more times than samples", file.name());
  }
  array.geometry.rate = times->rate;
  array.segments = std::move(times->segments);
  array.geometry.channel_spacing_m = number(file, "SpatialSamplingInterval");
  array.geometry.gauge_length_m = number(file, "GaugeLength");
  take_unit(file, file.attribute_text(kAcquisition, "UnitOfMeasure"), array);
  return array;
}

}  // namespace

const DasLayout kDasRcnLayout{"DAS-RCN", is_rcn, describe_rcn};

}  // namespace geod::streams
