// geod_peer_training MODEL_FOLDER BATCHES.safetensors OUTPUT.safetensors TASK PRESET
//
// Trains a model folder's network by method lora on given batches, for a Python peer to compare.
// BATCHES holds one step a row: input [S, N, 3, T], target and weight [S, N, ...] (ExampleSpans),
// rate [S], the learning rates. OUTPUT: losses [S]; gradient.<tensor> of every tensor that trains
// after the first step's backward, as they went into the optimiser; weight.<tensor> of all tensors
// at the end.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include <ATen/ops/empty.h>

#include "trainer/torch_network_training.hpp"
#include "trainer/torch_seismogram_network.hpp"
#include "trainer/torch_seismogram_task.hpp"
#include "trainer/torch_starting_network.hpp"
#include "trainer/torch_tensor_files.hpp"

namespace geod::trainer {
namespace {

std::vector<float> row(const at::Tensor& rows, std::int64_t step) {
  const at::Tensor values = rows[step].contiguous();
  const float* begin = values.const_data_ptr<float>();
  return {begin, begin + values.numel()};
}

Result<void> run(const char* model,
                 const char* batches,
                 const char* output,
                 const TrainOptions& o) {
  TrainOptions options = o;
  options.init = model;
  options.method = Method::kLora;
  const auto manifest = models::load_manifest(model);
  auto file = read_tensor_file(batches);
  if (!manifest || !file) {
    return tl::unexpected(manifest ? file.error() : manifest.error());
  }
  auto network = starting_network(options, manifest->geometry, 0.0);
  const auto alone = join_process_group({});
  if (!network || !alone) {
    return tl::unexpected(network ? alone.error() : network.error());
  }
  const TrainObserver nobody;
  NetworkTraining training(options,
                           std::make_unique<SeismogramNetwork>(std::move(*network), options.preset),
                           SeismogramTask(options, nobody).optimiser(),
                           **alone);
  const at::Tensor& input = file->tensors.at("input");
  TensorFile out;
  std::vector<float> losses;
  for (std::int64_t step = 0; step < input.size(0); ++step) {
    const TrainBatch batch{step,
                           input.size(1),
                           row(input, step),
                           row(file->tensors.at("target"), step),
                           row(file->tensors.at("weight"), step)};
    const double rate = file->tensors.at("rate")[step].item<double>();
    const auto loss = training.step(batch, rate);
    if (!loss) {
      return tl::unexpected(loss.error());
    }
    losses.push_back(static_cast<float>(*loss));
    const models::TensorTable& table = training.network().tensors();
    for (const models::TensorSpec& spec : table.specs()) {
      if (step == 0 && table.at(spec.name).grad().defined()) {
        out.tensors["gradient." + spec.name] = table.at(spec.name).grad().clone();
      }
      out.tensors["weight." + spec.name] = table.at(spec.name);
    }
  }
  const auto count = static_cast<std::int64_t>(losses.size());
  out.tensors["losses"] = at::empty({count}, at::kFloat);
  std::copy(losses.begin(), losses.end(), out.tensors["losses"].data_ptr<float>());
  return write_tensor_file(output, out);
}

}  // namespace
}  // namespace geod::trainer

int main(int argc, char** argv) {
  const auto task = geod::models::parse_task(argc == 6 ? argv[4] : "");
  if (!task) {
    std::fprintf(stderr, "usage: see the head of peer_training.cpp\n");
    return 2;
  }
  geod::trainer::TrainOptions options;
  options.task = *task;
  options.preset = std::strcmp(argv[5], "seismollm") == 0 ? geod::trainer::Preset::kSeismollm
                                                          : geod::trainer::Preset::kGeod;
  const auto done = geod::trainer::run(argv[1], argv[2], argv[3], options);
  if (!done) {
    std::fprintf(stderr, "%s\n", done.error().what.c_str());
    return 1;
  }
  return 0;
}
