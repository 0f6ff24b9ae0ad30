#include "streams/png_file.hpp"

#include <algorithm>
#include <cerrno>
#include <csetjmp>
#include <cstring>
#include <fstream>
#include <system_error>
#include <type_traits>
#include <utility>

#include <png.h>

namespace geod::streams {
namespace {

/// Compressed texts and profiles beside the picture are never looked at; this bounds what libpng
/// inflates of them.
constexpr png_alloc_size_t kMaxChunkBytes = 1U << 20;
constexpr std::size_t kSignatureBytes = 8;
constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;
constexpr int kPaletteSize = 256;

/// Why libpng gave up.
struct Complaint {
  char text[160] = "";
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* complaint = static_cast<Complaint*>(png_get_error_ptr(png));
  std::strncpy(complaint->text, message, sizeof(complaint->text) - 1);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

/// Runs `body`, which calls libpng; false when libpng jumped out of it. What the jump crosses is
/// not destroyed: `body` may hold nothing that has a destructor.
template <class Body>
bool completes(png_structp png, Body body) {
  static_assert(std::is_trivially_destructible_v<Body>);
  if (setjmp(png_jmpbuf(png)) != 0) {
    return false;
  }
  body();
  return true;
}

struct InputBytes {
  std::span<const std::byte> rest;
};

void take_bytes(png_structp png, png_bytep out, std::size_t count) {
  auto* input = static_cast<InputBytes*>(png_get_io_ptr(png));
  if (count > input->rest.size()) {
    png_error(png, "it is cut off");
  }
  std::memcpy(out, input->rest.data(), count);
  input->rest = input->rest.subspan(count);
}

class Reader {
 public:
  Reader()
      : png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, &complaint_, on_error, on_warning)) {
    GEOD_CHECK(png_ != nullptr, "libpng is the one geod was built with");
    info_ = png_create_info_struct(png_);
  }
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  png_structp png() const { return png_; }
  png_infop info() const { return info_; }
  const char* complaint() const { return complaint_.text; }

 private:
  Complaint complaint_;
  png_structp png_;
  png_infop info_ = nullptr;
};

/// A decoded picture: samples of one or two bytes as the file has them, bits unpacked to bytes.
struct Samples {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t channels = 0;  ///< grey, grey + alpha, RGB, RGB + alpha
  unsigned depth = 0;        ///< bits of a sample in the file
  bool has_palette = false;
  std::vector<png_byte> bytes;
  std::vector<Rgb> palette;

  std::size_t bytes_per_sample() const { return depth == 16 ? 2 : 1; }
  unsigned at(std::size_t pixel, std::size_t channel) const {
    const png_byte* sample = &bytes[(pixel * channels + channel) * bytes_per_sample()];
    return depth == 16 ? (static_cast<unsigned>(sample[0]) << 8U) | sample[1] : *sample;
  }
};

Result<Samples> broken(const Reader& reader, const std::string& name) {
  return fail(Errc::kCorruptRecord, "{}: a damaged PNG: {}", name, reader.complaint());
}

/// Reads everything before the pixels.
Result<Samples> read_header(const Reader& reader, InputBytes& input, const std::string& name) {
  unsigned depth = 0;
  const bool read = completes(reader.png(), [&reader, &input, &depth] {
    png_set_user_limits(reader.png(), kMaxPngSide, kMaxPngSide);
    png_set_chunk_malloc_max(reader.png(), kMaxChunkBytes);
    png_set_read_fn(reader.png(), &input, take_bytes);
    png_read_info(reader.png(), reader.info());
    depth = png_get_bit_depth(reader.png(), reader.info());  // of the file: it says what white is
    png_set_packing(reader.png());
    png_set_interlace_handling(reader.png());
    png_read_update_info(reader.png(), reader.info());
  });
  if (!read) {
    return broken(reader, name);
  }
  Samples samples;
  samples.rows = png_get_image_height(reader.png(), reader.info());
  samples.columns = png_get_image_width(reader.png(), reader.info());
  samples.channels = png_get_channels(reader.png(), reader.info());
  samples.depth = depth;
  samples.has_palette = png_get_color_type(reader.png(), reader.info()) == PNG_COLOR_TYPE_PALETTE;
  if (static_cast<std::int64_t>(samples.rows * samples.columns) > kMaxPngPixels) {
    return fail(Errc::kUnsupported,
                "{}: {} x {} pixels; at most {} are read",
                name,
                samples.rows,
                samples.columns,
                kMaxPngPixels);
  }
  return samples;
}

Result<Samples> decode(std::span<const std::byte> bytes, const std::string& name) {
  const auto* signature = reinterpret_cast<png_const_bytep>(bytes.data());
  if (bytes.size() < kSignatureBytes || png_sig_cmp(signature, 0, kSignatureBytes) != 0) {
    return fail(Errc::kCorruptRecord, "{}: not a PNG picture", name);
  }
  const Reader reader;
  InputBytes input{bytes};
  auto samples = read_header(reader, input, name);
  if (!samples) {
    return samples;
  }
  const std::size_t row_bytes = png_get_rowbytes(reader.png(), reader.info());
  samples->bytes.resize(row_bytes * samples->rows);
  std::vector<png_bytep> rows(samples->rows);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    rows[row] = samples->bytes.data() + row * row_bytes;
  }
  png_colorp palette = nullptr;
  int colours = 0;
  const bool read = completes(reader.png(), [&reader, &rows, &palette, &colours] {
    png_read_image(reader.png(), rows.data());
    png_read_end(reader.png(), nullptr);
    png_get_PLTE(reader.png(), reader.info(), &palette, &colours);
  });
  if (!read) {
    return broken(reader, name);
  }
  for (int i = 0; samples->has_palette && i < colours; ++i) {
    samples->palette.push_back({palette[i].red, palette[i].green, palette[i].blue});
  }
  return samples;
}

