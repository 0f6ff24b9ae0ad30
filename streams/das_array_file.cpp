#include "streams/das_array_file.hpp"

#include <algorithm>
#include <vector>

#include <hdf5.h>

#include "streams/hdf5_handle.hpp"

namespace geod::streams {
namespace {

/// Writes one data set whole, in compressed chunks. False when the library refuses.
bool write_set(const Hdf5Object& file,
               const char* name,
               hid_t type,
               std::span<const hsize_t> shape,
               const void* values) {
  constexpr hsize_t kChunkRows = 512;
  constexpr unsigned kDeflate = 4;
  std::vector<hsize_t> chunk(shape.begin(), shape.end());
  chunk[0] = std::min(chunk[0], kChunkRows);
  const auto dimensions = static_cast<int>(shape.size());
  const Hdf5Object space(H5Screate_simple(dimensions, shape.data(), nullptr), H5Sclose);
  const Hdf5Object plan(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  if (!space || !plan || H5Pset_chunk(plan.id(), dimensions, chunk.data()) < 0 ||
      H5Pset_shuffle(plan.id()) < 0 || H5Pset_deflate(plan.id(), kDeflate) < 0) {
    return false;
  }
  const Hdf5Object set(
      H5Dcreate2(file.id(), name, type, space.id(), H5P_DEFAULT, plan.id(), H5P_DEFAULT), H5Dclose);
  return set && H5Dwrite(set.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
}

}  // namespace

Result<void> write_das_array(const std::filesystem::path& path,
                             const FibreGeometry& geometry,
                             Time start,
                             std::span<const float> samples) {
  const auto channels = static_cast<std::size_t>(geometry.channels);
  GEOD_CHECK(channels > 0 && !samples.empty() && samples.size() % channels == 0,
             "samples of all channels");
  const std::size_t rows = samples.size() / channels;
  std::vector<std::int64_t> times_ns;
  for (std::size_t row = 0; row < rows; ++row) {
    times_ns.push_back(to_ns(start + geometry.rate.span_of(static_cast<std::int64_t>(row))));
  }
  std::vector<double> distances_m;
  for (std::int64_t index = 0; index < geometry.channels; ++index) {
    distances_m.push_back(static_cast<double>(geometry.channel_number(index)) *
                          geometry.channel_spacing_m);
  }
  const Hdf5Lock lock;
  const Hdf5Object file(H5Fcreate(path.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  if (!file) {
    return fail(Errc::kIo, "{}: cannot be made; is it there already?", path.string());
  }
  const hsize_t shape[] = {rows, channels};
  const bool written =
      write_set(file, "data", H5T_NATIVE_FLOAT, shape, samples.data()) &&
      write_set(file, "time", H5T_NATIVE_INT64, std::span(shape).first(1), times_ns.data()) &&
      write_set(
          file, "distance", H5T_NATIVE_DOUBLE, std::span(shape).last(1), distances_m.data()) &&
      H5Fflush(file.id(), H5F_SCOPE_GLOBAL) >= 0;
  if (!written) {
    return fail(Errc::kIo, "{}: cannot be written; is the disk full?", path.string());
  }
  return {};
}

}  // namespace geod::streams
