#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "models/file_io.hpp"

namespace geod::models {

/// Element types of safetensors that geod reads and writes (not the 8-bit and smaller floats).
enum class DType : std::uint8_t { kF64, kI64, kF32, kI32, kF16, kBf16, kI16, kI8, kU8, kBool };
std::string_view to_string(DType dtype);
std::size_t bytes_per_element(DType dtype);

/// Where one tensor of a file lies: row major, little-endian, no strides.
struct TensorEntry {
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t bytes = 0;
};

/// A safetensors file opened for reading. Everything in its header is checked on opening: length,
/// JSON, duplicate names, shapes against byte ranges, ranges that cover the data exactly, without
/// overlap, hole or trailing bytes.
/// Source of the format: the safetensors project's specification.
class SafetensorsFile {
 public:
  /// Longest header taken; GPT-2's is 14 kB.
  static constexpr std::uint64_t kMaxHeaderBytes = std::uint64_t{1} << 20;

  /// kNotFound, kIo; kCorruptRecord naming file and tensor; kUnsupported for an element type that
  /// geod does not read.
  static Result<SafetensorsFile> open(const std::filesystem::path& path);
  /// The same of a file that was read already; `path` is for errors only.
  static Result<SafetensorsFile> from_bytes(std::vector<std::byte> bytes,
                                            const std::filesystem::path& path);

  const std::map<std::string, TensorEntry, std::less<>>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::filesystem::path& path() const { return file_.path(); }

  std::uint64_t bytes() const { return file_.size(); }

  /// The entry, or kNotFound naming file and tensor.
  Result<TensorEntry> find(std::string_view name) const;

  /// All values of a F32, F16, BF16 or F64 tensor as float32. kUnsupported for another type,
  /// kModelMismatch when a value is not finite.
  Result<std::vector<float>> read_floats(std::string_view name) const;

  /// SHA-256 of the file that is open, whatever its path names by now.
  Result<std::string> sha256() const { return file_.sha256(); }

 private:
  explicit SafetensorsFile(InputFile file) : file_(std::move(file)) {}
  static Result<SafetensorsFile> checked(InputFile file);
  Result<void> read_header();
  Result<void> check_coverage(std::uint64_t data_start);

  InputFile file_;
  std::map<std::string, TensorEntry, std::less<>> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// One float32 tensor to write; `values` is row major and must fill `shape`.
struct FloatTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// The bytes of a file with these tensors, as write_safetensors writes it.
std::vector<std::byte> safetensors_bytes(std::vector<FloatTensor> tensors,
                                         const std::map<std::string, std::string>& metadata);

/// Writes float32 tensors (sorted by name, as the format's own writer does) and `metadata`,
/// atomically. kIo, kStorageFull.
Result<void> write_safetensors(const std::filesystem::path& path,
                               std::vector<FloatTensor> tensors,
                               const std::map<std::string, std::string>& metadata);

}  // namespace geod::models
