// geod_peer_forward MODEL_FOLDER INPUT.safetensors OUTPUT.safetensors
//                   [GPT2_FOLDER | --bundle BUNDLE_FOLDER]
//
// Runs a model folder's network on the tensors of INPUT and writes what comes out, for the Python
// peers of this folder to compare. With GPT2_FOLDER the trunk is first replaced by that folder's;
// with a bundle it is the network that the bundle makes of the model.
// Inputs and what they give:
//   x         [N, 3, T]        embedder, logits, output, folded (logits of the folded network)
//   tokens    [N, n, d_model]  trunk; merged.h.0.attn.c_attn and so on: weights with LoRA merged
//   features  [N, C, columns]  head (logits)
//   windows   [N, 3, T]        scores [N, K, T] of the engine as the daemon opens it, in float32,
//   in batches;
//                              scores_alone: each window scored by itself. With
//   missing   [N, 3, 2]        the span [begin, end) of each component that holds no data
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include "adapters/bundle.hpp"
#include "models/engine.hpp"
#include "models/safetensors.hpp"
#include "models/torch_folded.hpp"
#include "models/torch_model_files.hpp"

namespace geod::models {
namespace {

constexpr std::size_t kMaxBatch = 3;
constexpr int kEngineThreads = 2;

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

void add_merged_weights(std::vector<FloatTensor>& outputs, const Trunk& trunk) {
  for (std::size_t m = 0; m < trunk.blocks().size(); ++m) {
    const Trunk::Block& block = trunk.blocks()[m];
    const std::string prefix = fmt::format("merged.h.{}.", m);
    add(outputs, prefix + "attn.c_attn", block.c_attn.merged_weight());
    add(outputs, prefix + "attn.c_proj", block.c_proj.merged_weight());
    add(outputs, prefix + "mlp.c_fc", block.c_fc.merged_weight());
    add(outputs, prefix + "mlp.c_proj", block.mlp_c_proj.merged_weight());
  }
}

void run_network(const TorchSeisMollm& network,
                 const SafetensorsFile& input,
                 std::vector<FloatTensor>& outputs) {
  const at::NoGradGuard no_grad;
  if (const auto x = read(input, "x")) {
    const at::Tensor logits = network.logits(*x, false);
    add(outputs, "embedder", network.embedder().forward(*x, false));
    add(outputs, "logits", logits);
    add(outputs, "output", network.activate(logits));
    add(outputs, "folded", FoldedSeisMollm(network, at::kFloat, at::kCPU).logits(*x));
  }
  if (const auto tokens = read(input, "tokens")) {
    add(outputs, "trunk", network.trunk().forward(*tokens, false));
    add_merged_weights(outputs, network.trunk());
  }
  if (const auto features = read(input, "features")) {
    add(outputs, "head", network.head_logits(*features, false));
  }
}

std::vector<Window> make_windows(const at::Tensor& data,
                                 const Result<at::Tensor>& missing,
                                 const SeisMollmGeometry& geometry) {
  std::vector<Window> windows(static_cast<std::size_t>(data.size(0)));
  for (std::int64_t n = 0; n < data.size(0); ++n) {
    Window& window = windows[static_cast<std::size_t>(n)];
    window.rate = geometry.sampling_rate;
    window.samples = data.size(2);
    window.subsource = {'Z', 'N', 'E'};
    const float* values = data[n].const_data_ptr<float>();
    window.data.assign(values, values + data[n].numel());
    for (std::size_t c = 0; missing && c < kComponents; ++c) {
      const at::Tensor span = (*missing)[n][static_cast<std::int64_t>(c)];
      const SampleSpan gap{span[0].item<std::int64_t>(), span[1].item<std::int64_t>()};
      if (gap.end > gap.begin) {
        window.missing[c].push_back(gap);
      }
    }
  }
  return windows;
}

/// Scores `windows`, at most `batch` at once, as one tensor [N, K, T].
Result<FloatTensor> score(Engine& engine,
                          const std::vector<Window>& windows,
                          std::size_t batch,
                          const std::string& name) {
  std::vector<const Window*> pointers;
  for (const Window& window : windows) {
    pointers.push_back(&window);
  }
  FloatTensor all{name, {}, {}};
  ScoreBatch scores;
  for (std::size_t begin = 0; begin < pointers.size(); begin += batch) {
    const std::size_t count = std::min(batch, pointers.size() - begin);
    if (auto ok = engine.score(std::span(pointers).subspan(begin, count), scores); !ok) {
      return tl::unexpected(ok.error());
    }
    all.values.insert(all.values.end(), scores.values.begin(), scores.values.end());
  }
  all.shape = {static_cast<std::int64_t>(windows.size()),
               static_cast<std::int64_t>(scores.classes),
               static_cast<std::int64_t>(scores.samples)};
  return all;
}

Result<void> run_engine(const char* folder,
                        const Manifest& manifest,
                        std::shared_ptr<const NetworkOverlay> overlay,
                        const SafetensorsFile& input,
                        std::vector<FloatTensor>& outputs) {
  const auto data = read(input, "windows");
  if (!data) {
    return {};
  }
  EngineOptions options;
  options.model_directory = folder;
  options.task = overlay == nullptr ? manifest.task : overlay->manifest.task;
  options.overlay = std::move(overlay);
  options.device = Device::kCpu;
  options.precision = Precision::kFloat32;
  options.threads = kEngineThreads;
  options.max_batch = kMaxBatch;
  const auto module = ComputeModule::load();
  if (!module) {
    return tl::unexpected(module.error());
  }
  const auto engine = module->open_engine(options);
  if (!engine) {
    return tl::unexpected(engine.error());
  }
  const std::vector<Window> windows =
      make_windows(*data, read(input, "missing"), (*engine)->manifest().geometry);
  for (const auto& [name, batch] :
       {std::pair("scores", kMaxBatch), std::pair("scores_alone", std::size_t{1})}) {
    auto scores = score(**engine, windows, batch, name);
    if (!scores) {
      return tl::unexpected(scores.error());
    }
    outputs.push_back(std::move(*scores));
  }
  return {};
}

/// What the command line asks for.
struct Arguments {
  const char* model;
  const char* input;
  const char* output;
  const char* gpt2;  // may be null, as the next
  const char* bundle;
};

Result<void> run(const Arguments& arguments) {
  const auto manifest = load_manifest(arguments.model);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  std::shared_ptr<const NetworkOverlay> overlay;
  if (arguments.bundle != nullptr) {
    const auto bundle = adapters::read_bundle(arguments.bundle, *manifest);
    if (!bundle) {
      return tl::unexpected(bundle.error());
    }
    overlay = bundle->overlay;
  }
  const auto network = load_network(arguments.model, *manifest, overlay.get());
  const auto file = SafetensorsFile::open(arguments.input);
  if (!network || !file) {
    return tl::unexpected(network ? file.error() : network.error());
  }
  if (arguments.gpt2 != nullptr) {
    if (auto ok = load_trunk(arguments.gpt2, **network); !ok) {
      return ok;
    }
  }
  std::vector<FloatTensor> outputs;
  run_network(**network, *file, outputs);
  if (auto ok = run_engine(arguments.model, *manifest, overlay, *file, outputs); !ok) {
    return ok;
  }
  return write_safetensors(arguments.output, std::move(outputs), {});
}

}  // namespace
}  // namespace geod::models

int main(int argc, char** argv) {
  const bool has_bundle = argc == 6 && std::string_view(argv[4]) == "--bundle";
  if (argc != 4 && argc != 5 && !has_bundle) {
    std::fprintf(stderr,
                 "usage: %s MODEL_FOLDER INPUT.safetensors OUTPUT.safetensors [GPT2_FOLDER | "
                 "--bundle BUNDLE_FOLDER]\n",
                 argv[0]);
    return 2;
  }
  const auto done = geod::models::run(
      {argv[1], argv[2], argv[3], argc == 5 ? argv[4] : nullptr, has_bundle ? argv[5] : nullptr});
  if (!done) {
    std::fprintf(stderr, "%s\n", done.error().what.c_str());
    return 1;
  }
  return 0;
}
