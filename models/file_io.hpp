#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace geod::models {

/// A regular file opened for reading at offsets, or the bytes of one. Not mapped: a file cut short
/// while it is read is an error here, not a SIGBUS. Renaming over the path does not change what is
/// read.
class InputFile {
 public:
  /// kNotFound without the file, kIo when it cannot be read or is not a regular file.
  static Result<InputFile> open(const std::filesystem::path& path);
  /// Bytes that were read already; `path` is for errors only.
  static InputFile in_memory(std::vector<std::byte> bytes, std::filesystem::path path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  std::uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }

  /// Fills `out` from `offset`; kCorruptRecord when the file ends before.
  Result<void> read(std::uint64_t offset, std::span<std::byte> out) const;

  /// SHA-256 of the whole file, 64 hex digits.
  Result<std::string> sha256() const;

 private:
  InputFile(int descriptor, std::uint64_t size, std::filesystem::path path)
      : descriptor_(descriptor), size_(size), path_(std::move(path)) {}

  int descriptor_;                // -1: in memory
  std::vector<std::byte> bytes_;  // when in memory
  std::uint64_t size_;
  std::filesystem::path path_;
};

/// Writes `chunks` one after the other to `path` so that a crash leaves the old file or the new
/// one: beside it, synced, renamed, folder synced. kIo, kStorageFull.
Result<void> write_file_atomically(const std::filesystem::path& path,
                                   std::span<const std::span<const std::byte>> chunks);

/// The whole file as text; kCorruptRecord above `limit_bytes`.
Result<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t limit_bytes);

}  // namespace geod::models