/// 0.299, 0.587 and 0.114 as ITU-R BT.601 has them for luma.
float luma(float red, float green, float blue) {
  return 0.299F * red + 0.587F * green + 0.114F * blue;
}

template <class T>
Result<PngPlane<T>> read_file(const std::filesystem::path& path,
                              Result<PngPlane<T>> (*decode_bytes)(std::span<const std::byte>,
                                                                  const std::string&)) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return fail(Errc::kNotFound, "{}: no such file", path.string());
  }
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > kMaxFileBytes) {
    return fail(Errc::kIo, "{}: cannot be read, or longer than any PNG that is", path.string());
  }
  std::vector<std::byte> bytes(size);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size))) {
    return fail(Errc::kIo, "{}: cannot be read", path.string());
  }
  return decode_bytes(bytes, path.string());
}

}  // namespace

Result<PngPlane<float>> decode_png_grey(std::span<const std::byte> bytes, const std::string& name) {
  const auto samples = decode(bytes, name);
  if (!samples) {
    return tl::unexpected(samples.error());
  }
  PngPlane<float> plane{static_cast<std::int64_t>(samples->rows),
                        static_cast<std::int64_t>(samples->columns),
                        std::vector<float>(samples->rows * samples->columns)};
  const float scale = 255.0F / static_cast<float>((1U << samples->depth) - 1U);
  for (std::size_t i = 0; i < plane.values.size(); ++i) {
    if (samples->has_palette) {
      const std::size_t index = samples->at(i, 0);
      if (index >= samples->palette.size()) {
        return fail(Errc::kCorruptRecord, "{}: a pixel has no colour in the palette", name);
      }
      const Rgb& colour = samples->palette[index];
      plane.values[i] = luma(colour[0], colour[1], colour[2]);
    } else if (samples->channels < 3) {
      plane.values[i] = scale * static_cast<float>(samples->at(i, 0));
    } else {
      plane.values[i] = scale * luma(static_cast<float>(samples->at(i, 0)),
                                     static_cast<float>(samples->at(i, 1)),
                                     static_cast<float>(samples->at(i, 2)));
    }
  }
  return plane;
}

Result<PngPlane<std::uint16_t>> decode_png_labels(std::span<const std::byte> bytes,
                                                  const std::string& name) {
  const auto samples = decode(bytes, name);
  if (!samples) {
    return tl::unexpected(samples.error());
  }
  PngPlane<std::uint16_t> plane{static_cast<std::int64_t>(samples->rows),
                                static_cast<std::int64_t>(samples->columns),
                                std::vector<std::uint16_t>(samples->rows * samples->columns)};
  for (std::size_t i = 0; i < plane.values.size(); ++i) {
    const unsigned value = samples->at(i, 0);
    if (samples->channels >= 3 && (samples->at(i, 1) != value || samples->at(i, 2) != value)) {
      return fail(Errc::kUnsupported,
                  "{}: labels in colours, which do not say their class; save them as a grey PNG "
                  "or one with a palette, class 0, 1, ... as value or index",
                  name);
    }
    plane.values[i] = static_cast<std::uint16_t>(value);
  }
  return plane;
}

Result<PngPlane<float>> read_png_grey(const std::filesystem::path& path) {
  return read_file<float>(path, decode_png_grey);
}

Result<PngPlane<std::uint16_t>> read_png_labels(const std::filesystem::path& path) {
  return read_file<std::uint16_t>(path, decode_png_labels);
}

