#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "models/manifest.hpp"
#include "models/tensor_specs.hpp"

namespace geod::models {

/// Parameters (not buffers) of one part of a network.
struct PartCount {
  Part part = Part::kEmbedder;
  std::int64_t total = 0;
  std::int64_t trainable = 0;
  bool operator==(const PartCount&) const = default;
};

/// One row per part that the tensors belong to, in the order embedder, encoder, trunk,
/// lora, head, decoder, tuning.
std::vector<PartCount> count_parameters(const std::vector<TensorSpec>& specs);

/// What `geod model show` prints.
struct ModelSummary {
  Manifest manifest;
  std::vector<PartCount> parts;
  std::int64_t total = 0;
  std::int64_t trainable = 0;
  std::uint64_t weights_bytes = 0;  ///< of model.safetensors
};

/// Reads manifest and weight file, checks the hash and that the file holds exactly the tensors of
/// the geometry. Errors of load_manifest and SafetensorsFile; kModelMismatch.
Result<ModelSummary> describe_model(const std::filesystem::path& directory);

/// A table for people, ends with a newline.
std::string to_text(const ModelSummary& summary);
/// One JSON object: name, version, family, task, geometry, parameters (per part, total, trainable),
/// weights_sha256, weights_bytes, provenance.
std::string to_json(const ModelSummary& summary);

}  // namespace geod::models
