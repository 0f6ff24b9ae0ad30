#include "adapters/export_trunk.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "adapters/export_encoder.hpp"
#include "adapters/new_folder.hpp"
#include "models/manifest.hpp"
#include "models/safetensors.hpp"
#include "models/segmenter_specs.hpp"
#include "models/tensor_specs.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using models::FloatTensor;

constexpr const char* kWeightsFile = "model.safetensors";
constexpr const char* kConfigFile = "config.json";
constexpr std::string_view kTrunkPrefix = "gpt2.";

/// As transformers writes it for a GPT2Model.
std::string gpt2_config(const models::Manifest& manifest) {
  const models::SeisMollmGeometry& g = manifest.geometry;
  const nlohmann::json config = {{"_name_or_path", manifest.model_id()},
                                 {"activation_function", "gelu_new"},
                                 {"architectures", {"GPT2Model"}},
                                 {"attn_pdrop", g.dropout},
                                 {"bos_token_id", nullptr},
                                 {"embd_pdrop", g.dropout},
                                 {"eos_token_id", nullptr},
                                 {"layer_norm_epsilon", 1e-5},
                                 {"model_type", "gpt2"},
                                 {"n_embd", g.d_model()},
                                 {"n_head", g.heads},
                                 {"n_inner", nullptr},
                                 {"n_layer", g.blocks},
                                 {"n_positions", g.positions},
                                 {"resid_pdrop", g.dropout},
                                 {"scale_attn_weights", true},
                                 {"torch_dtype", "float32"},
                                 {"use_cache", false},
                                 {"vocab_size", 1}};
  return config.dump(2) + "\n";
}

/// The tensors of a model folder that `specs` names.
Result<std::vector<FloatTensor>> read_tensors(const fs::path& directory,
                                              const models::Manifest& manifest,
                                              const std::vector<models::TensorSpec>& specs) {
  const auto file = models::SafetensorsFile::open(directory / kWeightsFile);
  if (!file) {
    return tl::unexpected(file.error());
  }
  const auto hash = file->sha256();
  if (!hash) {
    return tl::unexpected(hash.error());
  }
  if (*hash != manifest.weights_sha256) {
    return fail(Errc::kModelMismatch,
                "{}: its SHA-256 is not the manifest's; the file is damaged or not this model's",
                file->path().string());
  }
  std::vector<FloatTensor> tensors;
  for (const models::TensorSpec& spec : specs) {
    auto values = file->read_floats(spec.name);
    if (!values) {
      return tl::unexpected(values.error());
    }
    if (static_cast<std::int64_t>(values->size()) != spec.elements()) {
      return fail(Errc::kModelMismatch,
                  "{}: tensor '{}' has not the shape of the manifest's geometry",
                  file->path().string(),
                  spec.name);
    }
    tensors.push_back({spec.name, spec.shape, std::move(*values)});
  }
  return tensors;
}

Result<std::vector<FloatTensor>> read_gpt2(const fs::path& directory,
                                           const models::Manifest& manifest) {
  auto tensors = read_tensors(directory, manifest, models::trunk_specs(manifest.geometry));
  if (!tensors) {
    return tensors;
  }
  for (FloatTensor& tensor : *tensors) {
    tensor.name.erase(0, kTrunkPrefix.size());
  }
  const std::int64_t width = manifest.geometry.d_model();
  tensors->push_back(
      {"wte.weight", {1, width}, std::vector<float>(static_cast<std::size_t>(width), 0.0F)});
  return tensors;
}

Result<std::vector<FloatTensor>> read_dinov2(const fs::path& directory,
                                             const models::Manifest& manifest) {
  if (!manifest.segmenter.has_encoder()) {
    return fail(
        Errc::kModelMismatch, "{}: a U-Net, which has no encoder to export", directory.string());
  }
  const auto ours = read_tensors(directory, manifest, models::encoder_specs(manifest.segmenter));
  if (!ours) {
    return tl::unexpected(ours.error());
  }
  std::vector<FloatTensor> tensors;
  for (const FloatTensor& tensor : *ours) {
    for (FloatTensor& theirs : to_dinov2(tensor)) {
      tensors.push_back(std::move(theirs));
    }
  }
  return tensors;
}

}  // namespace

Result<void> export_trunk(const fs::path& model_directory, const fs::path& out) {
  const auto manifest = models::load_manifest(model_directory);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (manifest->input() == models::InputKind::kShots) {
    return fail(Errc::kUnsupported,
                "{}: an InversionNet, which has no trunk for transformers; its weights lie in "
                "model.safetensors under the names of OpenFWI's code",
                model_directory.string());
  }
  const bool is_of_images = manifest->is_of_images();
  auto tensors = is_of_images ? read_dinov2(model_directory, *manifest)
                              : read_gpt2(model_directory, *manifest);
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  auto folder = NewFolder::begin(out);
  if (!folder) {
    return tl::unexpected(folder.error());
  }
  const std::string config = is_of_images ? dinov2_config(*manifest) : gpt2_config(*manifest);
  if (auto ok = folder->write(kConfigFile, std::as_bytes(std::span(config))); !ok) {
    return ok;
  }
  const auto bytes = models::safetensors_bytes(std::move(*tensors), {{"format", "pt"}});
  if (auto ok = folder->write(kWeightsFile, bytes); !ok) {
    return ok;
  }
  return folder->finish();
}

}  // namespace geod::adapters
