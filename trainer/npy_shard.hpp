#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/error.hpp"

namespace geod::trainer {

/// A .npy file of samples along its first axis, mapped into memory: float32 or float64, of either
/// byte order, row or column major. Only what is read is brought in from the disk, by the kernel,
/// and kept while there is room, so that sets far larger than the memory are read at the speed of
/// it or of the disk.
///
/// Immutable after open(); threads may read at the same time. A file must not be cut short while it
/// is read; read() asks for its length first, which finds this but for one that is cut in the same
/// instant.
class NpyShard {
 public:
  /// kNotFound, kIo; kCorruptRecord when it is no array, has no samples, or is shorter than its
  /// header says; kUnsupported for values that are no floats. All name the file.
  static Result<NpyShard> open(const std::filesystem::path& path);
  NpyShard(NpyShard&& other) noexcept;
  NpyShard& operator=(NpyShard&&) = delete;
  ~NpyShard();

  const std::filesystem::path& path() const { return path_; }
  std::int64_t samples() const { return samples_; }
  /// Axes of one sample.
  const std::vector<std::int64_t>& sample_shape() const { return sample_shape_; }
  std::int64_t sample_values() const { return sample_values_; }
  std::uint64_t file_bytes() const { return bytes_; }

  /// Sample `index` as float32, row major. kCorruptRecord when the file has been cut or a value is
  /// not finite, naming file and sample.
  /// @param out  of sample_values(), all written also where it fails.
  Result<void> read(std::int64_t index, std::span<float> out) const;

 private:
  NpyShard() = default;

  std::filesystem::path path_;
  const std::byte* map_ = nullptr;  // of the whole file
  std::uint64_t bytes_ = 0;
  std::uint64_t data_at_ = 0;
  bool is_double_ = false;
  bool is_swapped_ = false;
  bool is_column_major_ = false;
  std::int64_t samples_ = 0;
  std::vector<std::int64_t> sample_shape_;
  std::int64_t sample_values_ = 0;
};

}  // namespace geod::trainer
