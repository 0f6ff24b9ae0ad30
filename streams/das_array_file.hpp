#pragma once

#include <filesystem>
#include <span>

#include "core/das_block.hpp"
#include "core/error.hpp"

namespace geod::streams {

/// Writes a recording as a plain array in HDF5, as DasFile and `geod replay` read it without being
/// told anything: `data` float32 [times, channels], compressed, `time` in ns since 1970 and
/// `distance` in m along the fibre.
/// @param samples  [times, channels] of `geometry`. Errors: kIo naming the file, which must be new.
Result<void> write_das_array(const std::filesystem::path& path,
                             const FibreGeometry& geometry,
                             Time start,
                             std::span<const float> samples);

}  // namespace geod::streams
