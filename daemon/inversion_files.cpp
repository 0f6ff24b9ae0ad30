#include "daemon/inversion_files.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include <fmt/ranges.h>

#include "daemon/npy_writer.hpp"
#include "models/file_io.hpp"
#include "streams/png_file.hpp"
#include "trainer/npy.hpp"

namespace geod {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxShotsBytes = 1ULL << 30;
/// Pixels a cell has on a side, and between two maps.
constexpr std::int64_t kCellPixels = 5;
constexpr std::int64_t kGapPixels = 10;
constexpr std::int64_t kMaxPictured = 8;

Result<trainer::NpyArray> read_array(const fs::path& path) {
  const auto file = models::InputFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  if (file->size() > kMaxShotsBytes) {
    return fail(Errc::kUnsupported, "{}: larger than 1 GiB; cut it", path.string());
  }
  std::vector<std::byte> bytes(file->size());
  if (auto read = file->read(0, bytes); !read) {
    return tl::unexpected(read.error());
  }
  auto array = trainer::decode_npy(bytes);
  return array ? std::move(array) : fail_with(array.error(), path.string());
}

/// Evenly spaced in lightness, so that a copy in grey reads alike; 0 is the frame.
std::vector<streams::Rgb> palette() {
  constexpr std::array<std::array<double, 3>, 5> kStops{
      {{38, 24, 82}, {44, 82, 140}, {33, 145, 140}, {110, 198, 90}, {250, 230, 40}}};
  constexpr int kColours = 255;
  std::vector<streams::Rgb> colours{{255, 255, 255}};
  for (int i = 0; i < kColours; ++i) {
    const double at = static_cast<double>(i) / (kColours - 1) * (kStops.size() - 1);
    const auto stop = std::min(static_cast<std::size_t>(at), kStops.size() - 2);
    const double share = at - static_cast<double>(stop);
    std::array<std::uint8_t, 3> rgb{};
    for (std::size_t c = 0; c < rgb.size(); ++c) {
      rgb[c] = static_cast<std::uint8_t>(
          std::lround(kStops[stop][c] + share * (kStops[stop + 1][c] - kStops[stop][c])));
    }
    colours.push_back({rgb[0], rgb[1], rgb[2]});
  }
  return colours;
}

}  // namespace

Result<std::vector<models::Shots>> read_shots_file(const fs::path& path) {
  if (path.extension() != ".npy") {
    return fail(Errc::kUnsupported, "{}: shots are read from .npy files", path.string());
  }
  const auto array = read_array(path);
  if (!array) {
    return tl::unexpected(array.error());
  }
  std::vector<std::int64_t> shape = array->shape;
  if (shape.size() == 3) {
    shape.insert(shape.begin(), 1);
  }
  if (shape.size() != 4 || array->values.empty()) {
    return fail(Errc::kUnsupported,
                "{}: an array of shape ({}); shots are [sources, times, receivers], or that for "
                "several sets",
                path.string(),
                fmt::join(array->shape, ", "));
  }
  const std::size_t one = array->values.size() / static_cast<std::size_t>(shape[0]);
  std::vector<models::Shots> sets;
  for (std::size_t at = 0; at < array->values.size(); at += one) {
    models::Shots shots{shape[1], shape[2], shape[3], {}};
    const std::span<const double> values = std::span(array->values).subspan(at, one);
    shots.amplitudes.reserve(one);
    for (const double value : values) {
      if (!std::isfinite(static_cast<float>(value))) {
        return fail(Errc::kModelMismatch, "{}: a value is not finite", path.string());
      }
      shots.amplitudes.push_back(static_cast<float>(value));
    }
    sets.push_back(std::move(shots));
  }
  return sets;
}

Result<void> write_maps(const models::VelocityMaps& maps, const fs::path& path) {
  if (path.extension() != ".npy") {
    return fail(Errc::kUnsupported, "{}: velocity maps are written as .npy", path.string());
  }
  return write_npy(path,
                   "<f4",
                   {static_cast<std::int64_t>(maps.maps), 1, maps.depths, maps.offsets},
                   std::as_bytes(std::span(maps.m_s)));
}

Result<void> write_map_picture(const models::VelocityMaps& maps,
                               double from_m_s,
                               double to_m_s,
                               const fs::path& path) {
  if (path.extension() != ".png") {
    return fail(Errc::kUnsupported, "{}: a picture is written as .png", path.string());
  }
  const auto shown = std::min<std::int64_t>(static_cast<std::int64_t>(maps.maps), kMaxPictured);
  const std::int64_t width = maps.offsets * kCellPixels;
  streams::PngPicture picture;
  picture.kind = streams::PngPicture::Kind::kPalette;
  picture.rows = maps.depths * kCellPixels;
  picture.columns = shown * (width + kGapPixels) - kGapPixels;
  picture.palette = palette();
  picture.samples.resize(static_cast<std::size_t>(picture.rows * picture.columns), 0);
  for (std::int64_t n = 0; n < shown; ++n) {
    const auto map = maps.map(static_cast<std::size_t>(n));
    for (std::int64_t row = 0; row < picture.rows; ++row) {
      for (std::int64_t column = 0; column < width; ++column) {
        const double m_s =
            map[static_cast<std::size_t>(row / kCellPixels * maps.offsets + column / kCellPixels)];
        const double share = std::clamp((m_s - from_m_s) / (to_m_s - from_m_s), 0.0, 1.0);
        const std::int64_t at = row * picture.columns + n * (width + kGapPixels) + column;
        picture.samples[static_cast<std::size_t>(at)] =
            static_cast<std::uint8_t>(1 + std::lround(share * 254.0));
      }
    }
  }
  return streams::write_png(path, picture);
}

}  // namespace geod
