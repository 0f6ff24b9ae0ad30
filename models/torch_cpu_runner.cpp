#include <algorithm>
#include <thread>

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include "models/normalise.hpp"
#include "models/torch_folded.hpp"
#include "models/torch_runner.hpp"
#include "models/torch_tuning.hpp"

namespace geod::models {
namespace {

/// Whole windows go to whole threads: no barrier inside a window, so that a busy neighbour on one
/// core costs that core only, and a window's scores cannot depend on the rest of the batch. Windows
/// that do not fill all threads are computed one by one by all threads together.
class CpuRunner : public Runner {
 public:
  CpuRunner(const TorchSeisMollm& network, at::ScalarType dtype, std::size_t max_batch)
      : network_(network, dtype, at::kCPU),
        task_(network.task()),
        samples_(network.geometry().window_samples) {
    const c10::InferenceMode inference;
    input_ = at::empty(
        {static_cast<std::int64_t>(max_batch), static_cast<std::int64_t>(kComponents), samples_},
        at::kFloat);
  }

  void set_threads(int threads) { threads_ = threads; }

  void run(std::span<const Window* const> windows, std::span<float> scores) override {
    if (at::get_num_threads() != threads_) {
      at::set_num_threads(threads_);
    }
    const auto count = static_cast<std::int64_t>(windows.size());
    const std::int64_t shared = count - count % threads_;
    at::parallel_for(0, shared, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        run_one(windows, n, scores);
      }
    });
    for (std::int64_t n = shared; n < count; ++n) {
      run_one(windows, n, scores);
    }
  }

  std::string device() const override { return "cpu"; }

 private:
  void run_one(std::span<const Window* const> windows, std::int64_t n, std::span<float> scores) {
    const c10::InferenceMode inference;
    const at::Tensor x = input_.narrow(0, n, 1);
    const auto index = static_cast<std::size_t>(n);
    normalise(*windows[index], {x.mutable_data_ptr<float>(), static_cast<std::size_t>(x.numel())});
    const at::Tensor y = activate(task_, network_.logits(x)).contiguous();
    const auto length = static_cast<std::size_t>(y.numel());
    std::copy_n(y.const_data_ptr<float>(), length, scores.data() + index * length);
  }

  FoldedSeisMollm network_;
  Task task_;
  std::int64_t samples_;
  at::Tensor input_;  // [max_batch, 3, T]
  int threads_ = 1;
};

/// Windows of Gaussian noise with a decaying burst, as a stand-in for what will come.
std::vector<Window> random_windows(const SeisMollmGeometry& geometry, std::size_t count) {
  std::vector<Window> windows(count);
  std::uint64_t state = 1;
  for (Window& window : windows) {
    window.rate = geometry.sampling_rate;
    window.samples = geometry.window_samples;
    window.data.resize(kComponents * static_cast<std::size_t>(window.samples));
    for (std::size_t i = 0; i < window.data.size(); ++i) {
      // Sum of uniform draws of a linear congruential generator (Knuth's constants).
      double sum = 0.0;
      for (int draw = 0; draw < 4; ++draw) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        sum += static_cast<double>(state >> 11) * 0x1p-53 - 0.5;
      }
      const double t = static_cast<double>(i % static_cast<std::size_t>(window.samples)) /
                           static_cast<double>(window.samples) -
                       0.4;
      window.data[i] = static_cast<float>(sum * (t > 0.0 ? 1.0 + 10.0 * std::exp(-8.0 * t) : 1.0));
    }
  }
  return windows;
}

std::vector<const Window*> pointers(const std::vector<Window>& windows) {
  std::vector<const Window*> result;
  for (const Window& window : windows) {
    result.push_back(&window);
  }
  return result;
}

double largest_change(const std::vector<float>& a, const std::vector<float>& b) {
  double change = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    change = std::max(change, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return change;
}

}  // namespace

Result<std::unique_ptr<Runner>> make_cpu_runner(const TorchSeisMollm& network,
                                                const EngineOptions& options,
                                                EngineInfo& info) {
  const int available = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int wanted = options.threads > 0 ? options.threads : available;
  const std::size_t batch =
      std::max<std::size_t>(1, std::min(options.max_batch, static_cast<std::size_t>(wanted)));
  const auto windows = random_windows(network.geometry(), batch);
  const auto batch_windows = pointers(windows);
  std::vector<float> scores(batch * 2 *
                            static_cast<std::size_t>(network.geometry().window_samples));

  auto runner = std::make_unique<CpuRunner>(network, at::kFloat, options.max_batch);
  runner->set_threads(wanted);
  const auto run = [&] { runner->run(batch_windows, scores); };
  double best_s = 0.0;
  PrecisionChoice choice;
  if (options.precision == Precision::kFloat32) {
    best_s = measure_s({run})[0];
    choice = *choose_precision(options.precision, best_s, best_s, 0.0);
  } else {
    auto reduced = std::make_unique<CpuRunner>(network, at::kBFloat16, options.max_batch);
    reduced->set_threads(wanted);
    std::vector<float> reduced_scores(scores.size());
    const auto times_s = measure_s({run, [&] { reduced->run(batch_windows, reduced_scores); }});
    const auto made = choose_precision(
        options.precision, times_s[0], times_s[1], largest_change(scores, reduced_scores));
    if (!made) {
      return tl::unexpected(made.error());
    }
    choice = *made;
    if (choice.is_bfloat16) {
      runner = std::move(reduced);
    }
    best_s = choice.is_bfloat16 ? times_s[1] : times_s[0];
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
  info.device = runner->device();
  info.precision = choice.reason;
  info.threads = threads;
  info.windows_per_s = static_cast<double>(batch) / best_s;
  return runner;
}

}  // namespace geod::models
