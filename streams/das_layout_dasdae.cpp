// DASDAE (DASCore, PyTables): `waveforms/<patch>` with `data`, `_coord_time` (ns) and
// `_coord_distance` (m), `_dims` telling their order, and where the channels are in
// `_coord_latitude`, `_coord_longitude`, `_coord_elevation` (m) if it is known. The first patch is
// read; several are refused.
#include <algorithm>
#include <cmath>

#include "streams/das_layouts.hpp"

namespace geod::streams {
namespace {

bool is_dasdae(const Hdf5File& file) {
  return file.attribute_text("", "__format__") == "DASDAE" && file.is_group("waveforms");
}

/// Mean step of an evenly spaced coordinate; 0 when it has none.
double spacing_of(const Hdf5File& file, const std::string& dataset) {
  const auto distances = file.read_numbers(dataset);
  if (!distances || distances->size() < 2) {
    return 0.0;
  }
  const double spacing =
      (distances->back() - distances->front()) / static_cast<double>(distances->size() - 1);
  return std::isfinite(spacing) ? std::max(spacing, 0.0) : 0.0;
}

Result<DasArray> describe_dasdae(const Hdf5File& file, const DasFileOptions& options) {
  const auto patches = file.children("waveforms");
  if (patches.size() != 1) {
    return fail(Errc::kUnsupported,
                "{}: {} patches in one file; write one a file, or name one with --dataset",
                file.name(),
                patches.size());
  }
  const std::string patch = "waveforms/" + patches.front();
  DasArray array;
  array.format = "DASDAE";
  array.dataset = patch + "/data";
  const std::string dims = file.attribute_text(patch, "_dims").value_or("time,distance");
  const bool is_channel_major = options.is_channel_major.value_or(dims == "distance,time");
  if (auto shaped = take_shape(file, is_channel_major, array); !shaped) {
    return tl::unexpected(std::move(shaped.error()));
  }
  auto times = read_times(file, patch + "/_coord_time");
  if (!times) {
    return tl::unexpected(std::move(times.error()));
  }
  if (times->segments.back().first_row + times->segments.back().samples > *rows_of(file, array)) {
    return fail(Errc::kCorruptRecord, "{}: more times than samples", file.name());
  }
  FibreGeometry& geometry = array.geometry;
  geometry.rate = times->rate;
  array.segments = std::move(times->segments);
  geometry.channel_spacing_m = spacing_of(file, patch + "/_coord_distance");
  const double gauge_m = file.attribute_number(patch, "_attrs_gauge_length").value_or(0.0);
  geometry.gauge_length_m = std::isfinite(gauge_m) ? std::max(gauge_m, 0.0) : 0.0;
  take_unit(file, file.attribute_text(patch, "_attrs_data_units"), array);
  take_places(file,
              patch + "/_coord_latitude",
              patch + "/_coord_longitude",
              patch + "/_coord_elevation",
              array);
  return array;
}

}  // namespace

const DasLayout kDasdaeLayout{"DASDAE", is_dasdae, describe_dasdae};

}  // namespace geod::streams
