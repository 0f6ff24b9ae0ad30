#include "models/torch_engine.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include "models/model_summary.hpp"
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

/// Keeps LibTorch to one thread in its scope: preparing must leave the cores to whoever scores.
class OneThread {
 public:
  OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

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

std::string one_line(const std::exception& error) {
  const auto* const torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string_view text =
      torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  return std::string(text.substr(0, text.find('\n')));
}

Result<std::unique_ptr<Engine>> TorchEngine::open(const EngineOptions& options) {
  if (options.max_batch == 0 || options.threads < 0) {
    return fail(Errc::kConfig, "max_batch must be at least 1 and threads at least 0");
  }
  auto base = base_of(options);
  if (!base) {
    return tl::unexpected(base.error());
  }
  std::unique_ptr<TorchEngine> engine(new TorchEngine(std::move(*base), options.max_batch));
  if (auto ok = engine->start(options); !ok) {
    return fail_with(ok.error(), options.model_directory.string());
  }
  return engine;
}

Result<std::shared_ptr<const BaseWeights>> TorchEngine::base_of(const EngineOptions& options) {
  auto manifest = load_manifest(options.model_directory);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (manifest->family != kNetworkFamily) {
    return fail(Errc::kUnsupported,
                "{}: a model of family {}; an engine needs one of {}",
                options.model_directory.string(),
                manifest->family,
                kNetworkFamily);
  }
  if (options.beside == nullptr) {
    return load_base(options.model_directory, *manifest);
  }
  const auto* other = dynamic_cast<const TorchEngine*>(options.beside);
  GEOD_CHECK(other != nullptr, "beside an engine of another kind");
  if (other->base_->manifest.weights_sha256 != manifest->weights_sha256) {
    return fail(Errc::kModelMismatch,
                "{}: is not the base {} of the engine that is open",
                options.model_directory.string(),
                other->base_->manifest.model_id());
  }
  return other->base_;
}

Result<void> TorchEngine::start(const EngineOptions& options) {
  EngineOptions chosen = options;
  if (options.beside != nullptr) {
    info_ = options.beside->info();
    chosen.device = info_.device_kind;
    chosen.precision = info_.precision_kind;
    chosen.threads = info_.threads;
  }
  const NetworkOverlay* overlay = options.overlay.get();
  task_ = options.task;
  const auto network = assemble_for_task(overlay);
  if (!network) {
    return tl::unexpected(network.error());
  }
  geometry_ = (*network)->geometry();
  output_ = output_shape(geometry_, task_);
  info_.parameters = 0;
  for (const PartCount& part : count_parameters((*network)->tensors().specs())) {
    info_.parameters += part.total;
  }
  auto runner = make_runner_caught(**network, chosen, info_);
  if (!runner) {
    return tl::unexpected(runner.error());
  }
  runner_ = std::move(*runner);
  serving_ = describe(overlay);
  if (overlay != nullptr && overlay->golden) {
    const auto folded = fold(overlay);
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

std::unique_ptr<TorchEngine::Prepared> TorchEngine::describe(const NetworkOverlay* overlay) const {
  auto prepared = std::make_unique<Prepared>();
  prepared->engine = this;
  prepared->manifest = overlay == nullptr ? base_->manifest : overlay->manifest;
  prepared->adapter_hash = overlay == nullptr ? "" : overlay->adapter_hash;
  return prepared;
}

Result<std::unique_ptr<const FoldedSeisMollm>> TorchEngine::fold(
    const NetworkOverlay* overlay) const {
  const auto network = assemble_for_task(overlay);
  if (!network) {
    return tl::unexpected(network.error());
  }
  try {
    const OneThread one_thread;
    auto folded = runner_->fold(**network);
    if (overlay != nullptr && overlay->golden) {
      if (auto ok = check_golden(*folded, *overlay); !ok) {
        return tl::unexpected(ok.error());
      }
    }
    return folded;
  } catch (const std::exception& error) {
    return fail(Errc::kDevice, "{}: {}", info_.device, one_line(error));
  }
}

Result<void> TorchEngine::check_golden(const FoldedSeisMollm& network,
                                       const NetworkOverlay& overlay) const {
  const GoldenCase& golden = *overlay.golden;
  const std::vector<float> output = score_once(network, geometry_, task_, golden.input);
  const double change = largest_change(output, golden.output) / output_range(task_);
  const double allowed = info_.precision_kind == Precision::kFloat32
                             ? golden.tolerance
                             : std::max(golden.tolerance, kMaxScoreChange);
  if (!(change <= allowed)) {
    return fail(Errc::kModelMismatch,
                "{}: its golden window gives outputs that differ by {:.2g} of their range, allowed "
                "is {:.2g}; this geod or device does not compute what was trained",
                overlay.manifest.model_id(),
                change,
                allowed);
  }
  return {};
}

Result<std::unique_ptr<PreparedNetwork>> TorchEngine::prepare(
    std::shared_ptr<const NetworkOverlay> overlay) const {
  auto network = fold(overlay.get());
  if (!network) {
    return tl::unexpected(network.error());
  }
  auto prepared = describe(overlay.get());
  prepared->network = std::move(*network);
  return prepared;
}

std::unique_ptr<PreparedNetwork> TorchEngine::replace(std::unique_ptr<PreparedNetwork> next) {
  auto* const prepared = dynamic_cast<Prepared*>(next.get());
  GEOD_CHECK(prepared != nullptr && prepared->engine == this, "prepared by another engine");
  try {
    serving_->network = runner_->replace(std::move(prepared->network));
  } catch (const std::exception& error) {
    device_failure_ = one_line(error);
    return next;
  }
  std::unique_ptr<Prepared> before = std::move(serving_);
  static_cast<void>(next.release());
  serving_.reset(prepared);
  return before;
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
