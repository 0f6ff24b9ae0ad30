#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "core/error.hpp"

namespace geod::adapters {

/// A folder that is filled beside its place and gets its name at the end: others see it whole or
/// not at all. What was not finished is removed.
class NewFolder {
 public:
  /// Makes the parent of `path` if it is not there. kIo when something has the name already, or on
  /// failure; kStorageFull.
  static Result<NewFolder> begin(const std::filesystem::path& path);
  NewFolder(NewFolder&& other) noexcept;
  NewFolder& operator=(NewFolder&&) = delete;
  ~NewFolder();

  /// A file in it, synced. kIo, kStorageFull.
  Result<void> write(const char* file, std::span<const std::byte> bytes);

  /// Gives it its name; kIo when something else took the name meanwhile.
  Result<void> finish();

 private:
  NewFolder(std::filesystem::path path, std::filesystem::path beside)
      : path_(std::move(path)), beside_(std::move(beside)) {}

  std::filesystem::path path_;
  std::filesystem::path beside_;  // empty: nothing to remove
};

}  // namespace geod::adapters
