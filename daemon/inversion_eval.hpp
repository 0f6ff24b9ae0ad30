#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "models/engine.hpp"
#include "trainer/inversion_scores.hpp"

namespace geod {

/// A network of task fwi: its folder, and a bundle laid over it or none.
struct InversionModel {
  std::filesystem::path folder;
  std::filesystem::path adapter;  ///< empty: none
  models::Device device = models::Device::kAuto;
  int threads = 0;
};

/// What `geod eval` is asked of a model of task fwi.
struct InversionEvalRequest {
  InversionModel model;
  std::filesystem::path data;
  std::string part;                ///< train, validation or all; empty: validation
  std::filesystem::path overlays;  ///< folder for a picture of every sample; empty: none
  std::filesystem::path report;    ///< empty: none
  std::string command_line;
  bool json = false;
};

/// Inverts the samples of a data set as `geod invert` would, prints the scores beside the published
/// ones where there are any, and writes pictures and the report.
Result<void> evaluate_inversions(const InversionEvalRequest& request);

/// The scores of a network on the validation parts of data sets.
Result<std::vector<trainer::InversionTest>> score_inversion_model(
    const InversionModel& model, std::span<const std::filesystem::path> data);

}  // namespace geod
