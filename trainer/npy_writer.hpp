#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <vector>

#include "core/error.hpp"

namespace geod::trainer {

/// Writes a .npy file of float32 values, row major, piece by piece. The file has its name only when
/// it is whole: before finish() it is NAME.part, which is removed with the writer.
/// Source: numpy.lib.format, version 1.0.
class NpyWriter {
 public:
  /// kIo naming the file.
  static Result<NpyWriter> create(const std::filesystem::path& path,
                                  const std::vector<std::int64_t>& shape);
  NpyWriter(NpyWriter&& other) noexcept = default;
  NpyWriter& operator=(NpyWriter&&) = delete;
  ~NpyWriter();

  /// kIo naming the file, also when the disk is full.
  Result<void> append(std::span<const float> values);
  /// As append(). All values of the shape must have been appended.
  Result<void> finish();

 private:
  NpyWriter(const std::filesystem::path& path, std::int64_t values);

  std::filesystem::path path_;
  std::filesystem::path part_;  // empty when there is nothing to remove
  std::ofstream file_;
  std::int64_t values_left_;
};

}  // namespace geod::trainer
