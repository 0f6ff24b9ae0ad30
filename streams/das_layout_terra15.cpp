// Terra15 Treble, file versions 4 to 6: attributes at the root, `<data_product>/data` (times,
// channels), times in seconds beside it. Rows that were never written have the time 0.
#include <algorithm>
#include <cmath>

#include "streams/das_layouts.hpp"

namespace geod::streams {
namespace {

bool is_terra15(const Hdf5File& file) {
  return file.attribute_number("", "sensing_range_start").has_value() &&
         file.attribute_text("", "data_product").has_value();
}

/// Version 4 names the group after the product, later ones not.
std::string group_of(const Hdf5File& file) {
  const std::string named = file.attribute_text("", "data_product").value_or("");
  return file.has("data_product/data") ? "data_product" : named;
}

Result<DasArray> describe_terra15(const Hdf5File& file, const DasFileOptions& /*options*/) {
  DasArray array;
  array.format = "Terra15";
  const std::string group = group_of(file);
  array.dataset = group + "/data";
  if (auto shaped = take_shape(file, false, array); !shaped) {
    return tl::unexpected(std::move(shaped.error()));
  }
  const std::string gps = group + "/gps_time";
  auto times = read_times(file, file.has(gps) ? gps : group + "/posix_time");
  if (!times) {
    return tl::unexpected(std::move(times.error()));
  }
  const std::int64_t rows = *rows_of(file, array);
  const DasFileSegment& last = times->segments.back();
  if (last.first_row + last.samples > rows) {
    return fail(Errc::kCorruptRecord, "{}: more times than samples", file.name());
  }
  FibreGeometry& geometry = array.geometry;
  geometry.rate = times->rate;
  array.segments = std::move(times->segments);
  geometry.channel_spacing_m = std::max(file.attribute_number("", "dx").value_or(0.0), 0.0);
  geometry.gauge_length_m = std::max(file.attribute_number("", "gauge_length").value_or(0.0), 0.0);
  const double begin_m = file.attribute_number("", "sensing_range_start").value_or(0.0);
  if (geometry.channel_spacing_m > 0.0 && begin_m > 0.0 && begin_m < 1e6) {
    geometry.first_channel = std::llround(begin_m / geometry.channel_spacing_m);
  }
  take_unit(file, file.attribute_text("", "data_product_units"), array);
  return array;
}

}  // namespace

const DasLayout kTerra15Layout{"Terra15", is_terra15, describe_terra15};

}  // namespace geod::streams
