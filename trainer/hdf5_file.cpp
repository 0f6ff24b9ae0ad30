#include "trainer/hdf5_file.hpp"

#include <array>
#include <mutex>
#include <utility>

#include <fmt/ranges.h>
#include <hdf5.h>

namespace geod::trainer {
namespace {

/// Larger blocks are not traces; a damaged header asks for such.
constexpr std::int64_t kMaxValues = 64LL << 20;
constexpr std::size_t kMaxDimensions = 4;
constexpr std::size_t kMaxTextBytes = 4096;

/// The library is built thread-safe in some distributions and not in others.
std::mutex& library_mutex() {
  static std::mutex mutex;
  return mutex;
}

/// Takes the library for one call and keeps it from printing its error stack.
class LibraryLock {
 public:
  LibraryLock() : lock_(library_mutex()) { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

 private:
  std::scoped_lock<std::mutex> lock_;
};

/// Closes an object of the library.
class Object {
 public:
  using Close = herr_t (*)(hid_t);
  Object(hid_t id, Close close) : id_(id), close_(close) {}
  ~Object() {
    if (id_ >= 0) {
      close_(id_);
    }
  }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  hid_t id() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

 private:
  hid_t id_;
  Close close_;
};

std::vector<std::int64_t> extents(const Object& space) {
  const int dimensions = H5Sget_simple_extent_ndims(space.id());
  if (dimensions < 0 || static_cast<std::size_t>(dimensions) > kMaxDimensions) {
    return {};
  }
  std::array<hsize_t, kMaxDimensions> sizes{};
  H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr);
  return {sizes.begin(), sizes.begin() + dimensions};
}

}  // namespace

class Hdf5File::Handle {
 public:
  Handle(hid_t id, std::string name) : id_(id), name_(std::move(name)) {}
  ~Handle() {
    const LibraryLock lock;
    H5Fclose(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  hid_t id() const { return id_; }
  const std::string& name() const { return name_; }

 private:
  hid_t id_;
  std::string name_;
};

Result<Hdf5File> Hdf5File::open(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return fail(Errc::kNotFound, "{}: no such file", path.string());
  }
  const LibraryLock lock;
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (id < 0) {
    return fail(Errc::kCorruptRecord, "{}: not an HDF5 file, or truncated", path.string());
  }
  return Hdf5File(std::make_shared<const Handle>(id, path.string()));
}

bool Hdf5File::has(const std::string& object) const {
  const LibraryLock lock;
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
  const LibraryLock lock;
  const Object set(H5Dopen2(file_->id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) {
    return fail(Errc::kNotFound, "{}: {}: no such data set", file_->name(), dataset);
  }
  const Object space(H5Dget_space(set.id()), H5Sclose);
  return extents(space);
}

Result<std::vector<float>> Hdf5File::read(const std::string& dataset,
                                          std::span<const std::int64_t> offset,
                                          std::span<const std::int64_t> count) const {
  const LibraryLock lock;
  const Object set(H5Dopen2(file_->id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) {
    return fail(Errc::kNotFound, "{}: {}: no such data set", file_->name(), dataset);
  }
  const Object space(H5Dget_space(set.id()), H5Sclose);
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
  if (!fits) {
    return fail(Errc::kCorruptRecord,
                "{}: {}: its shape [{}] does not hold the block [{}] at [{}]",
                file_->name(),
                dataset,
                fmt::join(sizes, ", "),
                fmt::join(count, ", "),
                fmt::join(offset, ", "));
  }
  const Object memory(H5Screate_simple(static_cast<int>(count.size()), block.data(), nullptr),
                      H5Sclose);
  std::vector<float> out(static_cast<std::size_t>(values));
  if (H5Sselect_hyperslab(
          space.id(), H5S_SELECT_SET, start.data(), nullptr, block.data(), nullptr) < 0 ||
      H5Dread(set.id(), H5T_NATIVE_FLOAT, memory.id(), space.id(), H5P_DEFAULT, out.data()) < 0) {
    return fail(Errc::kCorruptRecord,
                "{}: {}: cannot be read: damaged, or not numbers",
                file_->name(),
                dataset);
  }
  return out;
}

Result<std::string> Hdf5File::read_text(const std::string& dataset) const {
  const LibraryLock lock;
  const auto bad = [&] {
    return fail(Errc::kCorruptRecord, "{}: {}: not a text", file_->name(), dataset);
  };
  const Object set(H5Dopen2(file_->id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) {
    return fail(Errc::kNotFound, "{}: {}: no such data set", file_->name(), dataset);
  }
  const Object type(H5Dget_type(set.id()), H5Tclose);
  const Object space(H5Dget_space(set.id()), H5Sclose);
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
  const LibraryLock lock;
  const Object set(H5Dopen2(file_->id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) {
    return fail(Errc::kNotFound, "{}: {}: no such data set", file_->name(), dataset);
  }
  const Object space(H5Dget_space(set.id()), H5Sclose);
  double value = 0.0;
  if (H5Sget_simple_extent_npoints(space.id()) != 1 ||
      H5Dread(set.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) < 0) {
    return fail(Errc::kCorruptRecord, "{}: {}: not a number", file_->name(), dataset);
  }
  return value;
}

}  // namespace geod::trainer
