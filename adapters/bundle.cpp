#include "adapters/bundle.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "adapters/adapter_tensors.hpp"
#include "adapters/bundle_folder.hpp"
#include "adapters/peft_inversion.hpp"
#include "models/network_shape.hpp"
#include "models/safetensors.hpp"
#include "models/sha256.hpp"
#include "models/tensor_specs.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::byte>;

/// Networks that geod reads bundles of; DINOv2's ViT-L with a decoder has 350 million values.
constexpr std::uint64_t kMaxNetworkValues = std::uint64_t{1} << 29;
/// Widest type of a weight file.
constexpr std::uint64_t kMaxBytesPerValue = 8;

std::string hash_of(std::span<const std::byte> bytes) {
  models::Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string_view text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Values of all tensors of a network.
std::uint64_t network_values(const models::Manifest& network) {
  std::uint64_t values = 0;
  for (const models::TensorSpec& spec : models::tensor_specs(network)) {
    values += static_cast<std::uint64_t>(spec.elements());
  }
  return values;
}

/// The files that the manifest lists, each as its hash says; nothing else but the README.
class Reader {
 public:
  Reader(const BundleFolder& folder, const BundleManifest& manifest)
      : folder_(folder), manifest_(manifest) {}

  bool lists(const char* file) const { return manifest_.files.contains(file); }

  Result<void> check_listing() const {
    for (const char* file : {kConfigFile, kAdapterFile, kHeadFile}) {
      if (lists(file) != folder_.has(file)) {
        return fail(lists(file) ? Errc::kNotFound : Errc::kModelMismatch,
                    "{}: {} is {}",
                    folder_.path().string(),
                    file,
                    lists(file) ? "missing" : "there, but not in the manifest");
      }
    }
    if (lists(kConfigFile) != lists(kAdapterFile)) {
      return fail(Errc::kModelMismatch,
                  "{}: {} and {} belong together",
                  folder_.path().string(),
                  kConfigFile,
                  kAdapterFile);
    }
    return {};
  }

  Result<Bytes> read(const char* file, std::uint64_t limit_bytes) {
    auto bytes = folder_.read(file, limit_bytes);
    if (!bytes) {
      return bytes;
    }
    if (hash_of(*bytes) != manifest_.files.at(file)) {
      return fail(Errc::kModelMismatch,
                  "{}: is not the file that the manifest was written for (SHA-256 differs): "
                  "damaged, or exchanged; export or copy the bundle again",
                  (folder_.path() / file).string());
    }
    total_bytes_ += bytes->size();
    return bytes;
  }

  Result<models::SafetensorsFile> read_tensors(const char* file) {
    auto bytes = read(file,
                      network_values(manifest_.network) * kMaxBytesPerValue +
                          models::SafetensorsFile::kMaxHeaderBytes);
    if (!bytes) {
      return tl::unexpected(bytes.error());
    }
    return models::SafetensorsFile::from_bytes(std::move(*bytes), folder_.path() / file);
  }

  std::uint64_t total_bytes() const { return total_bytes_; }

 private:
  const BundleFolder& folder_;
  const BundleManifest& manifest_;
  std::uint64_t total_bytes_ = 0;
};

/// LoRA and what PEFT saves beside it.
Result<PeftConfig> read_adapter(Reader& reader,
                                const fs::path& path,
                                models::NetworkOverlay& overlay) {
  const auto text = reader.read(kConfigFile, kMaxConfigBytes);
  if (!text) {
    return tl::unexpected(text.error());
  }
  auto config = parse_peft_config(text_of(*text));
  if (!config) {
    return fail_with(config.error(), (path / kConfigFile).string());
  }
  const models::LoraSettings lora = models::lora_of(overlay.manifest);
  if (config->rank != lora.rank ||
      std::abs(config->plain_alpha() - lora.alpha) > 1e-9 * lora.alpha) {
    return fail(Errc::kModelMismatch,
                "{}: rank {} and alpha {}, the manifest's geometry has {} and {}",
                (path / kConfigFile).string(),
                config->rank,
                config->plain_alpha(),
                lora.rank,
                lora.alpha);
  }
  const auto file = reader.read_tensors(kAdapterFile);
  if (!file) {
    return tl::unexpected(file.error());
  }
  if (auto ok = add_peft_tensors(*file, *config, overlay); !ok) {
    return tl::unexpected(ok.error());
  }
  return config;
}

Result<Bundle> read(const fs::path& path, const models::Manifest* base) {
  const auto folder = BundleFolder::open(path);
  if (!folder) {
    return tl::unexpected(folder.error());
  }
  const auto text = folder->read(kManifestFile, kMaxManifestBytes);
  if (!text) {
    return tl::unexpected(text.error());
  }
  const std::string manifest_path = (folder->path() / kManifestFile).string();
  auto manifest = parse_bundle_manifest(text_of(*text));
  if (!manifest) {
    return fail_with(manifest.error(), manifest_path);
  }
  if (const std::uint64_t values = network_values(manifest->network); values > kMaxNetworkValues) {
    return fail(Errc::kUnsupported,
                "{}: a network of {} values, geod takes {}",
                manifest_path,
                values,
                kMaxNetworkValues);
  }
  if (base != nullptr) {  // before anything large is read
    if (auto ok = models::check_base(*base, manifest->network); !ok) {
      return fail_with(ok.error(), manifest_path);
    }
  }
  Reader reader(*folder, *manifest);
  if (auto ok = reader.check_listing(); !ok) {
    return tl::unexpected(ok.error());
  }
  Bundle bundle;
  auto overlay = std::make_shared<models::NetworkOverlay>();
  overlay->manifest = manifest->network;
  overlay->adapter_hash = hash_of(*text);
  overlay->golden = std::move(manifest->golden);
  if (reader.lists(kAdapterFile)) {
    auto config = read_adapter(reader, folder->path(), *overlay);
    if (!config) {
      return tl::unexpected(config.error());
    }
    bundle.peft = std::move(*config);
  }
  if (reader.lists(kHeadFile)) {
    const auto file = reader.read_tensors(kHeadFile);
    if (!file) {
      return tl::unexpected(file.error());
    }
    if (auto ok = add_head_tensors(*file, *overlay); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  if (auto ok = complete_inversion_pairs(*overlay); !ok) {
    return fail_with(ok.error(), folder->path().string());
  }
  if (base != nullptr) {
    if (auto ok = models::check_overlay(*base, *overlay); !ok) {
      return fail_with(ok.error(), folder->path().string());
    }
  }
  bundle.path = folder->path();
  bundle.overlay = std::move(overlay);
  bundle.base_model_id = manifest->base_model_id;
  bundle.manifest_json = text_of(*text);
  bundle.scores_json = manifest->scores_json;
  bundle.bytes = text->size() + reader.total_bytes();
  return bundle;
}

}  // namespace

Result<Bundle> read_bundle(const fs::path& path, const models::Manifest& base) {
  return read(path, &base);
}

Result<Bundle> read_bundle(const fs::path& path) {
  return read(path, nullptr);
}

}  // namespace geod::adapters
