#include "trainer/npy_writer.hpp"

#include <bit>
#include <functional>
#include <numeric>
#include <string>

#include "models/npy_preamble.hpp"

namespace geod::trainer {

static_assert(std::endian::native == std::endian::little);

NpyWriter::NpyWriter(const std::filesystem::path& path, std::int64_t values)
    : path_(path),
      part_(path.string() + ".part"),
      file_(part_, std::ios::binary),
      values_left_(values) {}

NpyWriter::~NpyWriter() {
  if (file_.is_open() && !part_.empty()) {
    file_.close();
    std::error_code ignored;  // a destructor has nobody to tell
    std::filesystem::remove(part_, ignored);
  }
}

Result<NpyWriter> NpyWriter::create(const std::filesystem::path& path,
                                    const std::vector<std::int64_t>& shape) {
  NpyWriter writer(
      path, std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
  const std::string header = models::npy_preamble("<f4", shape);
  writer.file_.write(header.data(), static_cast<std::streamsize>(header.size()));
  if (!writer.file_) {
    return fail(Errc::kIo, "{}: cannot be written", writer.part_.string());
  }
  return writer;
}

Result<void> NpyWriter::append(std::span<const float> values) {
  values_left_ -= static_cast<std::int64_t>(values.size());
  file_.write(reinterpret_cast<const char*>(values.data()),
              static_cast<std::streamsize>(values.size_bytes()));
  if (!file_) {
    return fail(Errc::kIo, "{}: cannot be written; is the disk full?", part_.string());
  }
  return {};
}

Result<void> NpyWriter::finish() {
  GEOD_CHECK(values_left_ == 0, "as many values as the shape says");
  file_.close();
  if (!file_) {
    return fail(Errc::kIo, "{}: cannot be written; is the disk full?", part_.string());
  }
  std::error_code error;
  std::filesystem::rename(part_, path_, error);
  if (error) {
    return fail(Errc::kIo, "{}: {}", path_.string(), error.message());
  }
  return {};
}

}  // namespace geod::trainer
