#pragma once

#include <filesystem>

#include "core/error.hpp"

namespace geod::storage {

/// An advisory lock on a file of its own, held by one process until it is destroyed or dies.
class FileLock {
 public:
  /// Makes `file` when it is not there. kStorageBusy when another process holds the lock, kIo when
  /// the file cannot be made.
  static Result<FileLock> acquire(const std::filesystem::path& file);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace geod::storage
