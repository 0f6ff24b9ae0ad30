#include "adapters/write_bundle.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <span>

#include "adapters/bundle_folder.hpp"
#include "adapters/bundle_manifest.hpp"
#include "adapters/new_folder.hpp"
#include "adapters/peft_config.hpp"
#include "adapters/peft_names.hpp"
#include "models/safetensors.hpp"
#include "models/sha256.hpp"
#include "models/tensor_specs.hpp"

namespace geod::adapters {
namespace {

using models::FloatTensor;
using models::HostTensor;

const std::map<std::string, std::string> kMetadata{{"format", "pt"}};  // transformers wants it

bool is_lora(std::string_view name) {
  return name.ends_with(".lora_A.weight") || name.ends_with(".lora_B.weight");
}

bool has_lora(const std::map<std::string, HostTensor>& tensors) {
  return std::any_of(
      tensors.begin(), tensors.end(), [](const auto& entry) { return is_lora(entry.first); });
}

/// The module of a LoRA tensor in GPT-2's words: what peft's target_modules lists.
std::string target_of(std::string_view name) {
  const std::string_view module =
      name.substr(0, name.size() - std::string_view(".lora_A.weight").size());
  return std::string(module.substr(module.rfind('.') + 1));
}

/// The tensors by file, and peft's config when there is LoRA.
struct Parts {
  std::vector<FloatTensor> adapter;
  std::vector<FloatTensor> head;
  std::optional<PeftConfig> config;
};

Parts split(const BundleContent& content) {
  const models::SeisMollmGeometry& geometry = content.manifest.geometry;
  const bool with_lora = has_lora(content.tensors);
  std::set<std::string> targets;
  std::set<std::string> saved;
  Parts parts;
  for (const auto& [name, tensor] : content.tensors) {
    const auto in_adapter = with_lora ? peft_name(name) : std::nullopt;
    FloatTensor written{in_adapter.value_or(name), tensor.shape, tensor.values};
    if (!in_adapter) {
      parts.head.push_back(std::move(written));
      continue;
    }
    parts.adapter.push_back(std::move(written));
    if (const auto module = module_to_save(name)) {
      saved.insert(*module);
    } else {
      targets.insert(target_of(name));
    }
  }
  if (with_lora) {
    parts.config = PeftConfig{.rank = geometry.lora_rank,
                              .alpha = geometry.lora_alpha,
                              .dropout = geometry.lora_dropout,
                              .target_modules = {targets.begin(), targets.end()},
                              .modules_to_save = {saved.begin(), saved.end()},
                              .base_model = content.base_model_id};
  }
  return parts;
}

/// peft saves a module whole: when one tensor of ln_1 is there, all of every block must be.
Result<void> check_saved_modules(const BundleContent& content, const Parts& parts) {
  if (!parts.config) {
    return {};
  }
  for (const models::TensorSpec& spec :
       models::tensor_specs(content.manifest.geometry, content.manifest.task)) {
    const auto module = module_to_save(spec.name);
    const auto& saved = parts.config->modules_to_save;
    if (module && std::find(saved.begin(), saved.end(), *module) != saved.end() &&
        !content.tensors.contains(spec.name)) {
      return fail(Errc::kModelMismatch,
                  "tensor '{}' is missing: peft saves all {} or none",
                  spec.name,
                  *module);
    }
  }
  return {};
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string hash_of(std::span<const std::byte> bytes) {
  models::Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

/// Writes the files and notes their hashes.
class BundleWriter {
 public:
  BundleWriter(NewFolder& folder, BundleManifest& manifest)
      : folder_(folder), manifest_(manifest) {}

  Result<void> write(const char* file, std::span<const std::byte> bytes) {
    manifest_.files[file] = hash_of(bytes);
    return folder_.write(file, bytes);
  }

  Result<void> write(const Parts& parts) {
    Result<void> ok;
    if (parts.config) {
      ok = write(kConfigFile, bytes_of(to_json(*parts.config)));
      if (ok) {
        ok = write(kAdapterFile, models::safetensors_bytes(parts.adapter, kMetadata));
      }
    }
    if (ok && !parts.head.empty()) {
      ok = write(kHeadFile, models::safetensors_bytes(parts.head, kMetadata));
    }
    return ok;
  }

 private:
  NewFolder& folder_;
  BundleManifest& manifest_;
};

/// The overlay that read_bundle will make of it.
models::NetworkOverlay overlay_of(const BundleContent& content) {
  models::NetworkOverlay overlay;
  overlay.manifest = content.manifest;
  overlay.tensors = content.tensors;
  const bool with_lora = has_lora(content.tensors);
  for (const models::TensorSpec& spec :
       models::tensor_specs(content.manifest.geometry, content.manifest.task)) {
    if (with_lora && spec.part == models::Part::kLora) {
      overlay.tensors.try_emplace(
          spec.name,
          HostTensor{spec.shape, std::vector<float>(static_cast<std::size_t>(spec.elements()))});
    }
  }
  return overlay;
}

Result<BundleManifest> make_manifest(const BundleContent& content, const GoldenRun& golden) {
  BundleManifest manifest;
  manifest.network = content.manifest;
  manifest.base_model_id = content.base_model_id;
  manifest.scores_json = content.scores_json;
  const Window window = golden_window(content.manifest.geometry);
  auto output = golden(overlay_of(content), window);
  if (!output) {
    return tl::unexpected(output.error());
  }
  manifest.golden.input = window.data;
  manifest.golden.output = std::move(*output);
  return manifest;
}

}  // namespace

Result<std::filesystem::path> write_bundle(const std::filesystem::path& parent,
                                           const BundleContent& content,
                                           const GoldenRun& golden) {
  const std::filesystem::path path = parent / content.manifest.model_id();
  if (const auto valid = models::manifest_to_json(content.manifest); !valid) {
    return fail_with(valid.error(), path.string());  // name and version are part of the path
  }
  const Parts parts = split(content);
  if (auto ok = check_saved_modules(content, parts); !ok) {
    return fail_with(ok.error(), path.string());
  }
  auto manifest = make_manifest(content, golden);
  if (!manifest) {
    return fail_with(manifest.error(), path.string());
  }
  auto folder = NewFolder::begin(path);
  if (!folder) {
    return tl::unexpected(folder.error());
  }
  if (auto ok = BundleWriter(*folder, *manifest).write(parts); !ok) {
    return tl::unexpected(ok.error());
  }
  const auto text = to_json(*manifest);
  if (!text) {
    return fail_with(text.error(), path.string());
  }
  if (auto ok = folder->write(kManifestFile, bytes_of(*text)); !ok) {
    return tl::unexpected(ok.error());
  }
  if (auto ok = folder->finish(); !ok) {
    return tl::unexpected(ok.error());
  }
  return path;
}

Window golden_window(const models::SeisMollmGeometry& geometry) {
  constexpr double kNoiseCounts = 100.0;
  constexpr double kOnsetCounts = 3000.0;
  constexpr double kOnsetPlace = 0.3;  // share of the window
  constexpr double kPeriodS = 0.2;
  constexpr double kDecayS = 3.0;
  Window window;
  window.rate = geometry.sampling_rate;
  window.samples = geometry.window_samples;
  window.subsource = {'Z', 'N', 'E'};
  window.data.reserve(kComponents * static_cast<std::size_t>(window.samples));
  std::uint64_t state = 1;
  for (std::size_t c = 0; c < kComponents; ++c) {
    for (std::int64_t n = 0; n < window.samples; ++n) {
      // A linear congruential generator (Knuth's constants): the same on every machine.
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      double value = kNoiseCounts * (static_cast<double>(state >> 11) * 0x1p-52 - 1.0);
      const double t_s =
          (static_cast<double>(n) - kOnsetPlace * static_cast<double>(window.samples)) /
          geometry.sampling_rate.hz();
      if (t_s >= 0.0) {
        value += kOnsetCounts / static_cast<double>(c + 1) * std::exp(-t_s / kDecayS) *
                 std::sin(2.0 * M_PI * t_s / kPeriodS);
      }
      window.data.push_back(static_cast<float>(value));
    }
  }
  return window;
}

}  // namespace geod::adapters
