#include "daemon/segment_files.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/npy_writer.hpp"
#include "models/file_io.hpp"
#include "streams/png_file.hpp"
#include "trainer/npy.hpp"

namespace geod {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxImageBytes = 1ULL << 30;
constexpr double kWhite = 255.0;

Result<std::vector<std::byte>> read_bytes(const fs::path& path) {
  const auto file = models::InputFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  if (file->size() > kMaxImageBytes) {
    return fail(Errc::kUnsupported, "{}: larger than 1 GiB; cut the image", path.string());
  }
  std::vector<std::byte> bytes(file->size());
  if (auto read = file->read(0, bytes); !read) {
    return tl::unexpected(read.error());
  }
  return bytes;
}

Result<models::Tile> read_npy(const fs::path& path) {
  const auto bytes = read_bytes(path);
  if (!bytes) {
    return tl::unexpected(bytes.error());
  }
  const auto array = trainer::decode_npy(*bytes);
  if (!array) {
    return fail_with(array.error(), path.string());
  }
  if (array->shape.size() != 2 || array->values.empty()) {
    return fail(Errc::kUnsupported,
                "{}: an array of shape ({}); an image has two axes, [rows, columns]",
                path.string(),
                fmt::join(array->shape, ", "));
  }
  models::Tile image{array->shape[0], array->shape[1], {}};
  image.values.assign(array->values.begin(), array->values.end());
  return image;
}

Result<models::Tile> read_dat(const ImageFile& file) {
  if (file.rows < 1 || file.columns < 1) {
    return fail(Errc::kConfig,
                "{}: a .dat file does not tell its shape; give --rows and --columns",
                file.path.string());
  }
  const auto bytes = read_bytes(file.path);
  if (!bytes) {
    return tl::unexpected(bytes.error());
  }
  const auto values = static_cast<std::size_t>(file.rows) * static_cast<std::size_t>(file.columns);
  if (bytes->size() != values * sizeof(float)) {
    return fail(Errc::kCorruptRecord,
                "{}: {} bytes; {} x {} float32 values are {}",
                file.path.string(),
                bytes->size(),
                file.rows,
                file.columns,
                values * sizeof(float));
  }
  models::Tile image{file.rows, file.columns, std::vector<float>(values)};
  std::memcpy(image.values.data(), bytes->data(), bytes->size());
  return image;
}

Result<models::Tile> read_png(const fs::path& path) {
  auto plane = streams::read_png_grey(path);
  if (!plane) {
    return tl::unexpected(plane.error());
  }
  return models::Tile{plane->rows, plane->columns, std::move(plane->values)};
}

/// Least value to 0, greatest to 255; a flat image to the middle.
Result<void> stretch(models::Tile& image, const fs::path& path) {
  if (!std::all_of(image.values.begin(), image.values.end(), [](float value) {
        return std::isfinite(value);
      })) {
    return fail(Errc::kModelMismatch, "{}: a value is not finite", path.string());
  }
  const auto [least, greatest] = std::minmax_element(image.values.begin(), image.values.end());
  const double from = *least;
  const double span = static_cast<double>(*greatest) - from;
  for (float& value : image.values) {
    value = static_cast<float>(span > 0.0 ? (value - from) / span * kWhite : kWhite / 2.0);
  }
  return {};
}

/// Colours that are told apart, also by people who see red and green alike: background black, then
/// those of Okabe and Ito; more classes repeat them.
std::vector<streams::Rgb> palette_of(std::size_t classes) {
  constexpr std::array<streams::Rgb, 7> kColours{{{230, 159, 0},
                                                  {86, 180, 233},
                                                  {0, 158, 115},
                                                  {240, 228, 66},
                                                  {0, 114, 178},
                                                  {213, 94, 0},
                                                  {204, 121, 167}}};
  std::vector<streams::Rgb> palette{{0, 0, 0}};
  while (palette.size() < classes) {
    palette.push_back(kColours[(palette.size() - 1) % kColours.size()]);
  }
  return palette;
}

}  // namespace

Result<models::Tile> read_image_file(const ImageFile& file) {
  const std::string ending = file.path.extension().string();
  Result<models::Tile> image = ending == ".png"   ? read_png(file.path)
                               : ending == ".npy" ? read_npy(file.path)
                               : ending == ".dat"
                                   ? read_dat(file)
                                   : fail(Errc::kUnsupported,
                                          "{}: not an image that geod reads; write it as .png, "
                                          ".npy or .dat",
                                          file.path.string());
  if (!image) {
    return image;
  }
  Result<void> usable = file.stretch ? stretch(*image, file.path) : Result<void>{};
  if (usable) {
    usable = models::check_image(*image);
  }
  return usable ? std::move(image) : fail_with(usable.error(), file.path.string());
}

Result<void> write_mask(const models::SegmentedImage& image, const fs::path& path) {
  const std::string ending = path.extension().string();
  if (ending == ".npy") {
    return write_npy(
        path, "|u1", {image.rows, image.columns}, std::as_bytes(std::span(image.mask)));
  }
  if (ending != ".png") {
    return fail(Errc::kUnsupported, "{}: a mask is written as .png or .npy", path.string());
  }
  streams::PngPicture picture;
  picture.kind = streams::PngPicture::Kind::kPalette;
  picture.rows = image.rows;
  picture.columns = image.columns;
  picture.samples = image.mask;
  picture.palette = palette_of(image.classes);
  return streams::write_png(path, picture);
}

Result<void> write_probabilities(const models::SegmentedImage& image, const fs::path& path) {
  if (path.extension() != ".npy") {
    return fail(Errc::kUnsupported, "{}: probabilities are written as .npy", path.string());
  }
  return write_npy(path,
                   "<f4",
                   {static_cast<std::int64_t>(image.classes), image.rows, image.columns},
                   std::as_bytes(std::span(image.probabilities)));
}

}  // namespace geod
