#include "adapters/pack_peft.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "adapters/adapter_tensors.hpp"
#include "adapters/bundle.hpp"
#include "adapters/bundle_folder.hpp"
#include "adapters/peft_config.hpp"
#include "adapters/peft_dinov2.hpp"
#include "adapters/peft_inversion.hpp"
#include "adapters/peft_names.hpp"
#include "models/file_io.hpp"
#include "models/json_object.hpp"
#include "models/network_shape.hpp"
#include "models/safetensors.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using models::NetworkOverlay;
using nlohmann::json;

constexpr const char* kPickleFile = "adapter_model.bin";
constexpr std::size_t kMaxKeyBytes = 64;

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

/// Geometry and settings of the network that a settings file describes over the base's.
Result<models::Manifest> with_settings(const fs::path& path, const models::Manifest& base) {
  const auto text = models::read_text_file(path, kMaxConfigBytes);
  if (!text) {
    return tl::unexpected(text.error());
  }
  json settings;
  if (!models::parse_json_object(*text, settings)) {
    return fail(Errc::kModelMismatch, "{}: is no JSON object, or repeats a key", path.string());
  }
  json network = {{"name", base.name},
                  {"version", base.version},
                  {"family", models::kSegmenterFamily},
                  {"task", std::string(models::to_string(base.task))},
                  {"normalisation", base.normalisation},
                  {"geometry", json::parse(models::geometry_text(base))},
                  {"weights_sha256", base.weights_sha256}};
  for (const auto& [key, value] : settings.items()) {
    if (key == "geometry" && value.is_object()) {
      network[key].update(value);
    } else if (key == "segments") {
      network[key] = value;
    } else {
      return fail(Errc::kModelMismatch,
                  "{}: holds the objects 'geometry' and 'segments', not '{}'",
                  path.string(),
                  key.substr(0, kMaxKeyBytes));
    }
  }
  auto manifest = models::manifest_from_json(network.dump());
  return manifest ? manifest : fail_with(manifest.error(), path.string());
}

/// What the network is but for its LoRA: of the settings file, the bundle that gives its head, or
/// the base.
Result<models::Manifest> network_of(const PackRequest& request) {
  models::Manifest network = request.base;
  network.task = request.task;
  if (request.settings) {
    if (!network.is_of_images()) {
      return fail(Errc::kUnsupported,
                  "{}: a file of settings is for image tasks; seismograms take the base's, or "
                  "those of a bundle that gives the head",
                  request.settings->string());
    }
    return with_settings(*request.settings, network);
  }
  if (request.head_bundle) {
    const auto bundle = read_bundle(*request.head_bundle, request.base);
    if (!bundle) {
      return tl::unexpected(bundle.error());
    }
    const models::Manifest& other = bundle->overlay->manifest;
    if (other.task != request.task) {
      return fail(Errc::kModelMismatch,
                  "{}: its head is of task {}, not {}",
                  request.head_bundle->string(),
                  models::to_string(other.task),
                  models::to_string(request.task));
    }
    return other;
  }
  if (request.base.family == models::kEncoderFamily) {
    return fail(Errc::kModelMismatch,
                "the base {} is an encoder alone: say which decoder the network has, by a file of "
                "settings or a bundle that gives the head",
                request.base.model_id());
  }
  if (request.task != request.base.task) {
    network.picks = {};
    network.scalar = {};
  }
  return network;
}

/// Embedder and head of another bundle; what peft saves comes from the new adapter.
Result<void> add_head_of(const fs::path& path,
                         const models::Manifest& base,
                         NetworkOverlay& overlay) {
  const auto bundle = read_bundle(path, base);
  if (!bundle) {
    return tl::unexpected(bundle.error());
  }
  for (const auto& [name, tensor] : bundle->overlay->tensors) {
    if (!peft_name(name) && !is_encoder_lora(name)) {
      overlay.tensors.insert_or_assign(name, tensor);
    }
  }
  return {};
}

/// The manifest of the whole network.
Result<models::Manifest> manifest_of(const PackRequest& request,
                                     const PeftConfig& config,
                                     const models::SafetensorsFile& file) {
  auto manifest = network_of(request);
  if (!manifest) {
    return manifest;
  }
  std::int64_t factor = 1;
  if (manifest->is_of_images()) {
    const auto needed = dinov2_rank_factor(file, config, manifest->segmenter);
    if (!needed) {
      return tl::unexpected(needed.error());
    }
    factor = *needed;
  }
  manifest->name = request.name;
  manifest->version = request.version;
  manifest->weights_sha256 = request.base.weights_sha256;
  models::set_lora(
      {config.rank * factor, config.plain_alpha() * static_cast<double>(factor), config.dropout},
      *manifest);
  const json provenance = {{"trained_with", "peft"},
                           {"base_model_name_or_path", config.base_model},
                           {"command", "geod adapters pack"}};
  manifest->provenance_json = provenance.dump();
  return manifest;
}

/// Pairs that are zero change nothing, those that stand for modules without LoRA among them: a
/// bundle leaves them out.
void drop_zero_pairs(NetworkOverlay& overlay) {
  constexpr std::string_view kA = ".lora_A.weight";
  const auto is_zero = [&overlay](const std::string& name) {
    const auto found = overlay.tensors.find(name);
    return found != overlay.tensors.end() && std::all_of(found->second.values.begin(),
                                                         found->second.values.end(),
                                                         [](float value) { return value == 0.0F; });
  };
  std::vector<std::string> dropped;
  for (const auto& [name, tensor] : overlay.tensors) {
    if (name.ends_with(kA)) {
      const std::string other = name.substr(0, name.size() - kA.size()) + ".lora_B.weight";
      if (is_zero(name) && is_zero(other)) {
        dropped.insert(dropped.end(), {name, other});
      }
    }
  }
  for (const std::string& name : dropped) {
    overlay.tensors.erase(name);
  }
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
  auto manifest = manifest_of(request, *config, *file);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  NetworkOverlay overlay;
  overlay.manifest = std::move(*manifest);
  Result<void> ok = add_peft_tensors(*file, *config, overlay);
  if (ok && request.head) {
    ok = add_head(*request.head, overlay);
  }
  if (ok) {
    ok = complete_inversion_pairs(overlay);
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
  drop_zero_pairs(overlay);
  return BundleContent{overlay.manifest, request.base.model_id(), std::move(overlay.tensors)};
}

}  // namespace geod::adapters
