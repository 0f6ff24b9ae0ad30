#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "models/manifest.hpp"
#include "models/overlay.hpp"
#include "trainer/dataset_description.hpp"
#include "trainer/evaluation.hpp"
#include "trainer/image_tiles.hpp"
#include "trainer/inversion_scores.hpp"
#include "trainer/starting_point.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// What a run ended with.
struct RunResult {
  const TrainOptions& options;
  const StartingPoint& start;
  const DatasetDescription& data;
  const TrainReport& report;
  const models::ScalarSettings& scalar;   ///< as measured on held-out recordings
  std::optional<std::int64_t> best_step;  ///< of the weights, when a validation chose them
  std::filesystem::path weights;          ///< all tensors of the network, safetensors
};

/// Writes what the run made, a model folder or a bundle (writes_bundle), whole or not at all, and
/// returns the folder. kIo when it is there already; errors of write_bundle.
/// @param score  with the weights of the result, for a bundle's golden case.
Result<std::filesystem::path> export_result(const RunResult& result, const ScoreFunction& score);

/// The same of an image task. The golden case of a bundle is computed by `segment`, with the
/// weights of the result.
Result<std::filesystem::path> export_image_result(const RunResult& result,
                                                  const SegmentFunction& segment);

/// The same of task fwi. The golden case of a bundle is inverted by `invert`, with the weights of
/// the result.
Result<std::filesystem::path> export_inversion_result(const RunResult& result,
                                                      const InvertFunction& invert);

/// The tensors of a weight file that the base's model.safetensors does not have, or has with other
/// values; those whose name begins with `whole_prefix`, where it is not empty, in any case.
Result<std::map<std::string, models::HostTensor>> changed_tensors(
    const std::filesystem::path& weights,
    const std::filesystem::path& base_folder,
    std::string_view whole_prefix);

/// Writes the folder `--out` of a result that is a model of its own.
Result<std::filesystem::path> export_model_folder(const RunResult& result,
                                                  models::Manifest manifest);

/// Where a run came from and what it reached, as the JSON object of a manifest.
std::string provenance_json(const RunResult& result);

}  // namespace geod::trainer
