#pragma once

#include <cstdio>
#include <filesystem>
#include <string_view>

#include "core/error.hpp"

namespace geod {

/// A file that is written beside its place and takes it when it is whole; before that, whatever
/// stood there stays. "-" is the standard output. One that was not finished leaves nothing behind.
class OutputFile {
 public:
  /// kIo when it cannot be made.
  static Result<OutputFile> open(const std::filesystem::path& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  /// A failure shows in finish().
  void write(std::string_view text);
  /// For what writes by itself; owned by this.
  std::FILE* stream() const { return stream_; }

  /// Puts the whole file in its place, on disk. kIo when not all of it could be written.
  Result<void> finish();

 private:
  OutputFile(std::filesystem::path path, std::filesystem::path beside, std::FILE* stream)
      : path_(std::move(path)), beside_(std::move(beside)), stream_(stream) {}

  std::filesystem::path path_;
  std::filesystem::path beside_;  ///< empty: the standard output
  std::FILE* stream_;             ///< null once finished or moved from
};

}  // namespace geod
