#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace geod::streams {

/// A picture is refused above these: a damaged or hostile header asks for more.
inline constexpr std::int64_t kMaxPngSide = 65535;
inline constexpr std::int64_t kMaxPngPixels = std::int64_t{64} << 20;

/// One value a pixel, [rows, columns] row major.
template <class Value>
struct PngPlane {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<Value> values;
};

/// The brightness of a PNG of any kind, 0 to 255: 16-bit values are divided by 257 and keep their
/// fraction, colours are weighed as 0.299 R + 0.587 G + 0.114 B, transparency is left out, no gamma
/// is applied. kCorruptRecord with libpng's reason; kUnsupported above the bounds of size.
/// @param name  of the picture, for errors.
Result<PngPlane<float>> decode_png_grey(std::span<const std::byte> bytes, const std::string& name);

/// The numbers of a PNG that holds labels: the grey value as stored (of 1 to 16 bits, not
/// stretched) or the index of the palette. kUnsupported for colours that are not all grey: what
/// class they mean is not in the file. Otherwise as decode_png_grey.
Result<PngPlane<std::uint16_t>> decode_png_labels(std::span<const std::byte> bytes,
                                                  const std::string& name);

/// The same of a file. kNotFound, kIo.
Result<PngPlane<float>> read_png_grey(const std::filesystem::path& path);
Result<PngPlane<std::uint16_t>> read_png_labels(const std::filesystem::path& path);

using Rgb = std::array<std::uint8_t, 3>;

/// A picture to write, eight bits a sample.
struct PngPicture {
  enum class Kind : std::uint8_t { kGrey, kRgb, kPalette };
  Kind kind = Kind::kGrey;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<std::uint8_t> samples;  ///< [rows, columns], of kRgb [rows, columns, 3]
  std::vector<Rgb> palette;           ///< of kPalette: at most 256, every index has one
};

/// The bytes of a PNG file. Programmer error when the samples do not fill the picture or an index
/// has no colour; kUnsupported above the bounds of size; kIo when libpng fails.
Result<std::vector<std::byte>> encode_png(const PngPicture& picture);

/// Writes it to a file beside `path` and renames that. kIo naming the file.
Result<void> write_png(const std::filesystem::path& path, const PngPicture& picture);

}  // namespace geod::streams
