#include "models/torch_inversion_runner.hpp"

#include <algorithm>
#include <thread>
#include <vector>

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include "models/inversion_scaling.hpp"
#include "models/torch_device_choice.hpp"
#include "models/torch_parallel.hpp"
#include "models/torch_tuning.hpp"

namespace geod::models {
namespace {

/// Normalised shots [N, sources, times, receivers] in host memory.
at::Tensor normalised(std::span<const Shots* const> batch,
                      const FoldedInversion& network,
                      bool is_pinned) {
  const InversionGeometry& g = network.geometry();
  const at::Tensor shots =
      at::empty({static_cast<std::int64_t>(batch.size()), g.sources, g.times, g.receivers},
                at::TensorOptions(at::kFloat).pinned_memory(is_pinned));
  const InversionScaling scaling(network.settings());
  float* values = shots.mutable_data_ptr<float>();
  for (const Shots* one : batch) {
    values =
        std::transform(one->amplitudes.begin(), one->amplitudes.end(), values, [&](float value) {
          return scaling.shot(value);
        });
  }
  return shots;
}

void copy_to(const at::Tensor& maps, float* values) {
  const at::Tensor host = maps.to(at::kCPU).contiguous();
  std::copy_n(host.const_data_ptr<float>(), host.numel(), values);
}

/// The runner over golden shots of the network's size.
class Trial {
 public:
  Trial(const InversionRunner& runner,
        const TorchInversionNet& network,
        const InversionSettings& settings,
        std::size_t count)
      : runner_(runner),
        network_(runner.place(network, settings)),
        shots_(golden_shots(network.geometry())),
        batch_(count, &shots_),
        maps_(count *
              static_cast<std::size_t>(network.geometry().depths * network.geometry().offsets)) {}
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  void run() { runner_.run(*network_, batch_, maps_); }
  const std::vector<float>& maps() const { return maps_; }

 private:
  const InversionRunner& runner_;
  std::unique_ptr<const FoldedInversion> network_;
  const Shots shots_;
  const std::vector<const Shots*> batch_;
  std::vector<float> maps_;
};

/// What a network is measured with.
struct Measured {
  const TorchInversionNet& network;
  const InversionSettings& settings;
  const at::Device& device;
  int threads;
  std::size_t count;  ///< of shots in a batch
};

Result<PrecisionChoice> choose(const Measured& with, Precision wanted) {
  if (wanted == Precision::kFloat32) {
    return choose_precision(wanted, 0.0, {});
  }
  const Precision tried = wanted == Precision::kAuto ? Precision::kBfloat16 : wanted;
  const InversionRunner exact(with.device, at::kFloat, with.threads);
  const InversionRunner reduced(with.device, scalar_type(tried), with.threads);
  Trial exact_trial(exact, with.network, with.settings, with.count);
  Trial reduced_trial(reduced, with.network, with.settings, with.count);
  const double exact_s = measure_briefly_s([&] { exact_trial.run(); });
  const double reduced_s = measure_briefly_s([&] { reduced_trial.run(); });
  const std::vector<ReducedPrecision> measured{
      {tried, reduced_s, largest_change(exact_trial.maps(), reduced_trial.maps())}};
  return choose_precision(wanted, exact_s, measured);
}

Result<InversionRunner> tune(const TorchInversionNet& network,
                             const InversionSettings& settings,
                             const at::Device& device,
                             const EngineOptions& options,
                             EngineInfo& info) {
  const int available = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int threads = !device.is_cpu() ? 1 : options.threads > 0 ? options.threads : available;
  if (options.beside != nullptr) {
    return InversionRunner(device, scalar_type(options.precision), threads);
  }
  const std::size_t count = std::min(
      options.max_batch, device.is_cpu() ? static_cast<std::size_t>(threads) : options.max_batch);
  const auto choice = choose({network, settings, device, threads, count}, options.precision);
  if (!choice) {
    return tl::unexpected(choice.error());
  }
  InversionRunner runner(device, scalar_type(choice->precision), threads);
  Trial trial(runner, network, settings, count);
  const double seconds = measure_briefly_s([&] { trial.run(); });
  info.device = device.is_cpu() ? "cpu" : device.str();
  info.device_kind = device.is_cpu() ? Device::kCpu : Device::kCuda;
  info.precision = choice->reason;
  info.precision_kind = choice->precision;
  info.threads = threads;
  info.windows_per_s = static_cast<double>(count) / seconds;
  return runner;
}

}  // namespace

std::unique_ptr<const FoldedInversion> InversionRunner::place(
    const TorchInversionNet& network, const InversionSettings& settings) const {
  return std::make_unique<const FoldedInversion>(network, settings, device_, dtype_);
}

void InversionRunner::run(const FoldedInversion& network,
                          std::span<const Shots* const> batch,
                          std::span<float> maps) const {
  if (!device_.is_cpu()) {
    return run_on_device(network, batch, maps);
  }
  for_each_on_threads(static_cast<std::int64_t>(batch.size()), threads_, [&](std::int64_t n) {
    const c10::InferenceMode inference;
    const auto index = static_cast<std::size_t>(n);
    const at::Tensor map =
        network.forward(normalised(batch.subspan(index, 1), network, /*is_pinned=*/false));
    copy_to(map, maps.data() + index * static_cast<std::size_t>(map.numel()));
  });
}

void InversionRunner::run_on_device(const FoldedInversion& network,
                                    std::span<const Shots* const> batch,
                                    std::span<float> maps) const {
  const c10::InferenceMode inference;
  const at::Tensor shots = normalised(batch, network, /*is_pinned=*/true);
  copy_to(network.forward(shots.to(device_, /*non_blocking=*/true)), maps.data());
}

Result<InversionRunner> make_inversion_runner(const TorchInversionNet& network,
                                              const InversionSettings& settings,
                                              const EngineOptions& options,
                                              EngineInfo& info) {
  return on_wanted_device<InversionRunner>(options, info, [&](const at::Device& device) {
    return tune(network, settings, device, options, info);
  });
}

}  // namespace geod::models
