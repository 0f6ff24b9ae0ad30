// Any HDF5 file with a 2-D array of numbers (also MATLAB 7.3): the largest one, or the one named.
// Arrays of times and distances beside it are used; what is not there the user says.
#include <algorithm>
#include <cmath>

#include <fmt/ranges.h>

#include "streams/das_layouts.hpp"

namespace geod::streams {
namespace {

constexpr int kMaxDepth = 8;
constexpr std::size_t kMaxObjects = 20'000;

bool is_anything(const Hdf5File& /*file*/) {
  return true;
}

/// Looks at every data set below a group, up to the bounds.
class LargestArray {
 public:
  explicit LargestArray(const Hdf5File& file) : file_(file) { search("", 0); }
  const std::string& path() const { return path_; }

 private:
  void search(const std::string& group, int depth) {
    for (const std::string& name : file_.children(group)) {
      if (++objects_ > kMaxObjects) {
        return;
      }
      const std::string path = group.empty() ? name : group + "/" + name;
      if (file_.is_group(path)) {
        if (depth < kMaxDepth && name != "#refs#") {
          search(path, depth + 1);
        }
        continue;
      }
      const auto description = file_.describe(path);
      if (description && description->shape.size() == 2 &&
          description->kind != Hdf5Dataset::Kind::kOther) {
        const double values =
            static_cast<double>(description->shape[0]) * static_cast<double>(description->shape[1]);
        if (values > values_) {
          values_ = values;
          path_ = path;
        }
      }
    }
  }

  const Hdf5File& file_;
  std::string path_;
  double values_ = 0.0;
  std::size_t objects_ = 0;
};

/// A one-dimensional array of numbers beside the samples, by one of its usual names.
std::optional<std::string> find_beside(const Hdf5File& file,
                                       const std::string& dataset,
                                       std::span<const std::string_view> names,
                                       std::int64_t length) {
  const std::size_t slash = dataset.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : dataset.substr(0, slash + 1);
  for (const std::string_view name : names) {
    const std::string path = folder + std::string(name);
    const auto shape = file.has(path) && !file.is_group(path) ? file.shape(path)
                                                              : Result<std::vector<std::int64_t>>{};
    if (shape && shape->size() == 1 && (*shape)[0] == length) {
      return path;
    }
  }
  return std::nullopt;
}

constexpr std::array<std::string_view, 6> kTimeNames{
    "time", "times", "timestamp", "timestamps", "t", "utc"};
constexpr std::array<std::string_view, 5> kDistanceNames{
    "distance", "distances", "dist", "x", "channel_distance"};

/// Mean step of an array of distances in m.
double spacing_of(const Hdf5File& file, const std::string& path) {
  const auto distances = file.read_numbers(path);
  if (!distances || distances->size() < 2) {
    return 0.0;
  }
  const double step =
      (distances->back() - distances->front()) / static_cast<double>(distances->size() - 1);
  return std::isfinite(step) ? std::max(step, 0.0) : 0.0;
}

/// Times from the array beside the samples, or from the user.
Result<void> take_times(const Hdf5File& file,
                        const DasFileOptions& options,
                        const std::optional<std::string>& clock,
                        std::int64_t rows,
                        DasArray& array) {
  if (clock && !(options.rate_hz && options.start)) {
    auto times = read_times(file, *clock);
    if (!times) {
      return tl::unexpected(std::move(times.error()));
    }
    array.geometry.rate = times->rate;
    array.segments = std::move(times->segments);
    return {};
  }
  std::vector<std::string_view> lacks;
  if (!options.rate_hz) {
    lacks.emplace_back("the sample rate (--rate HZ)");
  }
  if (!options.start) {
    lacks.emplace_back("the time of its first sample (--t0 TIME)");
  }
  if (!lacks.empty()) {
    return fail(Errc::kConfig,
                "{}: {}: the file does not say {}; the array is {} times x {} channels unless "
                "--transpose is given",
                file.name(),
                array.dataset,
                fmt::join(lacks, " nor "),
                rows,
                array.geometry.channels);
  }
  array.segments.push_back({*options.start, rows, 0, -1});
  return {};
}

Result<DasArray> describe_plain(const Hdf5File& file, const DasFileOptions& options) {
  DasArray array;
  array.format = "HDF5 array";
  array.dataset = options.dataset.empty() ? LargestArray(file).path() : options.dataset;
  if (array.dataset.empty()) {
    return fail(Errc::kUnsupported, "{}: no 2-D array of numbers in it", file.name());
  }
  const auto shape = file.shape(array.dataset);
  if (!shape) {
    return tl::unexpected(shape.error());
  }
  if (shape->size() != 2) {
    return fail(Errc::kUnsupported,
                "{}: {}: its shape [{}] is not two-dimensional",
                file.name(),
                array.dataset,
                fmt::join(*shape, ", "));
  }
  const auto along = [&](std::span<const std::string_view> names, std::size_t axis) {
    return find_beside(file, array.dataset, names, (*shape)[axis]);
  };
  const auto clock_first = along(kTimeNames, 0);
  const auto clock_second = along(kTimeNames, 1);
  const bool is_channel_major = options.is_channel_major.value_or(!clock_first && clock_second);
  if (auto shaped = take_shape(file, is_channel_major, array); !shaped) {
    return tl::unexpected(std::move(shaped.error()));
  }
  if (const auto distances = along(kDistanceNames, is_channel_major ? 0 : 1)) {
    array.geometry.channel_spacing_m = spacing_of(file, *distances);
  }
  if (auto taken = take_times(file,
                              options,
                              is_channel_major ? clock_second : clock_first,
                              (*shape)[is_channel_major ? 1 : 0],
                              array);
      !taken) {
    return tl::unexpected(std::move(taken.error()));
  }
  return array;
}

}  // namespace

const DasLayout kPlainArrayLayout{"HDF5 array", is_anything, describe_plain};

}  // namespace geod::streams
