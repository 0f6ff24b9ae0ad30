// geod_peer_inversion MODEL_FOLDER INPUT.safetensors OUTPUT.safetensors [--bundle BUNDLE_FOLDER]
//
// Runs an InversionNet (with a bundle: the network that it makes of the model) on the tensor "x" of
// INPUT, [N, sources, times, receivers] normalised shots, and writes what comes out, for the Python
// peers of this folder to compare:
//   map       [N, 1, depths, offsets] of the network as it is trained
//   merged    the same with LoRA, scale and shift merged
//   folded    the same as it serves, with the norms folded
//   training  map of a training pass, and after.NAME, the running statistics that it left
#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include "adapters/bundle.hpp"
#include "models/safetensors.hpp"
#include "models/torch_base.hpp"
#include "models/torch_folded_inversion.hpp"

namespace geod::models {
namespace {

void add(std::vector<FloatTensor>& outputs, const std::string& name, const at::Tensor& tensor) {
  const at::Tensor values = tensor.to(at::kFloat).contiguous();
  const float* data = values.const_data_ptr<float>();
  outputs.push_back({name, values.sizes().vec(), {data, data + values.numel()}});
}

/// A network that trains: fresh, with the values of the folder and the bundle.
Result<std::unique_ptr<TorchInversionNet>> load(const std::filesystem::path& folder,
                                                const std::string& bundle_folder) {
  const auto manifest = load_manifest(folder);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  const auto base = load_base(folder, *manifest);
  if (!base) {
    return tl::unexpected(base.error());
  }
  std::shared_ptr<const NetworkOverlay> overlay;
  if (!bundle_folder.empty()) {
    const auto bundle = adapters::read_bundle(bundle_folder, *manifest);
    if (!bundle) {
      return tl::unexpected(bundle.error());
    }
    overlay = bundle->overlay;
  }
  const auto tensors = overlaid(**base, overlay.get());
  auto network =
      TorchInversionNet::make(overlay ? overlay->manifest.inversion : manifest->inversion, 0);
  if (!tensors || !network) {
    return tl::unexpected(tensors ? network.error() : tensors.error());
  }
  for (const auto& [name, values] : *tensors) {
    if (auto ok = (*network)->tensors().assign(name, values); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  return network;
}

Result<void> run(const std::vector<std::string_view>& arguments) {
  const auto network =
      load(arguments[0], arguments.size() == 5 ? std::string(arguments[4]) : std::string());
  const auto file = SafetensorsFile::open(arguments[1]);
  if (!network || !file) {
    return tl::unexpected(network ? file.error() : network.error());
  }
  const auto entry = file->find("x");
  auto values = file->read_floats("x");
  if (!entry || !values) {
    return tl::unexpected(entry ? values.error() : entry.error());
  }
  const at::Tensor x = at::from_blob(values->data(), entry->shape, at::kFloat);
  const at::NoGradGuard no_grad;
  std::vector<FloatTensor> outputs;
  add(outputs, "map", (*network)->forward(x, false));
  add(outputs, "merged", (*network)->merged()->forward(x, false));
  add(outputs, "folded", FoldedInversion(**network, {}, at::kCPU, at::kFloat).forward(x));
  add(outputs, "training", (*network)->forward(x, true));
  for (const TensorSpec& spec : (*network)->tensors().specs()) {
    if (spec.is_buffer) {
      add(outputs, "after." + spec.name, (*network)->tensors().at(spec.name));
    }
  }
  return write_safetensors(arguments[2], std::move(outputs), {});
}

}  // namespace
}  // namespace geod::models

int main(int count, char** values) {
  const std::vector<std::string_view> arguments(values + 1, values + count);
  if (arguments.size() != 3 && !(arguments.size() == 5 && arguments[3] == "--bundle")) {
    std::fprintf(stderr, "usage: geod_peer_inversion MODEL INPUT OUTPUT [--bundle BUNDLE]\n");
    return 2;
  }
  if (const auto done = geod::models::run(arguments); !done) {
    std::fprintf(stderr, "%s\n", done.error().what.c_str());
    return 1;
  }
  return 0;
}
