#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "models/file_io.hpp"

namespace geod::models {

/// A zip file as torch.save writes it: entries stored without compression, below 4 GiB. Names,
/// ranges and sizes are checked on opening, CRC-32 when an entry is read.
class ZipArchive {
 public:
  /// kNotFound, kIo; kCorruptRecord for a damaged file or entries that overlap; kUnsupported for
  /// compression, encryption or more than 4 GiB.
  static Result<ZipArchive> open(const std::filesystem::path& path);

  struct Entry {
    std::uint64_t header_offset = 0;
    std::uint64_t data_offset = 0;
    std::uint64_t bytes = 0;
    std::uint32_t crc32 = 0;
  };
  const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }
  const std::filesystem::path& path() const { return file_.path(); }

  /// The whole entry. kNotFound; kCorruptRecord above `limit_bytes` or when its CRC is wrong.
  Result<std::vector<std::byte>> read(std::string_view name, std::uint64_t limit_bytes) const;

 private:
  explicit ZipArchive(InputFile file) : file_(std::move(file)) {}
  Result<void> read_directory();
  Result<void> add_entry(std::span<const std::byte> record,
                         std::string name,
                         std::uint64_t directory_offset);
  Result<void> locate_data(std::string_view name, Entry& entry, std::uint64_t directory_offset);
  Result<void> check_disjoint() const;

  InputFile file_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace geod::models
