#include "adapters/export_trunk.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "adapters/new_folder.hpp"
#include "models/manifest.hpp"
#include "models/safetensors.hpp"
#include "models/tensor_specs.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using models::FloatTensor;

constexpr const char* kWeightsFile = "model.safetensors";
constexpr const char* kConfigFile = "config.json";
constexpr std::string_view kTrunkPrefix = "gpt2.";

/// As transformers writes it for a GPT2Model.
std::string config_text(const models::Manifest& manifest) {
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

Result<std::vector<FloatTensor>> read_trunk(const fs::path& directory,
                                            const models::Manifest& manifest) {
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
  for (const models::TensorSpec& spec : models::trunk_specs(manifest.geometry)) {
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
    tensors.push_back({spec.name.substr(kTrunkPrefix.size()), spec.shape, std::move(*values)});
  }
  const std::int64_t width = manifest.geometry.d_model();
  tensors.push_back(
      {"wte.weight", {1, width}, std::vector<float>(static_cast<std::size_t>(width), 0.0F)});
  return tensors;
}

}  // namespace

Result<void> export_trunk(const fs::path& model_directory, const fs::path& out) {
  const auto manifest = models::load_manifest(model_directory);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  auto tensors = read_trunk(model_directory, *manifest);
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  auto folder = NewFolder::begin(out);
  if (!folder) {
    return tl::unexpected(folder.error());
  }
  const std::string config = config_text(*manifest);
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
