#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/das_block.hpp"
#include "core/error.hpp"

namespace geod::streams {

/// What a data set is made of.
struct Hdf5Dataset {
  enum class Kind : std::uint8_t { kSigned, kUnsigned, kFloat, kOther };
  std::vector<std::int64_t> shape;
  Kind kind = Kind::kOther;
  std::size_t bytes_per_value = 0;
};

/// An HDF5 file, opened for reading. Errors name file and data set: kNotFound, kCorruptRecord (not
/// HDF5, truncated, another type or shape than asked for). What one call reads is bounded, whatever
/// the file claims.
/// Thread: any; the library takes one caller at a time.
class Hdf5File {
 public:
  static Result<Hdf5File> open(const std::filesystem::path& path);
  /// Whether the file begins as HDF5 (MATLAB 7.3 with its own header before it).
  static bool is_one(const std::filesystem::path& path);
  /// A file that is bytes in memory, copied. `name` is for errors.
  static Result<Hdf5File> open_image(std::span<const std::byte> image, const std::string& name);

  const std::string& name() const;

  /// Whether there is a group or data set of this path ("data/trace-1"); "" and "/": always.
  bool has(const std::string& object) const;
  bool is_group(const std::string& object) const;
  /// Names of what a group holds, at most 10,000, in the order of the names.
  std::vector<std::string> children(const std::string& group) const;

  /// Extents of a data set, at most 4.
  Result<std::vector<std::int64_t>> shape(const std::string& dataset) const;
  Result<Hdf5Dataset> describe(const std::string& dataset) const;
  /// The block at `offset` of `count` in every dimension, row major, as float32 of any number type.
  Result<std::vector<float>> read(const std::string& dataset,
                                  std::span<const std::int64_t> offset,
                                  std::span<const std::int64_t> count) const;
  /// The same as samples of another type into `out`, which has their size.
  Result<void> read_samples(const std::string& dataset,
                            std::span<const std::int64_t> offset,
                            std::span<const std::int64_t> count,
                            DasSampleType type,
                            std::span<std::byte> out) const;
  /// All values of a data set of any shape, row major.
  Result<std::vector<double>> read_numbers(const std::string& dataset) const;
  Result<std::vector<std::int64_t>> read_integers(const std::string& dataset) const;
  /// A data set that holds one text.
  Result<std::string> read_text(const std::string& dataset) const;
  /// A data set that holds one number.
  Result<double> read_number(const std::string& dataset) const;

  /// Attributes of a group or data set ("" or "/" the root); nothing when it is not there or of
  /// another kind. Several texts come joined by commas.
  std::vector<double> attribute_numbers(const std::string& object, const std::string& name) const;
  std::optional<double> attribute_number(const std::string& object, const std::string& name) const;
  std::optional<std::string> attribute_text(const std::string& object,
                                            const std::string& name) const;

 private:
  class Handle;
  explicit Hdf5File(std::shared_ptr<const Handle> file) : file_(std::move(file)) {}
  std::shared_ptr<const Handle> file_;
};

}  // namespace geod::streams
