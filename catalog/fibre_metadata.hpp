#pragma once

#include <optional>
#include <string_view>

#include "catalog/fibre_positions.hpp"
#include "core/error.hpp"

namespace geod::catalog {

/// Where a fibre lies as the metadata of its publisher says: one JSON object in the words of the
/// FDSN's DAS metadata 2.0, of which the arrays below `interrogators[].acquisitions[].
/// channel_groups[].channels` are read (`channel_ids`, `x_coordinates`, `y_coordinates`,
/// `elevations_above_sea_level`, `depths_below_surface`). Channel groups may also stand at the top.
/// The number of a channel is that in its id: 30 of "A0030". Coordinates are geographic (degrees)
/// or UTM with a zone in `reference_frame`; elevations are of the ground, as there.
///
/// Nothing when it names no places. kConfig when what it names are none: arrays of different
/// lengths, ids without a number, channels twice, coordinates not on earth or in a local system.
/// At most 200,000 channels. `json` must be bounded by the caller.
///
/// Source: DAS-Metadata.v2.0.schema.json of github.com/FDSN/DAS-metadata.
Result<std::optional<FibrePositions>> parse_fibre_metadata(std::string_view json);

}  // namespace geod::catalog
