#include "models/torch_model_files.hpp"

#include "models/safetensors.hpp"

namespace geod::models {
namespace {

/// Whether the trunk of `base` can be that of `network`, which takes its first blocks.
Result<void> check_trunk(const std::filesystem::path& directory,
                         const SeisMollmGeometry& base,
                         const SeisMollmGeometry& network) {
  const auto refuse = [&](const char* what, std::int64_t theirs, std::int64_t needed) {
    return fail(Errc::kModelMismatch,
                "{}: its {} {}, the network's geometry needs {}; take another geometry or base",
                directory.string(),
                what,
                theirs,
                needed);
  };
  if (base.d_model() != network.d_model()) {
    return refuse("width is", base.d_model(), network.d_model());
  }
  if (base.heads != network.heads) {  // no tensor's shape would tell
    return refuse("attention heads are", base.heads, network.heads);
  }
  if (base.positions != network.positions) {
    return refuse("positions are", base.positions, network.positions);
  }
  if (base.blocks < network.blocks) {
    return refuse("blocks are", base.blocks, network.blocks);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<TorchSeisMollm>> load_network(const std::filesystem::path& directory,
                                                     const Manifest& manifest,
                                                     const NetworkOverlay* overlay) {
  if (overlay != nullptr) {
    if (auto ok = check_overlay(manifest, *overlay); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  const auto base = load_base(directory, manifest);
  if (!base) {
    return tl::unexpected(base.error());
  }
  const Manifest& wanted = overlay == nullptr ? manifest : overlay->manifest;
  auto network = TorchSeisMollm::make(wanted.geometry, wanted.task, 0);
  if (!network) {
    return network;
  }
  TensorTable& table = (*network)->tensors();
  for (const TensorSpec& spec : table.specs()) {
    if (auto ok = table.assign(spec.name, tensor_of(**base, overlay, spec.name)); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  return network;
}

Result<void> load_trunk(const std::filesystem::path& directory, TorchSeisMollm& network) {
  const auto manifest = load_manifest(directory);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (manifest->family != kTrunkFamily) {
    return fail(Errc::kModelMismatch,
                "{}: of family {}, a base to start from is of family {}",
                directory.string(),
                manifest->family,
                kTrunkFamily);
  }
  if (auto ok = check_trunk(directory, manifest->geometry, network.geometry()); !ok) {
    return ok;
  }
  const auto tensors = read_tensors(
      directory, *manifest, trunk_specs(manifest->geometry), trunk_specs(network.geometry()));
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  for (const auto& [name, values] : *tensors) {
    if (auto ok = network.tensors().assign(name, values); !ok) {
      return fail_with(ok.error(), directory.string());
    }
  }
  return {};
}

Result<void> save_network(const std::filesystem::path& directory,
                          const TorchSeisMollm& network,
                          Manifest manifest) {
  std::vector<FloatTensor> tensors;
  for (const TensorSpec& spec : network.tensors().specs()) {
    const at::Tensor values =
        network.tensors().at(spec.name).detach().to(at::kCPU, at::kFloat).contiguous();
    const float* data = values.const_data_ptr<float>();
    tensors.push_back({spec.name, spec.shape, {data, data + values.numel()}});
  }
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return fail(Errc::kIo, "{}: cannot make the folder: {}", directory.string(), error.message());
  }
  const std::filesystem::path path = directory / kWeightsFile;
  if (auto ok = write_safetensors(path, std::move(tensors), {{"format", "pt"}}); !ok) {
    return ok;
  }
  const auto file = InputFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  auto hash = file->sha256();
  if (!hash) {
    return tl::unexpected(hash.error());
  }
  manifest.geometry = network.geometry();
  manifest.task = network.task();
  manifest.weights_sha256 = *hash;
  return save_manifest(directory, manifest);
}

}  // namespace geod::models
