#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/geometry.hpp"
#include "models/manifest.hpp"

namespace geod::models {

/// The parts a network's parameters are counted by: embedder, trunk and head of SeisMoLLM, encoder
/// and decoder (or U-Net) of the image tasks and of InversionNet. LoRA and whatever else is laid on
/// a network are counted apart from what they adapt.
enum class Part : std::uint8_t { kEmbedder, kTrunk, kLora, kHead, kEncoder, kDecoder, kTuning };
std::string_view to_string(Part part);

/// One tensor of a network: what a weight file must hold and what training may change.
struct TensorSpec {
  std::string name;  ///< canonical, e.g. "gpt2.h.0.attn.c_attn.weight"
  std::vector<std::int64_t> shape;
  Part part = Part::kEmbedder;
  bool is_buffer = false;  ///< running statistics of a BatchNorm: neither counted nor trained
  /// With LoRA the matrices and biases of the GPT-2 blocks are frozen; LayerNorms, positions,
  /// embedder and head train, and of the encoder of images only the LoRA pairs. Without LoRA
  /// everything does. What the forward pass never reaches (mask_token, blocks after the last tap
  /// and the modules that the published decoders hold but do not call) has no gradient and does not
  /// train.
  bool is_trainable = true;

  std::int64_t elements() const;
  bool operator==(const TensorSpec&) const = default;
};

/// `geometry.validate()` and, for the scalar tasks, that the features are long enough for the two
/// strided convolutions of their head. kModelMismatch.
Result<void> validate_for(const SeisMollmGeometry& geometry, Task task);

/// Every tensor of the network, in registration order. Names and shapes follow the published code;
/// GPT-2's linear layers keep its Conv1D layout [in, out]. `geometry` must be valid.
std::vector<TensorSpec> tensor_specs(const SeisMollmGeometry& geometry, Task task);

/// The tensors of the trunk alone without LoRA: what a base folder of family "gpt2" holds.
std::vector<TensorSpec> trunk_specs(const SeisMollmGeometry& geometry);

/// The tensors that a folder with this manifest holds, whatever its family.
std::vector<TensorSpec> tensor_specs(const Manifest& manifest);

/// Kernel lengths of the four stages of the picking head and of its last convolution.
std::array<std::int64_t, 4> head_kernels(const SeisMollmGeometry& geometry);
inline constexpr std::int64_t kHeadOutputKernel = 7;
/// Output channels of the picking head: 0 is never trained, 1 = P, 2 = S.
inline constexpr std::int64_t kPickChannels = 3;
/// Output channels of the four stages of the picking head.
std::array<std::int64_t, 4> head_stage_channels(const SeisMollmGeometry& geometry);
/// Lengths the four stages interpolate to; the last is window_samples. Each is the next one divided
/// by the fourth root of window / features, truncated (in double, as published).
std::array<std::int64_t, 4> head_sizes(const SeisMollmGeometry& geometry);

/// The two strided convolutions of the four scalar heads.
inline constexpr std::int64_t kScalarKernel = 16;
inline constexpr std::int64_t kScalarStride = 4;
/// Outputs of the scalar heads: 2 for polarity and back-azimuth, 1 for magnitude and distance.
std::int64_t scalar_outputs(Task task);

/// Upper ends of the ranges of the two bounded regressions.
inline constexpr double kMaxMagnitude = 8.0;
inline constexpr double kMaxDistanceKm = 500.0;
/// The largest output of a task after its activation: what differences of outputs are measured by.
double output_range(Task task);

/// Outputs of one window as the engine gives them: [classes, samples]; dpk without channel 0.
struct OutputShape {
  std::size_t classes = 0;
  std::size_t samples = 0;
};
OutputShape output_shape(const SeisMollmGeometry& geometry, Task task);

/// Zero padding that makes a convolution of kernel >= stride return ceil(length / stride) samples.
struct Padding {
  std::int64_t left = 0;
  std::int64_t right = 0;
  bool operator==(const Padding&) const = default;
};
Padding auto_padding(std::int64_t length, std::int64_t kernel, std::int64_t stride);

}  // namespace geod::models
