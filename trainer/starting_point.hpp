#pragma once

#include <string>

#include "models/manifest.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// What a run of `geod train` starts from.
struct StartingPoint {
  models::SeisMollmGeometry geometry;   ///< of the seismogram tasks
  models::SegmenterGeometry segmenter;  ///< of the image tasks, as the next
  models::SegmentSettings segments;     ///< classes of the data, tiles of the base
  models::InversionGeometry inversion;  ///< of inversion, as the next
  models::InversionSettings shots;      ///< bounds that the network's manifest has
  std::string model_id;                 ///< of the folder of --init or --trunk
  std::string weights_sha256;  ///< of the folder of --init or --trunk; empty for fresh weights
  std::string provenance_json = "null";  ///< of that folder: {model, weights_sha256, provenance}
};

/// Notes whose weights a run starts from.
void take_origin(const models::Manifest& manifest, StartingPoint& start);

/// Reads the manifest of --init (whose geometry is taken) or --trunk, or the geometry by its name
/// or file. Its LoRA rank, alpha and dropout are those of the run: none with method scratch, added
/// by method lora. kNotFound; kModelMismatch when the folder is of the wrong family or the geometry
/// too short for the task; kConfig when options contradict each other.
Result<StartingPoint> find_starting_point(const TrainOptions& options);

}  // namespace geod::trainer
