#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/inversion_geometry.hpp"

namespace geod::trainer {

/// What an inversion is trained by, in the network's units of -1 to 1.
enum class InversionLoss : std::uint8_t {
  kL1,    ///< mean of the absolute differences: as the paper states it
  kL1L2,  ///< and the mean of their squares: the default of the published code
};
std::string_view to_string(InversionLoss loss);

/// Which weights a run writes.
enum class InversionSelection : std::uint8_t {
  kLast,       ///< those of the last step
  kHeldOut,    ///< the best on a twentieth of the training samples, which are not trained on
  kPublished,  ///< the best on the validation part, which the scores are told of: as published
};
std::string_view to_string(InversionSelection selection);

/// Of `geod train`, for task fwi alone.
struct InversionOptions {
  std::vector<std::filesystem::path> more_data;  ///< trained on together with TrainOptions::data
  std::vector<std::filesystem::path> tests;      ///< scored at the end, besides what was trained on
  InversionLoss misfit = InversionLoss::kL1;
  InversionSelection selection = InversionSelection::kLast;
  /// Bounds of amplitude: a set of OpenFWI, "openfwi" (all of them), or "own": each sample those of
  /// its own set. Empty: those of the base, else "openfwi".
  std::string bounds;
  double share = 1.0;        ///< of the training samples
  bool takes_first = false;  ///< that share as stored, not drawn from all shards
  std::uint64_t share_seed = 0;
  std::optional<std::int64_t> width;  ///< channels of the first block; nothing: the geometry's
  models::LoraScaling lora_scaling = models::LoraScaling::kAlphaOverR;
  models::BatchNormPolicy bn_policy = models::BatchNormPolicy::kFrozen;
  std::int64_t bottleneck = 64;  ///< of method adaptformer
};

/// The share of kHeldOut.
inline constexpr double kInversionHeldOut = 0.05;
/// The name in InversionOptions::bounds that is no set.
inline constexpr std::string_view kOwnBounds = "own";

}  // namespace geod::trainer
