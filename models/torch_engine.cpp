#include "models/torch_engine.hpp"

#include <cmath>

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include "models/normalise.hpp"
#include "models/torch_cuda_loader.hpp"
#include "models/torch_tuning.hpp"

namespace geod::models {
namespace {

/// kAuto takes a CUDA device when its module loads and finds one, and says in `info` why not.
Result<std::unique_ptr<Runner>> make_runner(const TorchSeisMollm& network,
                                            const EngineOptions& options,
                                            EngineInfo& info) {
  if (options.device == Device::kCpu) {
    return make_cpu_runner(network, options, info);
  }
  auto runner = make_cuda_runner(network, options, info);
  if (runner || options.device == Device::kCuda) {
    return runner;
  }
  auto cpu = make_cpu_runner(network, options, info);
  if (cpu) {
    info.device += " (no CUDA: " + runner.error().what + ")";
  }
  return cpu;
}

Result<std::unique_ptr<Runner>> make_runner_caught(const TorchSeisMollm& network,
                                                   const EngineOptions& options,
                                                   EngineInfo& info) {
  try {
    return make_runner(network, options, info);
  } catch (const std::exception& error) {
    return fail(Errc::kDevice, "{}", one_line(error));
  }
}

/// Outputs of one window, [K, T] as ScoreBatch holds them.
///
/// @param input  [3, T] before normalisation.
std::vector<float> score_once(const FoldedSeisMollm& network,
                              const SeisMollmGeometry& geometry,
                              Task task,
                              const std::vector<float>& input) {
  const c10::InferenceMode inference;
  Window window;
  window.rate = geometry.sampling_rate;
  window.samples = geometry.window_samples;
  window.data = input;
  const at::Tensor x =
      at::empty({1, static_cast<std::int64_t>(kComponents), window.samples}, at::kFloat);
  normalise(window, {x.mutable_data_ptr<float>(), input.size()});
  const at::Tensor y =
      activate(task, network.logits(x.to(network.device()))).to(at::kCPU).contiguous();
  const float* values = y.const_data_ptr<float>();
  return {values, values + y.numel()};
}

}  // namespace

Result<std::unique_ptr<Engine>> TorchEngine::open(const EngineOptions& options) {
  auto base = base_of(options, base_beside(options), InputKind::kSeismograms);
  if (!base) {
    return tl::unexpected(base.error());
  }
  std::unique_ptr<TorchEngine> engine(new TorchEngine(std::move(*base), options.max_batch));
  if (auto ok = engine->start(options); !ok) {
    return fail_with(ok.error(), options.model_directory.string());
  }
  return engine;
}

Result<void> TorchEngine::start(const EngineOptions& options) {
  const EngineOptions chosen = chosen_beside(options);
  const NetworkOverlay* overlay = options.overlay.get();
  task_ = options.task;
  const auto network = assemble_for_task(overlay);
  if (!network) {
    return tl::unexpected(network.error());
  }
  geometry_ = (*network)->geometry();
  output_ = output_shape(geometry_, task_);
  info_.parameters = parameters_of((*network)->tensors());
  auto runner = make_runner_caught(**network, chosen, info_);
  if (!runner) {
    return tl::unexpected(runner.error());
  }
  runner_ = std::move(*runner);
  serving_ = describe(overlay);
  if (overlay != nullptr && overlay->golden) {
    const auto folded = make_checked(overlay);
    return folded ? Result<void>{} : tl::unexpected(folded.error());
  }
  return {};
}

Result<std::unique_ptr<const TorchSeisMollm>> TorchEngine::assemble_for_task(
    const NetworkOverlay* overlay) const {
  auto network = assemble(*base_, overlay);
  if (network && (*network)->task() != task_) {
    return fail(Errc::kModelMismatch,
                "{}: a network of task {} where one of {} is needed",
                (overlay == nullptr ? base_->manifest : overlay->manifest).model_id(),
                to_string((*network)->task()),
                to_string(task_));
  }
  return network;
}

Result<std::unique_ptr<const FoldedSeisMollm>> TorchEngine::make(
    const NetworkOverlay* overlay) const {
  const auto network = assemble_for_task(overlay);
  if (!network) {
    return tl::unexpected(network.error());
  }
  return runner_->fold(**network);
}

std::vector<float> TorchEngine::run_golden(const FoldedSeisMollm& network,
                                           const NetworkOverlay& overlay) const {
  return score_once(network, geometry_, task_, overlay.golden->input);
}

Result<void> TorchEngine::score(std::span<const Window* const> windows, ScoreBatch& out) {
  GEOD_CHECK(windows.size() <= max_batch_, "batch above max_batch");
  for (const Window* window : windows) {
    if (window->samples != geometry_.window_samples || window->rate != geometry_.sampling_rate ||
        window->data.size() != kComponents * static_cast<std::size_t>(window->samples)) {
      return fail(Errc::kModelMismatch,
                  "a window of {} samples at {} for a model of {} samples at {}",
                  window->samples,
                  window->rate.to_string(),
                  geometry_.window_samples,
                  geometry_.sampling_rate.to_string());
    }
  }
  if (!device_failure_.empty()) {
    return fail(Errc::kDevice, "{}: {}", info_.device, device_failure_);
  }
  out.windows = windows.size();
  out.classes = output_.classes;
  out.samples = output_.samples;
  out.values.resize(out.windows * out.classes * out.samples);
  try {
    runner_->run(windows, out.values);
  } catch (const std::exception& error) {
    return fail(Errc::kDevice, "{}: {}", info_.device, one_line(error));
  }
  for (const float score : out.values) {
    if (!std::isfinite(score)) {
      return fail(Errc::kDevice, "{}: a score is not finite", info_.device);
    }
  }
  return {};
}

}  // namespace geod::models
