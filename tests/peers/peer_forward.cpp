// geod_peer_forward MODEL_FOLDER INPUT.safetensors OUTPUT.safetensors
//
// Runs a model folder's network, and its folded form, on the tensors of INPUT and writes what comes
// out, for the Python peers of this folder to compare. Inputs and what they give:
//   x         [N, 3, T]        embedder, logits, output, folded (logits of the folded network)
//   tokens    [N, n, d_model]  trunk
//   features  [N, C, columns]  head (logits)
#include <cstdio>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include "models/safetensors.hpp"
#include "models/torch_folded.hpp"
#include "models/torch_model_files.hpp"

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

Result<void> run(const char* folder, const char* input, const char* output) {
  const auto manifest = load_manifest(folder);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  const auto network = load_network(folder, *manifest);
  const auto file = SafetensorsFile::open(input);
  if (!network || !file) {
    return tl::unexpected(network ? file.error() : network.error());
  }
  const at::NoGradGuard no_grad;
  std::vector<FloatTensor> outputs;
  if (const auto x = read(*file, "x")) {
    const at::Tensor logits = (*network)->logits(*x, false);
    add(outputs, "embedder", (*network)->embedder().forward(*x, false));
    add(outputs, "logits", logits);
    add(outputs, "output", (*network)->activate(logits));
    add(outputs, "folded", FoldedSeisMollm(**network, at::kFloat, at::kCPU).logits(*x));
  }
  if (const auto tokens = read(*file, "tokens")) {
    add(outputs, "trunk", (*network)->trunk().forward(*tokens, false));
  }
  if (const auto features = read(*file, "features")) {
    add(outputs, "head", (*network)->head_logits(*features, false));
  }
  return write_safetensors(output, std::move(outputs), {});
}

}  // namespace
}  // namespace geod::models

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s MODEL_FOLDER INPUT.safetensors OUTPUT.safetensors\n", argv[0]);
    return 2;
  }
  const auto done = geod::models::run(argv[1], argv[2], argv[3]);
  if (!done) {
    std::fprintf(stderr, "%s\n", done.error().what.c_str());
    return 1;
  }
  return 0;
}
