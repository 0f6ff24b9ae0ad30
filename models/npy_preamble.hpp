#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace geod::models {

/// What stands before the values in a .npy file: version 1.0 of numpy.lib.format, C order, padded
/// to 64 bytes.
///
/// @param dtype  as NumPy says it: "<f4", "|u1".
std::string npy_preamble(std::string_view dtype, const std::vector<std::int64_t>& shape);

}  // namespace geod::models
