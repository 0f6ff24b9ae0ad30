#include "trainer/image_files.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>

#include "models/file_io.hpp"
#include "streams/png_file.hpp"
#include "trainer/npy.hpp"

namespace geod::trainer {
namespace {

static_assert(std::endian::native == std::endian::little);

/// Marks what is not known where labels have no sign.
constexpr double kUnlabelledByte = 255.0;

struct Plane {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<double> values;
};

Result<std::vector<std::byte>> read_bytes(const std::filesystem::path& path) {
  const auto file = models::InputFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;
  if (file->size() > kMaxBytes) {
    return fail(Errc::kUnsupported, "{}: longer than 1 GiB", path.string());
  }
  std::vector<std::byte> bytes(file->size());
  if (auto read = file->read(0, bytes); !read) {
    return tl::unexpected(read.error());
  }
  return bytes;
}

Result<Plane> read_npy(const std::filesystem::path& path) {
  const auto bytes = read_bytes(path);
  if (!bytes) {
    return tl::unexpected(bytes.error());
  }
  auto array = decode_npy(*bytes);
  if (!array) {
    return fail_with(array.error(), path.string());
  }
  if (array->shape.size() != 2 || array->values.empty()) {
    return fail(Errc::kCorruptRecord,
                "{}: an array of {} dimensions; an image has two, rows and columns",
                path.string(),
                array->shape.size());
  }
  return Plane{array->shape[0], array->shape[1], std::move(array->values)};
}

template <class T>
Result<Plane> to_plane(const Result<streams::PngPlane<T>>& png) {
  if (!png) {
    return tl::unexpected(png.error());
  }
  return Plane{png->rows, png->columns, {png->values.begin(), png->values.end()}};
}

Result<Plane> read_plane(const std::filesystem::path& path, bool labels) {
  if (path.extension() == ".npy") {
    return read_npy(path);
  }
  if (path.extension() == ".png") {
    return labels ? to_plane(streams::read_png_labels(path))
                  : to_plane(streams::read_png_grey(path));
  }
  return fail(Errc::kUnsupported, "{}: images are read from .png and .npy files", path.string());
}

Result<void> take_labels(const std::vector<double>& values,
                         const std::string& name,
                         const ImageRules& rules,
                         LabelledImage& image) {
  const auto classes = static_cast<double>(rules.classes);
  // A mask of 0 and 255: the second class in white.
  const bool is_mask = rules.classes == 2 && std::ranges::all_of(values, [](double value) {
                         return value == 0.0 || value == kUnlabelledByte;
                       });
  image.labels.reserve(values.size());
  for (const double value : values) {
    if (value == kUnlabelledByte || value == kUnlabelled) {
      image.labels.push_back(is_mask ? std::int8_t{1} : kUnlabelled);
    } else if (value >= 0.0 && value < classes && value == std::floor(value)) {
      image.labels.push_back(static_cast<std::int8_t>(value));
    } else {
      return fail(Errc::kCorruptRecord,
                  "{}: class {:g}; with {} classes labels are 0 to {}, and 255 or -1 where nothing "
                  "is known (name more classes with --class-names)",
                  name,
                  value,
                  rules.classes,
                  rules.classes - 1);
    }
  }
  return {};
}

/// A headerless file of `count` values of type T.
template <class T>
Result<std::vector<double>> read_raw(const std::filesystem::path& path,
                                     std::int64_t rows,
                                     std::int64_t columns,
                                     const char* type) {
  const auto bytes = read_bytes(path);
  if (!bytes) {
    return tl::unexpected(bytes.error());
  }
  const auto count = static_cast<std::size_t>(rows * columns);
  if (bytes->size() != count * sizeof(T)) {
    return fail(Errc::kCorruptRecord,
                "{}: {} bytes, but {} x {} values of type {} are {}; if the images have another "
                "size, give it in images.json of the data folder: {{\"rows\": R, \"columns\": C}}",
                path.string(),
                bytes->size(),
                rows,
                columns,
                type,
                count * sizeof(T));
  }
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, bytes->data() + i * sizeof(T), sizeof(T));
    values[i] = static_cast<double>(value);
  }
  return values;
}

}  // namespace

Result<std::vector<std::uint8_t>> to_pixels(const std::vector<double>& values,
                                            const std::string& name,
                                            bool wraps) {
  constexpr double kLimit = 1e15;  // whole numbers beyond are none any more
  std::vector<std::uint8_t> pixels;
  pixels.reserve(values.size());
  for (const double value : values) {
    const bool fits = wraps ? std::abs(value) < kLimit : value > -1.0 && value < 256.0;
    if (!fits) {
      return fail(Errc::kCorruptRecord,
                  "{}: a value of {:g}; images are 0 to 255, scale them before",
                  name,
                  value);
    }
    pixels.push_back(static_cast<std::uint8_t>(static_cast<std::int64_t>(value)));
  }
  return pixels;
}

Result<LabelledImage> read_image(const std::filesystem::path& path, bool wraps) {
  const auto plane = read_plane(path, false);
  if (!plane) {
    return tl::unexpected(plane.error());
  }
  auto pixels = to_pixels(plane->values, path.string(), wraps);
  if (!pixels) {
    return tl::unexpected(pixels.error());
  }
  return LabelledImage{path.stem().string(), plane->rows, plane->columns, std::move(*pixels), {}};
}

Result<void> read_labels(const std::filesystem::path& path,
                         const ImageRules& rules,
                         LabelledImage& image) {
  const auto plane = read_plane(path, true);
  if (!plane) {
    return tl::unexpected(plane.error());
  }
  if (plane->rows != image.rows || plane->columns != image.columns) {
    return fail(Errc::kCorruptRecord,
                "{}: {} x {} labels for an image of {} x {}; both must have the same size",
                path.string(),
                plane->rows,
                plane->columns,
                image.rows,
                image.columns);
  }
  return take_labels(plane->values, path.string(), rules, image);
}

Result<LabelledImage> read_dat(const std::filesystem::path& image_file,
                               const std::filesystem::path& label_file,
                               std::int64_t rows,
                               std::int64_t columns,
                               const ImageRules& rules) {
  const auto values = read_raw<float>(image_file, rows, columns, "float32");
  if (!values) {
    return tl::unexpected(values.error());
  }
  auto pixels = to_pixels(*values, image_file.string(), rules.wraps);
  if (!pixels) {
    return tl::unexpected(pixels.error());
  }
  const auto labels = read_raw<std::int8_t>(label_file, rows, columns, "int8");
  if (!labels) {
    return tl::unexpected(labels.error());
  }
  LabelledImage image{image_file.stem().string(), rows, columns, std::move(*pixels), {}};
  if (auto taken = take_labels(*labels, label_file.string(), rules, image); !taken) {
    return tl::unexpected(taken.error());
  }
  return image;
}

}  // namespace geod::trainer
