<<<<<<< HEAD
// geod_peer_segment MODEL_FOLDER INPUT.safetensors OUTPUT.safetensors
//
// Runs the image network of a model folder (family "segmenter" or "dinov2") on the tensors of INPUT
// and writes what comes out, for the Python peers of this folder to compare.
// Inputs and what they give:
//   x      [N, rows, columns]  raw tiles: prepared; logits; merged (logits of the network with LoRA
//                              merged); training (logits of a training pass) and after.NAME, the
//                              running statistics it left
//   image  [N, 3, H, W]        tap.0 to tap.3, features of the encoder
#include <cstdio>
#include <memory>
=======
// geod_peer_segment MODEL_FOLDER INPUT.safetensors OUTPUT.safetensors [--bundle BUNDLE_FOLDER]
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
>>>>>>> vit-5
#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
<<<<<<< HEAD
#include <fmt/format.h>

#include "models/safetensors.hpp"
=======

#include "adapters/bundle.hpp"
#include "models/engine.hpp"
#include "models/network_shape.hpp"
#include "models/safetensors.hpp"
#include "models/segmentation.hpp"
>>>>>>> vit-5
#include "models/torch_base.hpp"
#include "models/torch_segmenter.hpp"

namespace geod::models {
namespace {

<<<<<<< HEAD
Result<at::Tensor> read(const SafetensorsFile& file, const std::string& name) {
  const auto entry = file.find(name);
  auto values = file.read_floats(name);
  if (!entry || !values) {
    return tl::unexpected(entry ? values.error() : entry.error());
  }
  return at::from_blob(values->data(), entry->shape, at::kFloat).clone();
}

void add(std::vector<FloatTensor>& outputs, const std::string& name, const at::Tensor& tensor) {
  const at::Tensor values = tensor.to(at::kFloat).contiguous();
  const float* data = values.const_data_ptr<float>();
  outputs.push_back({name, values.sizes().vec(), {data, data + values.numel()}});
}

Result<std::unique_ptr<TorchSegmenter>> load(const char* folder) {
  const auto manifest = load_manifest(folder);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  const auto specs = tensor_specs(*manifest);
  const auto tensors = read_tensors(folder, *manifest, specs, specs);
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  auto network = TorchSegmenter::make(manifest->segmenter, 0);
  for (const auto& [name, values] : *tensors) {
    if (auto ok = network ? (*network)->tensors().assign(name, values) : Result<void>{}; !ok) {
      return tl::unexpected(ok.error());
    }
  }
  return network;
}

void run_network(const TorchSegmenter& network,
                 const SafetensorsFile& input,
                 std::vector<FloatTensor>& outputs) {
  const at::NoGradGuard no_grad;
  if (const auto image = read(input, "image")) {
    const auto features = network.encoder()->forward(*image, network.geometry().taps, false);
    for (std::size_t k = 0; k < features.size(); ++k) {
      add(outputs, fmt::format("tap.{}", k), features[k]);
    }
  }
  const auto x = read(input, "x");
  if (!x) {
    return;
  }
  add(outputs, "prepared", network.prepare(*x));
  add(outputs, "logits", network.logits(*x, false));
  add(outputs, "merged", network.merged()->logits(*x, false));
  add(outputs, "training", network.logits(*x, true));
  for (const TensorSpec& spec : network.tensors().specs()) {
    if (spec.is_buffer) {
      add(outputs, "after." + spec.name, network.tensors().at(spec.name));
    }
  }
}

Result<void> run(const char* folder, const char* input, const char* output) {
  const auto network = load(folder);
  const auto file = SafetensorsFile::open(input);
  if (!network || !file) {
    return tl::unexpected(network ? file.error() : network.error());
  }
  std::vector<FloatTensor> outputs;
  run_network(**network, *file, outputs);
  return write_safetensors(output, std::move(outputs), {});
=======
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
>>>>>>> vit-5
}

}  // namespace
}  // namespace geod::models

<<<<<<< HEAD
int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s MODEL_FOLDER INPUT.safetensors OUTPUT.safetensors\n", argv[0]);
    return 2;
  }
  if (const auto done = geod::models::run(argv[1], argv[2], argv[3]); !done) {
    std::fprintf(stderr, "%s\n", done.error().what.c_str());
=======
int main(int count, char** values) {
  const std::vector<std::string_view> arguments(values + 1, values + count);
  if (arguments.size() != 3 && !(arguments.size() == 5 && arguments[3] == "--bundle")) {
    std::fprintf(stderr, "usage: geod_peer_segment MODEL INPUT OUTPUT [--bundle BUNDLE]\n");
    return 2;
  }
  const auto ok = geod::models::run(arguments);
  if (!ok) {
    std::fprintf(stderr, "%s\n", ok.error().what.c_str());
>>>>>>> vit-5
    return 1;
  }
  return 0;
}