namespace {

class Writer {
 public:
  Writer()
      : png_(png_create_write_struct(PNG_LIBPNG_VER_STRING, &complaint_, on_error, on_warning)) {
    GEOD_CHECK(png_ != nullptr, "libpng is the one geod was built with");
    info_ = png_create_info_struct(png_);
  }
  ~Writer() { png_destroy_write_struct(&png_, &info_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  png_structp png() const { return png_; }
  png_infop info() const { return info_; }
  const char* complaint() const { return complaint_.text; }

 private:
  Complaint complaint_;
  png_structp png_;
  png_infop info_ = nullptr;
};

void add_bytes(png_structp png, png_bytep bytes, std::size_t count) {
  auto* out = static_cast<std::vector<std::byte>*>(png_get_io_ptr(png));
  const auto* from = reinterpret_cast<const std::byte*>(bytes);
  out->insert(out->end(), from, from + count);
}

int colour_type(PngPicture::Kind kind) {
  switch (kind) {
    case PngPicture::Kind::kGrey:
      return PNG_COLOR_TYPE_GRAY;
    case PngPicture::Kind::kRgb:
      return PNG_COLOR_TYPE_RGB;
    case PngPicture::Kind::kPalette:
      return PNG_COLOR_TYPE_PALETTE;
  }
  return PNG_COLOR_TYPE_GRAY;
}

void check_filled(const PngPicture& picture) {
  const std::int64_t channels = picture.kind == PngPicture::Kind::kRgb ? 3 : 1;
  GEOD_CHECK(picture.rows * picture.columns * channels ==
                 static_cast<std::int64_t>(picture.samples.size()),
             "the samples fill the picture");
  if (picture.kind == PngPicture::Kind::kPalette) {
    GEOD_CHECK(picture.palette.size() <= kPaletteSize &&
                   std::ranges::all_of(picture.samples,
                                       [&](std::uint8_t i) { return i < picture.palette.size(); }),
               "every index has a colour");
  }
}

}  // namespace

Result<std::vector<std::byte>> encode_png(const PngPicture& picture) {
  if (picture.rows < 1 || picture.columns < 1 || picture.rows > kMaxPngSide ||
      picture.columns > kMaxPngSide) {
    return fail(Errc::kUnsupported,
                "a picture of {} x {} pixels; a PNG has 1 to {} a side",
                picture.rows,
                picture.columns,
                kMaxPngSide);
  }
  check_filled(picture);
  png_color colours[kPaletteSize] = {};
  for (std::size_t i = 0; i < picture.palette.size(); ++i) {
    colours[i] = {picture.palette[i][0], picture.palette[i][1], picture.palette[i][2]};
  }
  const std::size_t row_bytes = picture.samples.size() / static_cast<std::size_t>(picture.rows);
  std::vector<std::byte> out;
  const Writer writer;
  const bool written = completes(writer.png(), [&writer, &picture, &colours, &out, row_bytes] {
    png_set_write_fn(writer.png(), &out, add_bytes, nullptr);
    png_set_IHDR(writer.png(),
                 writer.info(),
                 static_cast<png_uint_32>(picture.columns),
                 static_cast<png_uint_32>(picture.rows),
                 8,
                 colour_type(picture.kind),
                 PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (picture.kind == PngPicture::Kind::kPalette) {
      png_set_PLTE(writer.png(), writer.info(), colours, static_cast<int>(picture.palette.size()));
    }
    png_write_info(writer.png(), writer.info());
    for (std::int64_t row = 0; row < picture.rows; ++row) {
      png_write_row(writer.png(),
                    picture.samples.data() + static_cast<std::size_t>(row) * row_bytes);
    }
    png_write_end(writer.png(), nullptr);
  });
  if (!written) {
    return fail(Errc::kIo, "PNG: {}", writer.complaint());
  }
  return out;
}

Result<void> write_png(const std::filesystem::path& path, const PngPicture& picture) {
  const auto bytes = encode_png(picture);
  if (!bytes) {
    return fail_with(bytes.error(), path.string());
  }
  std::filesystem::path beside = path;
  beside += ".partial";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes->data()),
             static_cast<std::streamsize>(bytes->size()));
  file.close();
  std::error_code error;
  if (file) {
    std::filesystem::rename(beside, path, error);
  }
  if (!file || error) {
    const std::string reason = error ? error.message() : std::strerror(errno);
    std::filesystem::remove(beside, error);
    return fail(Errc::kIo, "{}: cannot be written: {}", path.string(), reason);
  }
  return {};
}

}  // namespace geod::streams
