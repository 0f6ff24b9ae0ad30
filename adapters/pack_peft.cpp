#include "adapters/pack_peft.hpp"

#include <nlohmann/json.hpp>

#include "adapters/adapter_tensors.hpp"
#include "adapters/bundle.hpp"
#include "adapters/bundle_folder.hpp"
#include "adapters/peft_config.hpp"
#include "adapters/peft_names.hpp"
#include "models/file_io.hpp"
#include "models/safetensors.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using models::NetworkOverlay;

constexpr const char* kPickleFile = "adapter_model.bin";

Result<PeftConfig> read_config(const fs::path& folder) {
  const auto text = models::read_text_file(folder / kConfigFile, kMaxConfigBytes);
  if (!text) {
    return tl::unexpected(text.error());
  }
  auto config = parse_peft_config(*text);
  if (!config) {
    return fail_with(config.error(), (folder / kConfigFile).string());
  }
  return config;
}

Result<models::SafetensorsFile> open_adapter(const fs::path& folder) {
  if (!fs::exists(folder / kAdapterFile) && fs::exists(folder / kPickleFile)) {
    return fail(Errc::kUnsupported,
                "{}: a pickle, which geod never reads; save the adapter with "
                "safe_serialization=True",
                (folder / kPickleFile).string());
  }
  return models::SafetensorsFile::open(folder / kAdapterFile);
}

Result<void> add_head(const fs::path& path, NetworkOverlay& overlay) {
  const auto file = models::SafetensorsFile::open(path);
  return file ? add_head_tensors(*file, overlay) : tl::unexpected(file.error());
}

/// Embedder, head and settings of another bundle; what peft saves comes from the new adapter.
Result<void> add_head_of(const fs::path& path,
                         const models::Manifest& base,
                         NetworkOverlay& overlay) {
  const auto bundle = read_bundle(path, base);
  if (!bundle) {
    return tl::unexpected(bundle.error());
  }
  const models::Manifest& other = bundle->overlay->manifest;
  if (other.task != overlay.manifest.task) {
    return fail(Errc::kModelMismatch,
                "{}: its head is of task {}, not {}",
                path.string(),
                models::to_string(other.task),
                models::to_string(overlay.manifest.task));
  }
  overlay.manifest.picks = other.picks;
  overlay.manifest.scalar = other.scalar;
  for (const auto& [name, tensor] : bundle->overlay->tensors) {
    if (!peft_name(name)) {
      overlay.tensors.insert_or_assign(name, tensor);
    }
  }
  return {};
}

models::Manifest manifest_of(const PackRequest& request, const PeftConfig& config) {
  models::Manifest manifest = request.base;
  manifest.name = request.name;
  manifest.version = request.version;
  manifest.task = request.task;
  if (request.task != request.base.task) {
    manifest.picks = {};
    manifest.scalar = {};
  }
  manifest.geometry.lora_rank = config.rank;
  manifest.geometry.lora_alpha = config.plain_alpha();
  manifest.geometry.lora_dropout = config.dropout;
  const nlohmann::json provenance = {{"trained_with", "peft"},
                                     {"base_model_name_or_path", config.base_model},
                                     {"command", "geod adapters pack"}};
  manifest.provenance_json = provenance.dump();
  return manifest;
}

/// Modules without LoRA were filled with zeros to check the whole; a bundle leaves them out.
void drop_zero_pairs(const models::SafetensorsFile& file, NetworkOverlay& overlay) {
  std::erase_if(overlay.tensors, [&file](const auto& entry) {
    const auto in_file = peft_name(entry.first);
    return in_file && !module_to_save(entry.first) && !file.tensors().contains(*in_file);
  });
}

}  // namespace

Result<BundleContent> pack_peft(const PackRequest& request) {
  const auto config = read_config(request.peft);
  if (!config) {
    return tl::unexpected(config.error());
  }
  const auto file = open_adapter(request.peft);
  if (!file) {
    return tl::unexpected(file.error());
  }
  NetworkOverlay overlay;
  overlay.manifest = manifest_of(request, *config);
  Result<void> ok = add_peft_tensors(*file, *config, overlay);
  if (ok && request.head) {
    ok = add_head(*request.head, overlay);
  }
  if (ok && request.head_bundle) {
    ok = add_head_of(*request.head_bundle, request.base, overlay);
  }
  if (ok) {
    ok = models::check_overlay(request.base, overlay);
  }
  if (!ok) {
    return tl::unexpected(ok.error());
  }
  drop_zero_pairs(*file, overlay);
  return BundleContent{overlay.manifest, request.base.model_id(), std::move(overlay.tensors)};
}

}  // namespace geod::adapters
