#pragma once

#include <cstdint>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"
#include "models/segment_settings.hpp"
#include "trainer/das_scene.hpp"

namespace geod::trainer {

/// A labelled image of a piece of a scene: what the network of a running daemon would see of it.
struct DasTile {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;        ///< [rows, columns], 0 to 255
  std::vector<std::int8_t> labels;  ///< the same shape; background beyond the data
  std::int64_t first_row = 0;       ///< of the scene; may be negative
  double data_share = 0.0;          ///< of the rows that hold data
};

/// Sends a scene through the daemon's own conditioning (streams/fibre_conditioner) and tiler, as
/// one segment that begins at `start`, and cuts the labels alike. Tiles do not overlap; those with
/// less than a quarter of their rows filled are left out.
/// @param settings  grid, band, scale; the scene's rate and spacing must be the grid's.
/// Errors: kUnsupported as FibreConditioner.
Result<std::vector<DasTile>> cut_tiles(const DasScene& scene,
                                       const models::DasSettings& settings,
                                       Time start,
                                       std::int64_t rows,
                                       std::int64_t columns);

}  // namespace geod::trainer
