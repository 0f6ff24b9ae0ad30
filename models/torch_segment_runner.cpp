#include "models/torch_segment_runner.hpp"

#include <algorithm>
#include <thread>
#include <vector>

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/softmax.h>
#include <c10/core/InferenceMode.h>

#include "models/golden_image.hpp"
#include "models/torch_device_choice.hpp"
#include "models/torch_parallel.hpp"
#include "models/torch_tuning.hpp"

namespace geod::models {
namespace {

/// What is timed to choose a precision is at most this large: the ratio shows on a small image, and
/// a whole tile of a large network takes seconds in a type that the processor has no units for.
constexpr std::int64_t kTuningSide = 224;

/// A tile's values as they lie; only read.
at::Tensor view_of(const Tile& tile) {
  return at::from_blob(
      const_cast<float*>(tile.values.data()), {1, tile.rows, tile.columns}, at::kFloat);
}

/// The network for smaller images; shares its tensors.
std::unique_ptr<const TorchSegmenter> for_small_images(const TorchSegmenter& network) {
  SegmenterGeometry geometry = network.geometry();
  geometry.rows = std::min(geometry.rows, kTuningSide);
  geometry.columns = std::min(geometry.columns, kTuningSide);
  TensorTable::Tensors tensors;
  for (const TensorSpec& spec : network.tensors().specs()) {
    tensors.emplace(spec.name, network.tensors().at(spec.name));
  }
  return std::make_unique<const TorchSegmenter>(geometry, std::move(tensors));
}

/// One run of the runner over the golden image of the network's size.
class Trial {
 public:
  Trial(const SegmentRunner& runner, const TorchSegmenter& network, std::size_t tiles)
      : runner_(runner), network_(runner.place(network)) {
    const SegmenterGeometry& g = network.geometry();
    tile_ = golden_image(g.rows, g.columns);
    tiles_.assign(tiles, &tile_);
    probabilities_.resize(tiles * static_cast<std::size_t>(g.classes * g.rows * g.columns));
  }

  void run() { runner_.run(*network_, tiles_, probabilities_); }
  const std::vector<float>& probabilities() const { return probabilities_; }

 private:
  const SegmentRunner& runner_;
  std::unique_ptr<const TorchSegmenter> network_;
  Tile tile_;
  std::vector<const Tile*> tiles_;
  std::vector<float> probabilities_;
};

Result<PrecisionChoice> choose(const TorchSegmenter& network,
                               const at::Device& device,
                               Precision wanted,
                               int threads) {
  if (wanted == Precision::kFloat32) {
    return choose_precision(wanted, 0.0, {});
  }
  const Precision tried = wanted == Precision::kAuto ? Precision::kBfloat16 : wanted;
  const auto small = for_small_images(network);
  const auto tiles = static_cast<std::size_t>(std::max(1, threads));
  const SegmentRunner exact(device, at::kFloat, threads);
  const SegmentRunner reduced(device, scalar_type(tried), threads);
  Trial exact_trial(exact, *small, tiles);
  Trial reduced_trial(reduced, *small, tiles);
  const double exact_s = measure_briefly_s([&] { exact_trial.run(); });
  const double reduced_s = measure_briefly_s([&] { reduced_trial.run(); });
  const std::vector<ReducedPrecision> measured{
      {tried,
       reduced_s,
       largest_change(exact_trial.probabilities(), reduced_trial.probabilities())}};
  return choose_precision(wanted, exact_s, measured);
}

Result<SegmentRunner> tune(const TorchSegmenter& network,
                           const at::Device& device,
                           const EngineOptions& options,
                           EngineInfo& info) {
  const int available = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int threads = !device.is_cpu() ? 1 : options.threads > 0 ? options.threads : available;
  if (options.beside != nullptr) {
    return SegmentRunner(device, scalar_type(options.precision), threads);
  }
  const auto choice = choose(network, device, options.precision, threads);
  if (!choice) {
    return tl::unexpected(choice.error());
  }
  SegmentRunner runner(device, scalar_type(choice->precision), threads);
  const std::size_t tiles = std::min(
      options.max_batch, device.is_cpu() ? static_cast<std::size_t>(threads) : options.max_batch);
  Trial trial(runner, network, tiles);
  const double seconds = measure_briefly_s([&] { trial.run(); });
  info.device = device.is_cpu() ? "cpu" : device.str();
  info.device_kind = device.is_cpu() ? Device::kCpu : Device::kCuda;
  info.precision = choice->reason;
  info.precision_kind = choice->precision;
  info.threads = threads;
  info.windows_per_s = static_cast<double>(tiles) / seconds;
  return runner;
}

}  // namespace

std::unique_ptr<const TorchSegmenter> SegmentRunner::place(const TorchSegmenter& network) const {
  const c10::InferenceMode inference;
  const auto merged = network.merged();
  TensorTable::Tensors tensors;
  for (const TensorSpec& spec : merged->tensors().specs()) {
    tensors.emplace(spec.name, merged->tensors().at(spec.name).to(device_, dtype_));
  }
  return std::make_unique<const TorchSegmenter>(merged->geometry(), std::move(tensors));
}

void SegmentRunner::run(const TorchSegmenter& network,
                        std::span<const Tile* const> tiles,
                        std::span<float> probabilities) const {
  device_.is_cpu() ? run_on_cpu(network, tiles, probabilities)
                   : run_on_device(network, tiles, probabilities);
}

void SegmentRunner::run_on_cpu(const TorchSegmenter& network,
                               std::span<const Tile* const> tiles,
                               std::span<float> probabilities) const {
  for_each_on_threads(static_cast<std::int64_t>(tiles.size()), threads_, [&](std::int64_t n) {
    const c10::InferenceMode inference;
    const auto index = static_cast<std::size_t>(n);
    const at::Tensor logits = network.logits(view_of(*tiles[index]), /*training=*/false);
    const at::Tensor shares = at::softmax(logits, 1).contiguous();
    const auto length = static_cast<std::size_t>(shares.numel());
    std::copy_n(shares.const_data_ptr<float>(), length, probabilities.data() + index * length);
  });
}

void SegmentRunner::run_on_device(const TorchSegmenter& network,
                                  std::span<const Tile* const> tiles,
                                  std::span<float> probabilities) const {
  const c10::InferenceMode inference;
  const SegmenterGeometry& g = network.geometry();
  const at::Tensor raw = at::empty({static_cast<std::int64_t>(tiles.size()), g.rows, g.columns},
                                   at::TensorOptions(at::kFloat).pinned_memory(true));
  float* values = raw.mutable_data_ptr<float>();
  for (const Tile* tile : tiles) {
    values = std::copy(tile->values.begin(), tile->values.end(), values);
  }
  const at::Tensor logits = network.logits(raw.to(device_, /*non_blocking=*/true), false);
  const at::Tensor shares = at::softmax(logits, 1).to(at::kCPU).contiguous();
  std::copy_n(shares.const_data_ptr<float>(), probabilities.size(), probabilities.data());
}

Result<SegmentRunner> make_segment_runner(const TorchSegmenter& network,
                                          const EngineOptions& options,
                                          EngineInfo& info) {
  return on_wanted_device<SegmentRunner>(options, info, [&](const at::Device& device) {
    return tune(network, device, options, info);
  });
}

}  // namespace geod::models
