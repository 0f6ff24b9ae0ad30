#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/geometry.hpp"
#include "models/manifest.hpp"
#include "trainer/dataset_description.hpp"
#include "trainer/evaluation.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// What the report of a training run is made of.
struct RunReport {
  const TrainOptions& options;
  const DatasetDescription& data;
  const models::SeisMollmGeometry& geometry;
  const models::ScalarSettings& scalar;   ///< as written to the manifest
  std::span<const Recording> recordings;  ///< scored and shown: never trained on; may be empty
  std::string subtitle;                   ///< what these are
  std::filesystem::path run_directory;    ///< holds metrics.jsonl
};

/// Writes `run_directory`/report.html: curves of metrics.jsonl, scores, errors, calibration and
/// examples of `recordings`, and where it all comes from. Errors: those of scoring and of files.
/// @param score  of the network that the run wrote.
Result<void> write_run_report(const RunReport& run, const ScoreFunction& score);

}  // namespace geod::trainer
