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
#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include "models/safetensors.hpp"
#include "models/torch_base.hpp"
#include "models/torch_segmenter.hpp"

namespace geod::models {
namespace {

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
}

}  // namespace
}  // namespace geod::models

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s MODEL_FOLDER INPUT.safetensors OUTPUT.safetensors\n", argv[0]);
    return 2;
  }
  if (const auto done = geod::models::run(argv[1], argv[2], argv[3]); !done) {
    std::fprintf(stderr, "%s\n", done.error().what.c_str());
    return 1;
  }
  return 0;
}
