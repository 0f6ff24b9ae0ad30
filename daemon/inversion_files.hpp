#pragma once

#include <filesystem>
#include <vector>

#include "core/error.hpp"
#include "models/inversion.hpp"

namespace geod {

/// Shots of a .npy file: [sources, times, receivers], or [sets, sources, times, receivers] as
/// OpenFWI keeps them. kUnsupported for another ending, shape or more than 1 GiB; kCorruptRecord;
/// kNotFound, kIo; kModelMismatch for a value that is not finite.
Result<std::vector<models::Shots>> read_shots_file(const std::filesystem::path& path);

/// .npy, float32 [sets, 1, depths, offsets] in m/s, as OpenFWI keeps velocity maps.
Result<void> write_maps(const models::VelocityMaps& maps, const std::filesystem::path& path);

/// .png: the first maps side by side, depth downwards, from blue at `from_m_s` over green to yellow
/// at `to_m_s`. kUnsupported for another ending.
Result<void> write_map_picture(const models::VelocityMaps& maps,
                               double from_m_s,
                               double to_m_s,
                               const std::filesystem::path& path);

}  // namespace geod
