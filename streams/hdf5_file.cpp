#include "streams/hdf5_file.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <type_traits>
#include <utility>

#include <fmt/ranges.h>
#include <hdf5.h>

#include "streams/hdf5_handle.hpp"

namespace geod::streams {
namespace {

/// Larger blocks are not traces; a damaged header asks for such.
constexpr std::int64_t kMaxValues = 64LL << 20;
constexpr std::size_t kMaxDimensions = 4;
constexpr std::size_t kMaxTextBytes = 4096;

/// A chunk is unpacked whole, whatever part of it is read.
constexpr std::size_t kMaxChunkBytes = 256U << 20;

std::mutex& library_mutex() {
  static std::mutex mutex;
  return mutex;
}

std::vector<std::int64_t> extents(const Hdf5Object& space) {
  const int dimensions = H5Sget_simple_extent_ndims(space.id());
  if (dimensions < 0 || static_cast<std::size_t>(dimensions) > kMaxDimensions) {
    return {};
  }
  std::array<hsize_t, kMaxDimensions> sizes{};
  H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr);
  return {sizes.begin(), sizes.begin() + dimensions};
}

hid_t memory_type(DasSampleType type) {
  switch (type) {
    case DasSampleType::kInt16:
      return H5T_NATIVE_INT16;
    case DasSampleType::kInt32:
      return H5T_NATIVE_INT32;
    case DasSampleType::kFloat32:
      return H5T_NATIVE_FLOAT;
    case DasSampleType::kFloat64:
      break;
  }
  return H5T_NATIVE_DOUBLE;
}

std::size_t chunk_bytes(const Hdf5Object& set) {
  const Hdf5Object plan(H5Dget_create_plist(set.id()), H5Pclose);
  if (H5Pget_layout(plan.id()) != H5D_CHUNKED) {
    return 0;
  }
  std::array<hsize_t, kMaxDimensions> chunk{};
  const int dimensions = H5Pget_chunk(plan.id(), static_cast<int>(chunk.size()), chunk.data());
  const Hdf5Object type(H5Dget_type(set.id()), H5Tclose);
  std::size_t bytes = std::max<std::size_t>(H5Tget_size(type.id()), 1);
  for (int d = 0; d < std::min<int>(dimensions, static_cast<int>(chunk.size())); ++d) {
    const std::size_t each = std::max<std::size_t>(chunk[static_cast<std::size_t>(d)], 1);
    bytes = each > kMaxChunkBytes / bytes ? kMaxChunkBytes + 1 : bytes * each;
  }
  return bytes;
}

}  // namespace

Hdf5Lock::Hdf5Lock() : lock_(library_mutex()) {
  static_assert(std::is_same_v<hid_t, Hdf5Id>);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Hdf5File::Handle::~Handle() {
  const Hdf5Lock lock;
  H5Fclose(id_);
}

const std::string& Hdf5File::name() const {
  return file_->name();
}

Result<Hdf5File> Hdf5File::open(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return fail(Errc::kNotFound, "{}: no such file", path.string());
  }
  const Hdf5Lock lock;
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (id < 0) {
    return fail(Errc::kCorruptRecord, "{}: not an HDF5 file, or truncated", path.string());
  }
  return Hdf5File(std::make_shared<const Handle>(id, path.string()));
}

bool Hdf5File::is_one(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return false;
  }
  const Hdf5Lock lock;
  return H5Fis_hdf5(path.c_str()) > 0;
}

Result<Hdf5File> Hdf5File::open_image(std::span<const std::byte> image, const std::string& name) {
  constexpr std::size_t kGrowth = 1 << 16;
  const Hdf5Lock lock;
  const Hdf5Object access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // The library copies the image; nothing is written to disk.
  std::vector<std::byte> copy(image.begin(), image.end());
  H5Pset_fapl_core(access.id(), kGrowth, 0);
  H5Pset_file_image(access.id(), copy.data(), copy.size());
  const hid_t id = H5Fopen(name.c_str(), H5F_ACC_RDONLY, access.id());
  if (id < 0) {
    return fail(Errc::kCorruptRecord, "{}: not an HDF5 file, or truncated", name);
  }
  return Hdf5File(std::make_shared<const Handle>(id, name));
}

