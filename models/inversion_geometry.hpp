#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace geod::models {

/// What is laid on an InversionNet and trained while the network itself stays.
enum class InversionTuning : std::uint8_t {
  kNone,         ///< nothing: every weight trains
  kLora,         ///< a low-rank pair on every convolution and transposed convolution
  kSsf,          ///< scale and shift per channel (Lian et al. 2022)
  kAdaptFormer,  ///< a bottleneck beside the blocks that keep their shape (Chen et al. 2022)
  kBitFit,       ///< additive biases (Ben Zaken et al. 2022)
  kNorms,        ///< scale and shift of the BatchNorms
  kPrompt,       ///< a learned map added to the shots (Jia et al. 2022)
};
inline constexpr std::array kAllInversionTunings{InversionTuning::kNone,
                                                 InversionTuning::kLora,
                                                 InversionTuning::kSsf,
                                                 InversionTuning::kAdaptFormer,
                                                 InversionTuning::kBitFit,
                                                 InversionTuning::kNorms,
                                                 InversionTuning::kPrompt};

/// The factor before B A: libraries divide alpha by the rank, the paper's equation does not.
enum class LoraScaling : std::uint8_t { kAlphaOverR, kAlpha, kAlphaOverSqrtR };

/// What the BatchNorms of a network do while something laid on it is trained. A network that trains
/// whole normalises by its batches and trains its norms; this is not asked then.
enum class BatchNormPolicy : std::uint8_t {
  kFrozen,      ///< statistics of the base: what is trained is valid with the base alone
  kBatchStats,  ///< statistics of the batch; running ones move and are kept with what is trained
  kAffine,      ///< the same, and scale and shift of the norms train too
};

/// "none", "lora", "ssf", "adaptformer", "bitfit", "norms", "prompt".
std::string_view to_string(InversionTuning tuning);
/// "alpha_over_r", "alpha", "alpha_over_sqrt_r".
std::string_view to_string(LoraScaling scaling);
/// "frozen", "batch_stats", "affine".
std::string_view to_string(BatchNormPolicy policy);
/// kUnsupported listing the names.
Result<InversionTuning> parse_inversion_tuning(std::string_view text);
Result<LoraScaling> parse_lora_scaling(std::string_view text);
Result<BatchNormPolicy> parse_batch_norm_policy(std::string_view text);

/// Every dimension of an InversionNet and of what is laid on it. The defaults are the published
/// network for OpenFWI. Source: Wu and Lin 2020 (InversionNet), Deng et al. 2022 (OpenFWI) and its
/// code; a straight chain without skip connections.
struct InversionGeometry {
  std::int64_t sources = 5;     ///< shots of one model
  std::int64_t times = 1000;    ///< samples of a trace
  std::int64_t receivers = 70;  ///< traces of a shot
  std::int64_t depths = 70;     ///< rows of the velocity map; at most kDecoderSide
  std::int64_t offsets = 70;    ///< its columns
  std::int64_t width = 32;      ///< channels of the first block; the last has 16 times as many

  InversionTuning tuning = InversionTuning::kNone;
  std::int64_t lora_rank = 16;
  double lora_alpha = 16.0;
  LoraScaling lora_scaling = LoraScaling::kAlphaOverR;
  double lora_dropout = 0.0;     ///< on what enters A, in training only
  std::int64_t bottleneck = 64;  ///< channels of AdaptFormer's
  BatchNormPolicy bn_policy = BatchNormPolicy::kFrozen;

  /// The factor before B A.
  double lora_scale() const;
  /// Whether a training pass normalises with the statistics of its batch.
  bool trains_by_batch() const {
    return tuning == InversionTuning::kNone || bn_policy != BatchNormPolicy::kFrozen;
  }

  /// kModelMismatch naming the field.
  Result<void> validate() const;

  bool operator==(const InversionGeometry&) const = default;
};

/// Rows and columns that the decoder makes before they are cut to the velocity map.
inline constexpr std::int64_t kDecoderSide = 80;

/// "inversionnet". kNotFound.
Result<InversionGeometry> named_inversion(std::string_view name);

/// JSON object of all fields. Missing keys keep their defaults, unknown ones are kModelMismatch.
/// Validates.
std::string geometry_to_json(const InversionGeometry& geometry);
Result<InversionGeometry> inversion_from_json(std::string_view json);

}  // namespace geod::models
