// geod_peer_bundle MODEL_FOLDER INPUT.safetensors OUTPUT.safetensors [--bundle BUNDLE_FOLDER]
//
// Runs a model folder of images (with a bundle: the network that it makes of the model) on the
// tensor "images" [N, rows, columns] of INPUT and writes what comes out, for the Python peers of
// this folder to compare:
//   features       [N, D, grid rows, grid columns]  patch tokens of the last tap, normed
//   probabilities  [N, K, rows, columns]  of the engine as the daemon opens it, in float32; not for
//                                         an encoder alone
#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include "adapters/bundle.hpp"
#include "models/engine.hpp"
#include "models/network_shape.hpp"
#include "models/safetensors.hpp"
#include "models/segmentation.hpp"
#include "models/torch_base.hpp"
#include "models/torch_segmenter.hpp"

namespace geod::models {
namespace {

using Overlay = std::shared_ptr<const NetworkOverlay>;

Result<FloatTensor> features_of(const std::filesystem::path& folder,
                                const Manifest& manifest,
                                const Overlay& overlay,
                                const at::Tensor& images) {
  const at::NoGradGuard no_grad;
  const auto base = load_base(folder, manifest);
  if (!base) {
    return tl::unexpected(base.error());
  }
  auto tensors = overlaid(**base, overlay.get());
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  const Manifest& wanted = overlay == nullptr ? manifest : overlay->manifest;
  SegmenterGeometry geometry = wanted.segmenter;
  geometry.rows = images.size(1);  // an encoder alone has no size of its own
  geometry.columns = images.size(2);
  const TorchSegmenter network(geometry, std::move(*tensors));
  const at::Tensor features = network.features(images).contiguous();
  const float* data = features.const_data_ptr<float>();
  return FloatTensor{"features", features.sizes().vec(), {data, data + features.numel()}};
}

Result<FloatTensor> probabilities_of(const std::filesystem::path& folder,
                                     const Manifest& wanted,
                                     const Overlay& overlay,
                                     const at::Tensor& images) {
  const auto module = ComputeModule::load();
  if (!module) {
    return tl::unexpected(module.error());
  }
  EngineOptions options;
  options.model_directory = folder;
  options.task = wanted.task;
  options.overlay = overlay;
  options.device = Device::kCpu;
  options.precision = Precision::kFloat32;
  options.max_batch = static_cast<std::size_t>(images.size(0));
  const auto engine = module->open_segmenter(options);
  if (!engine) {
    return tl::unexpected(engine.error());
  }
  std::vector<Tile> tiles;
  for (std::int64_t n = 0; n < images.size(0); ++n) {
    const at::Tensor image = images[n].contiguous();
    const float* data = image.const_data_ptr<float>();
    tiles.push_back({image.size(0), image.size(1), {data, data + image.numel()}});
  }
  std::vector<const Tile*> pointers;
  for (const Tile& tile : tiles) {
    pointers.push_back(&tile);
  }
  SegmentBatch batch;
  if (auto ok = (*engine)->segment(pointers, batch); !ok) {
    return tl::unexpected(ok.error());
  }
  return FloatTensor{
      "probabilities",
      {images.size(0), static_cast<std::int64_t>(batch.classes), batch.rows, batch.columns},
      std::move(batch.values)};
}

Result<void> run(const std::vector<std::string_view>& arguments) {
  const std::filesystem::path folder(arguments[0]);
  const auto manifest = load_manifest(folder);
  const auto input = SafetensorsFile::open(arguments[1]);
  if (!manifest || !input) {
    return tl::unexpected(manifest ? input.error() : manifest.error());
  }
  const auto entry = input->find("images");
  auto values = input->read_floats("images");
  if (!entry || !values) {
    return tl::unexpected(entry ? values.error() : entry.error());
  }
  const at::Tensor images = at::from_blob(values->data(), entry->shape, at::kFloat);
  Overlay overlay;
  if (arguments.size() == 5) {
    const auto bundle = adapters::read_bundle(std::filesystem::path(arguments[4]), *manifest);
    if (!bundle) {
      return tl::unexpected(bundle.error());
    }
    overlay = bundle->overlay;
  }
  const Manifest& wanted = overlay == nullptr ? *manifest : overlay->manifest;
  std::vector<FloatTensor> outputs;
  if (wanted.segmenter.has_encoder()) {
    auto features = features_of(folder, *manifest, overlay, images);
    if (!features) {
      return tl::unexpected(features.error());
    }
    outputs.push_back(std::move(*features));
  }
  if (is_network(wanted)) {
    auto probabilities = probabilities_of(folder, wanted, overlay, images);
    if (!probabilities) {
      return tl::unexpected(probabilities.error());
    }
    outputs.push_back(std::move(*probabilities));
  }
  return write_safetensors(arguments[2], std::move(outputs), {});
}

}  // namespace
}  // namespace geod::models

int main(int count, char** values) {
  const std::vector<std::string_view> arguments(values + 1, values + count);
  if (arguments.size() != 3 && !(arguments.size() == 5 && arguments[3] == "--bundle")) {
    std::fprintf(stderr, "usage: geod_peer_bundle MODEL INPUT OUTPUT [--bundle BUNDLE]\n");
    return 2;
  }
  const auto ok = geod::models::run(arguments);
  if (!ok) {
    std::fprintf(stderr, "%s\n", ok.error().what.c_str());
    return 1;
  }
  return 0;
}