bool Hdf5File::has(const std::string& object) const {
  const Hdf5Lock lock;
  if (object.empty() || object == "/") {
    return true;
  }
  // Every link of the path must be there before the library may be asked for the last.
  for (std::size_t slash = object.find('/'); slash != std::string::npos;
       slash = object.find('/', slash + 1)) {
    if (slash > 0 && H5Lexists(file_->id(), object.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) {
      return false;
    }
  }
  return H5Lexists(file_->id(), object.c_str(), H5P_DEFAULT) > 0;
}

Result<std::vector<std::int64_t>> Hdf5File::shape(const std::string& dataset) const {
  const Hdf5Lock lock;
  const Hdf5Object set(H5Dopen2(file_->id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) {
    return fail(Errc::kNotFound, "{}: {}: no such data set", file_->name(), dataset);
  }
  const Hdf5Object space(H5Dget_space(set.id()), H5Sclose);
  return extents(space);
}

Result<Hdf5Dataset> Hdf5File::describe(const std::string& dataset) const {
  const Hdf5Lock lock;
  const Hdf5Object set(H5Dopen2(file_->id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) {
    return fail(Errc::kNotFound, "{}: {}: no such data set", file_->name(), dataset);
  }
  const Hdf5Object space(H5Dget_space(set.id()), H5Sclose);
  const Hdf5Object type(H5Dget_type(set.id()), H5Tclose);
  Hdf5Dataset description{extents(space), Hdf5Dataset::Kind::kOther, H5Tget_size(type.id())};
  const H5T_class_t kind = H5Tget_class(type.id());
  if (kind == H5T_FLOAT) {
    description.kind = Hdf5Dataset::Kind::kFloat;
  } else if (kind == H5T_INTEGER) {
    description.kind = H5Tget_sign(type.id()) == H5T_SGN_NONE ? Hdf5Dataset::Kind::kUnsigned
                                                              : Hdf5Dataset::Kind::kSigned;
  }
  return description;
}

Result<std::vector<float>> Hdf5File::read(const std::string& dataset,
                                          std::span<const std::int64_t> offset,
                                          std::span<const std::int64_t> count) const {
  std::int64_t values = 1;
  for (const std::int64_t each : count) {
    values = each > 0 && each <= kMaxValues ? values * each : 0;
    if (values > kMaxValues) {
      values = 0;
    }
  }
  std::vector<float> out(static_cast<std::size_t>(values));
  const auto bytes = std::as_writable_bytes(std::span(out));
  if (auto done = read_samples(dataset, offset, count, DasSampleType::kFloat32, bytes); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  return out;
}

Result<void> Hdf5File::read_samples(const std::string& dataset,
                                    std::span<const std::int64_t> offset,
                                    std::span<const std::int64_t> count,
                                    DasSampleType type,
                                    std::span<std::byte> out) const {
  const Hdf5Lock lock;
  const Hdf5Object set(H5Dopen2(file_->id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) {
    return fail(Errc::kNotFound, "{}: {}: no such data set", file_->name(), dataset);
  }
  const Hdf5Object space(H5Dget_space(set.id()), H5Sclose);
  const std::vector<std::int64_t> sizes = extents(space);
  std::array<hsize_t, kMaxDimensions> start{};
  std::array<hsize_t, kMaxDimensions> block{};
  std::int64_t values = 1;
  bool fits = sizes.size() == count.size() && offset.size() == count.size() && !count.empty();
  for (std::size_t d = 0; fits && d < count.size(); ++d) {
    fits = offset[d] >= 0 && count[d] > 0 && count[d] <= kMaxValues &&
           offset[d] <= sizes[d] - count[d];
    values = fits ? values * count[d] : 0;
    fits = fits && values <= kMaxValues;
    start[d] = static_cast<hsize_t>(offset[d]);
    block[d] = static_cast<hsize_t>(count[d]);
  }
  if (!fits || out.size() != static_cast<std::size_t>(values) * bytes_of(type)) {
    return fail(Errc::kCorruptRecord,
                "{}: {}: its shape [{}] does not hold the block [{}] at [{}]",
                file_->name(),
                dataset,
                fmt::join(sizes, ", "),
                fmt::join(count, ", "),
                fmt::join(offset, ", "));
  }
  if (chunk_bytes(set) > kMaxChunkBytes) {
    return fail(Errc::kCorruptRecord,
                "{}: {}: its chunks are larger than {} bytes",
                file_->name(),
                dataset,
                kMaxChunkBytes);
  }
  const Hdf5Object memory(H5Screate_simple(static_cast<int>(count.size()), block.data(), nullptr),
                          H5Sclose);
  if (H5Sselect_hyperslab(
          space.id(), H5S_SELECT_SET, start.data(), nullptr, block.data(), nullptr) < 0 ||
      H5Dread(set.id(), memory_type(type), memory.id(), space.id(), H5P_DEFAULT, out.data()) < 0) {
    return fail(Errc::kCorruptRecord,
                "{}: {}: cannot be read: damaged, not numbers, or packed by a filter that is not "
                "installed",
                file_->name(),
                dataset);
  }
  return {};
}

namespace {

/// All values of a data set, as the type that `memory` names.
template <class T>
Result<std::vector<T>> read_all(hid_t file,
                                const std::string& name,
                                const std::string& dataset,
                                hid_t memory) {
  const Hdf5Object set(H5Dopen2(file, dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) {
    return fail(Errc::kNotFound, "{}: {}: no such data set", name, dataset);
  }
  const Hdf5Object space(H5Dget_space(set.id()), H5Sclose);
  const hssize_t values = H5Sget_simple_extent_npoints(space.id());
  if (values < 0 || values > kMaxValues || chunk_bytes(set) > kMaxChunkBytes) {
    return fail(Errc::kCorruptRecord, "{}: {}: too many values", name, dataset);
  }
  std::vector<T> out(static_cast<std::size_t>(values));
  if (H5Dread(set.id(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, out.data()) < 0) {
    return fail(Errc::kCorruptRecord, "{}: {}: cannot be read as numbers", name, dataset);
  }
  return out;
}

}  // namespace

Result<std::vector<double>> Hdf5File::read_numbers(const std::string& dataset) const {
  const Hdf5Lock lock;
  return read_all<double>(file_->id(), file_->name(), dataset, H5T_NATIVE_DOUBLE);
}

Result<std::vector<std::int64_t>> Hdf5File::read_integers(const std::string& dataset) const {
  const Hdf5Lock lock;
  return read_all<std::int64_t>(file_->id(), file_->name(), dataset, H5T_NATIVE_INT64);
}

Result<std::string> Hdf5File::read_text(const std::string& dataset) const {
  const Hdf5Lock lock;
  const auto bad = [&] {
    return fail(Errc::kCorruptRecord, "{}: {}: not a text", file_->name(), dataset);
  };
  const Hdf5Object set(H5Dopen2(file_->id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) {
    return fail(Errc::kNotFound, "{}: {}: no such data set", file_->name(), dataset);
  }
  const Hdf5Object type(H5Dget_type(set.id()), H5Tclose);
  const Hdf5Object space(H5Dget_space(set.id()), H5Sclose);
  if (H5Tget_class(type.id()) != H5T_STRING || H5Sget_simple_extent_npoints(space.id()) != 1) {
    return bad();
  }
  if (H5Tis_variable_str(type.id()) > 0) {
    char* text = nullptr;
    if (H5Dread(set.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) < 0 || text == nullptr) {
      return bad();
    }
    std::string out(text);
    H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, &text);
    return out;
  }
  const std::size_t bytes = H5Tget_size(type.id());
  if (bytes == 0 || bytes > kMaxTextBytes) {
    return bad();
  }
  std::string out(bytes, '\0');
  if (H5Dread(set.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, out.data()) < 0) {
    return bad();
  }
  return out.substr(0, out.find('\0'));
}

Result<double> Hdf5File::read_number(const std::string& dataset) const {
  const Hdf5Lock lock;
  const Hdf5Object set(H5Dopen2(file_->id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) {
    return fail(Errc::kNotFound, "{}: {}: no such data set", file_->name(), dataset);
  }
  const Hdf5Object space(H5Dget_space(set.id()), H5Sclose);
  double value = 0.0;
  if (H5Sget_simple_extent_npoints(space.id()) != 1 ||
      H5Dread(set.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) < 0) {
    return fail(Errc::kCorruptRecord, "{}: {}: not a number", file_->name(), dataset);
  }
  return value;
}

}  // namespace geod::streams
