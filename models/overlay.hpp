#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/manifest.hpp"

namespace geod::models {

/// A float32 tensor in host memory, row major.
struct HostTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// A window and what the network answered where the overlay was made: an engine that answers
/// something else does not compute what was trained. For images the input is golden_image() of the
/// geometry's size, which is not stored, and the output is golden_grid() of the probabilities.
struct GoldenCase {
  std::vector<float> input;   ///< [3, T] before normalisation, nothing missing; empty for images
  std::vector<float> output;  ///< [K, T] or [K], as ScoreBatch holds them; [K, cells, cells]
  /// Largest difference allowed, as a share of the task's range of outputs (output_range).
  double tolerance = 1e-4;
};

/// A golden case that allows more tells nothing.
inline constexpr double kMaxGoldenTolerance = 1e-2;

/// What makes the network of a task out of a base model: what an adapter bundle holds, once read
/// and checked (adapters/bundle.hpp). Immutable; shared between threads.
struct NetworkOverlay {
  /// Of the resulting network: task, geometry (the base's, with the LoRA rank and alpha of the
  /// adapter), thresholds. `name` and `version` are the bundle's; `weights_sha256` is the base's.
  Manifest manifest;
  std::string adapter_hash;  ///< of the bundle, 64 hex digits
  /// By canonical name (tensor_specs): LoRA A and B, and all that was trained beside them. Every
  /// tensor of the resulting network that is not here is taken from the base.
  std::map<std::string, HostTensor> tensors;
  /// Run by Engine::prepare and on opening.
  std::optional<GoldenCase> golden;
};

/// Whether a network with the manifest `wanted` may be made out of the base: its hash, family,
/// normalisation and geometry (but for LoRA and dropouts; for images, where the base may be an
/// encoder alone, the encoder's part of it). kModelMismatch.
Result<void> check_base(const Manifest& base, const Manifest& wanted);

/// Whether `overlay` and the base give one whole network: check_base, every tensor of the result in
/// the overlay or the base with its shape, no other tensor, every value finite, the head in the
/// overlay when the base has none for the task, LoRA whole or the base's own. kModelMismatch naming
/// the tensor or key.
Result<void> check_overlay(const Manifest& base, const NetworkOverlay& overlay);

}  // namespace geod::models
