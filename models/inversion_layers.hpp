#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/inversion_geometry.hpp"

namespace geod::models {

/// One block: convolution (or transposed convolution) with bias, BatchNorm, LeakyReLU 0.2 (the last
/// block: tanh). Pairs are along time or depth, then along receivers or offsets.
struct InversionLayer {
  using Pair = std::array<std::int64_t, 2>;

  std::string name;  ///< as the published code has it, e.g. "convblock2_1"
  bool is_transposed = false;
  std::int64_t in = 0;  ///< channels
  std::int64_t out = 0;
  Pair kernel{};
  Pair stride{1, 1};
  Pair padding{0, 0};
  bool is_last = false;  ///< ends with tanh

  /// [out, in, kernel], and [in, out, kernel] of a transposed convolution.
  std::vector<std::int64_t> weight_shape() const;
  /// Whether what leaves has the shape of what enters: where AdaptFormer stands beside.
  bool keeps_shape() const;
  /// Length along an axis (0 or 1) after the block.
  std::int64_t output_length(std::int64_t length, std::size_t axis) const;
};

inline constexpr double kLeakySlope = 0.2;
/// Weight of what AdaptFormer adds, and the dropout after its ReLU.
inline constexpr double kAdaptFormerScale = 0.1;
inline constexpr double kAdaptFormerDropout = 0.1;

/// The 25 blocks in order, 14 of the encoder and 11 of the decoder. The kernel of the last of the
/// encoder spans all that is left of time and receivers: one value a channel.
std::vector<InversionLayer> inversion_layers(const InversionGeometry& geometry);
inline constexpr std::size_t kInversionEncoderLayers = 14;
inline constexpr std::size_t kInversionLayers = 25;

}  // namespace geod::models
