#include "models/torch_engine.hpp"

#include <cmath>
#include <string_view>

#include <c10/util/Exception.h>

#include "models/model_summary.hpp"
#include "models/torch_cuda_loader.hpp"
#include "models/torch_model_files.hpp"

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
  auto manifest = load_manifest(options.model_directory);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (manifest->family != kNetworkFamily || manifest->task != Task::kDpk) {
    return fail(Errc::kUnsupported,
                "{}: a model of family {} and task {}; the picker needs one of {} and dpk",
                options.model_directory.string(),
                manifest->family,
                to_string(manifest->task),
                kNetworkFamily);
  }
  const auto network = load_network(options.model_directory, *manifest);
  if (!network) {
    return tl::unexpected(network.error());
  }
  std::unique_ptr<TorchEngine> engine(new TorchEngine(std::move(*manifest), options.max_batch));
  auto runner = make_runner_caught(**network, options, engine->info_);
  if (!runner) {
    return fail_with(runner.error(), options.model_directory.string());
  }
  engine->runner_ = std::move(*runner);
  for (const PartCount& part : count_parameters((*network)->tensors().specs())) {
    engine->info_.parameters += part.total;
  }
  return engine;
}

Result<void> TorchEngine::score(std::span<const Window* const> windows, ScoreBatch& out) {
  const SeisMollmGeometry& geometry = manifest_.geometry;
  GEOD_CHECK(windows.size() <= max_batch_, "batch above max_batch");
  for (const Window* window : windows) {
    if (window->samples != geometry.window_samples || window->rate != geometry.sampling_rate ||
        window->data.size() != kComponents * static_cast<std::size_t>(window->samples)) {
      return fail(Errc::kModelMismatch,
                  "a window of {} samples at {} for a model of {} samples at {}",
                  window->samples,
                  window->rate.to_string(),
                  geometry.window_samples,
                  geometry.sampling_rate.to_string());
    }
  }
  out.windows = windows.size();
  out.classes = 2;
  out.samples = static_cast<std::size_t>(geometry.window_samples);
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
