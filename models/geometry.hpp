#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/sample_rate.hpp"

namespace geod::models {

/// The five seismogram tasks: phase picking, first-motion polarity, back-azimuth, magnitude,
/// epicentral distance; the five image tasks: events on a fibre, seismic facies, salt bodies,
/// lunar craters, faults; and full-waveform inversion. Names as in the command line and manifests.
enum class Task : std::uint8_t {
  kDpk,
  kPmp,
  kBaz,
  kEmg,
  kDis,
  kDas,
  kFacies,
  kSalt,
  kCrater,
  kFault,
  kFwi
};
inline constexpr std::array kAllTasks{Task::kDpk,
                                      Task::kPmp,
                                      Task::kBaz,
                                      Task::kEmg,
                                      Task::kDis,
                                      Task::kDas,
                                      Task::kFacies,
                                      Task::kSalt,
                                      Task::kCrater,
                                      Task::kFault,
                                      Task::kFwi};
std::string_view to_string(Task task);
Result<Task> parse_task(std::string_view text);

/// What a network is given: windows of seismograms, images (or tiles of fibres), or the shots of a
/// seismic survey.
enum class InputKind : std::uint8_t { kSeismograms, kImages, kShots };
constexpr InputKind input_of(Task task) {
  if (task == Task::kFwi) {
    return InputKind::kShots;
  }
  return task >= Task::kDas ? InputKind::kImages : InputKind::kSeismograms;
}
constexpr bool is_image_task(Task task) {
  return input_of(task) == InputKind::kImages;
}

/// Every dimension of a SeisMoLLM network. The defaults are the published network for 8192 samples
/// at 50 Hz. Source of the numbers: Wang et al., SeisMoLLM (arXiv 2502.19960) and its code.
struct SeisMollmGeometry {
  std::int64_t window_samples = 8192;
  SampleRate sampling_rate = *SampleRate::make(50);
  std::int64_t in_channels = 3;  ///< Z, N, E

  /// Embedder, four blocks of four branches; branch j has kernel base + j * step.
  std::array<std::int64_t, 4> embed_channels{16, 48, 96, 96};
  std::array<std::int64_t, 4> embed_strides{2, 2, 2, 1};
  std::array<std::int64_t, 4> kernel_base{16, 8, 6, 1};
  std::array<std::int64_t, 4> kernel_step{8, 6, 4, 2};

  std::int64_t patch = 8;  ///< feature columns a token; d_model = patch * embed_channels[3]
  std::int64_t blocks = 3;
  std::int64_t heads = 12;
  std::int64_t positions = 1024;  ///< rows of the position table
  double dropout = 0.1;           ///< GPT-2's, in training only

  std::int64_t lora_rank = 16;  ///< 0: no LoRA, every weight is trained
  double lora_alpha = 16.0;
  double lora_dropout = 0.1;

  /// Channels of the first three stages of the picking head; the fourth has 2 * 3 = 6.
  std::array<std::int64_t, 3> head_channels{224, 192, 160};

  std::int64_t d_model() const { return patch * embed_channels[3]; }
  /// Feature columns after the embedder: ceil(ceil(ceil(L/2)/2)/2) for the published strides.
  std::int64_t feature_columns() const;
  /// floor(feature_columns / patch); trailing columns that fill no token are dropped.
  std::int64_t tokens() const { return feature_columns() / patch; }

  /// kModelMismatch naming the field when a dimension is impossible (not positive, d_model not
  /// divisible by heads, more tokens than positions, window too short for the head).
  Result<void> validate() const;

  bool operator==(const SeisMollmGeometry&) const = default;
};

/// Named geometries: "seismollm-diting" (8192 at 50 Hz), "seismollm-stead" (6000 at 100 Hz) and
/// "starter" (the small one shipped with geod). kNotFound for another name.
Result<SeisMollmGeometry> named_geometry(std::string_view name);

/// JSON object of all fields, `sampling_rate` as [numerator, denominator].
std::string geometry_to_json(const SeisMollmGeometry& geometry);
/// Missing keys keep their defaults, unknown keys are kModelMismatch. Validates.
Result<SeisMollmGeometry> geometry_from_json(std::string_view json);

}  // namespace geod::models
