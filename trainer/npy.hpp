#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace geod::trainer {

/// An array of a .npy file, row major: numbers as double, or one text.
struct NpyArray {
  std::vector<std::int64_t> shape;
  std::vector<double> values;  ///< empty for a text
  std::string text;            ///< of dtype <U or |S with shape ()
};

/// Decodes a .npy file, versions 1 to 3: little-endian floats, signed and unsigned integers of 1 to
/// 8 bytes, and single texts (UCS-4 of ASCII, or bytes). kCorruptRecord, kUnsupported with the
/// dtype. Pickled objects are refused.
/// Source: numpy.lib.format.
Result<NpyArray> decode_npy(std::span<const std::byte> bytes);

}  // namespace geod::trainer
