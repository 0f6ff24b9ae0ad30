#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace geod {

/// Writes an array as version 1.0 of numpy.lib.format, C order; beside, synced, renamed.
///
/// @param dtype  as NumPy says it: "<f4", "|u1".
/// @param values  as they lie in memory, row major.
Result<void> write_npy(const std::filesystem::path& path,
                       const std::string& dtype,
                       const std::vector<std::int64_t>& shape,
                       std::span<const std::byte> values);

}  // namespace geod
