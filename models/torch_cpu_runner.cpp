#include <algorithm>
#include <thread>

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include "models/normalise.hpp"
#include "models/torch_folded.hpp"
#include "models/torch_parallel.hpp"
#include "models/torch_runner.hpp"
#include "models/torch_tuning.hpp"

namespace geod::models {
namespace {

/// Whole windows go to whole threads, one that is left over to one of them: no barrier inside a
/// window, so that a busy neighbour on one core costs that core only. How a window is computed must
/// not depend on the rest of its batch: sums over several threads differ in their last bits.
class CpuRunner : public Runner {
 public:
  CpuRunner(const TorchSeisMollm& network, at::ScalarType dtype, std::size_t max_batch)
      : dtype_(dtype),
        network_(std::make_unique<const FoldedSeisMollm>(network, dtype, at::kCPU)),
        task_(network.task()),
        samples_(network.geometry().window_samples) {
    const c10::InferenceMode inference;
    input_ = at::empty(
        {static_cast<std::int64_t>(max_batch), static_cast<std::int64_t>(kComponents), samples_},
        at::kFloat);
  }

  void set_threads(int threads) { threads_ = threads; }

  void run(std::span<const Window* const> windows, std::span<float> scores) override {
    for_each_on_threads(static_cast<std::int64_t>(windows.size()), threads_, [&](std::int64_t n) {
      run_one(windows, n, scores);
    });
  }

  std::unique_ptr<const FoldedSeisMollm> fold(const TorchSeisMollm& network) const override {
    return std::make_unique<const FoldedSeisMollm>(network, dtype_, at::kCPU);
  }

  std::unique_ptr<const FoldedSeisMollm> replace(
      std::unique_ptr<const FoldedSeisMollm> next) override {
    network_.swap(next);
    return next;
  }

 private:
  void run_one(std::span<const Window* const> windows, std::int64_t n, std::span<float> scores) {
    const c10::InferenceMode inference;
    const at::Tensor x = input_.narrow(0, n, 1);
    const auto index = static_cast<std::size_t>(n);
    normalise(*windows[index], {x.mutable_data_ptr<float>(), static_cast<std::size_t>(x.numel())});
    const at::Tensor y = activate(task_, network_->logits(x)).contiguous();
    const auto length = static_cast<std::size_t>(y.numel());
    std::copy_n(y.const_data_ptr<float>(), length, scores.data() + index * length);
  }

  at::ScalarType dtype_;
  std::unique_ptr<const FoldedSeisMollm> network_;
  Task task_;
  std::int64_t samples_;
  at::Tensor input_;  // [max_batch, 3, T]
  int threads_ = 1;
};

std::vector<const Window*> pointers(const std::vector<Window>& windows) {
  std::vector<const Window*> result;
  for (const Window& window : windows) {
    result.push_back(&window);
  }
  return result;
}

/// As the engine beside it, whose choices `options` are.
std::unique_ptr<Runner> make_beside(const TorchSeisMollm& network, const EngineOptions& options) {
  auto runner =
      std::make_unique<CpuRunner>(network, scalar_type(options.precision), options.max_batch);
  runner->set_threads(options.threads);
  return runner;
}

}  // namespace

Result<std::unique_ptr<Runner>> make_cpu_runner(const TorchSeisMollm& network,
                                                const EngineOptions& options,
                                                EngineInfo& info) {
  if (options.beside != nullptr) {
    return make_beside(network, options);
  }
  const int available = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int wanted = options.threads > 0 ? options.threads : available;
  const std::size_t batch =
      std::max<std::size_t>(1, std::min(options.max_batch, static_cast<std::size_t>(wanted)));
  const auto windows = tuning_windows(network.geometry(), batch);
  const auto batch_windows = pointers(windows);
  const OutputShape output = output_shape(network.geometry(), network.task());
  std::vector<float> scores(batch * output.classes * output.samples);

  auto runner = std::make_unique<CpuRunner>(network, at::kFloat, options.max_batch);
  runner->set_threads(wanted);
  const auto run = [&] { runner->run(batch_windows, scores); };
  std::unique_ptr<CpuRunner> reduced;
  std::vector<ReducedPrecision> measured;
  double best_s = 0.0;
  if (options.precision == Precision::kFloat32) {
    best_s = measure_s({run})[0];
  } else {
    const Precision tried =
        options.precision == Precision::kAuto ? Precision::kBfloat16 : options.precision;
    reduced = std::make_unique<CpuRunner>(network, scalar_type(tried), options.max_batch);
    reduced->set_threads(wanted);
    std::vector<float> reduced_scores(scores.size());
    const auto times_s = measure_s({run, [&] { reduced->run(batch_windows, reduced_scores); }});
    best_s = times_s[0];
    measured.push_back(
        {tried, times_s[1], largest_change(scores, reduced_scores) / output_range(network.task())});
  }
  const auto choice = choose_precision(options.precision, best_s, measured);
  if (!choice) {
    return tl::unexpected(choice.error());
  }
  if (choice->precision != Precision::kFloat32) {
    runner = std::move(reduced);
    best_s = measured.front().seconds;
  }
  int threads = wanted;
  if (options.threads == 0 && wanted > 1) {
    runner->set_threads(1);
    const double single_s = measure_s({run})[0];
    if (single_s < best_s * kMinThreadGain) {
      threads = 1;
      best_s = single_s;
    }
  }
  runner->set_threads(threads);
  info.device = "cpu";
  info.device_kind = Device::kCpu;
  info.precision = choice->reason;
  info.precision_kind = choice->precision;
  info.threads = threads;
  info.windows_per_s = static_cast<double>(batch) / best_s;
  return runner;
}

}  // namespace geod::models
