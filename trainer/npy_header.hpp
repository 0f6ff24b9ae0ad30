#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace geod::trainer {

/// What stands before the values of a .npy file.
struct NpyHeader {
  std::string type;                 ///< dtype: "<f4", ">f8", "|u1", "<U12", ...
  bool is_column_major = false;     ///< "fortran_order"
  std::vector<std::int64_t> shape;  ///< () of a single value
  std::uint64_t data_at = 0;        ///< bytes before the first value

  /// Product of the shape, at most kMaxNpyValues.
  std::int64_t values() const;
};

/// No array has more: above it a shape is damaged or hostile.
inline constexpr std::int64_t kMaxNpyValues = std::int64_t{1} << 40;
/// No header of ours or of numpy is longer.
inline constexpr std::size_t kMaxNpyHeaderBytes = 1 << 16;

/// Reads the header at the start of `bytes`, format versions 1 to 3: exactly the keys descr,
/// fortran_order and shape, each once. `bytes` may be a whole file or a first
/// piece of it, longer than the header.
/// kCorruptRecord saying what is wrong; kUnsupported for records of several fields.
/// Source: numpy.lib.format.
Result<NpyHeader> parse_npy_header(std::span<const std::byte> bytes);

}  // namespace geod::trainer
