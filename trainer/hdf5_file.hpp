#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace geod::trainer {

/// An HDF5 file, opened for reading. Errors name file and data set: kNotFound, kCorruptRecord (not
/// HDF5, truncated, another type or shape than asked for).
/// Thread: any; the library takes one caller at a time.
class Hdf5File {
 public:
  static Result<Hdf5File> open(const std::filesystem::path& path);

  /// Whether there is a group or data set of this path ("data/trace-1").
  bool has(const std::string& object) const;
  /// Extents of a data set, at most 4.
  Result<std::vector<std::int64_t>> shape(const std::string& dataset) const;
  /// The block at `offset` of `count` in every dimension, row major, as float32 of any number type.
  Result<std::vector<float>> read(const std::string& dataset,
                                  std::span<const std::int64_t> offset,
                                  std::span<const std::int64_t> count) const;
  /// A data set that holds one text.
  Result<std::string> read_text(const std::string& dataset) const;
  /// A data set that holds one number.
  Result<double> read_number(const std::string& dataset) const;

 private:
  class Handle;
  explicit Hdf5File(std::shared_ptr<const Handle> file) : file_(std::move(file)) {}
  std::shared_ptr<const Handle> file_;
};

}  // namespace geod::trainer
