#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include <ATen/Context.h>
#include <ATen/cuda/CUDAGraph.h>
#include <ATen/ops/_foreach_copy.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include "models/cuda/normalise_kernel.hpp"
#include "models/torch_folded.hpp"
#include "models/torch_runner.hpp"
#include "models/torch_tuning.hpp"

namespace geod::models {
namespace {

constexpr c10::DeviceIndex kFirstDevice = 0;
/// Before a capture: LibTorch chooses algorithms and makes its handles and workspaces.
constexpr int kWarmUps = 2;
/// Distinct windows to measure with; a larger batch repeats them.
constexpr std::size_t kTuningWindows = 16;
/// The first generation with bfloat16 in its tensor cores (Ampere).
constexpr int kBfloat16Major = 8;

/// The batch sizes that graphs are captured for: powers of two below `max_batch`, and that.
/// Descending, so that the smaller graphs fit into memory that the larger one left.
std::vector<std::size_t> bucket_sizes(std::size_t max_batch) {
  std::vector<std::size_t> sizes;
  for (std::size_t size = 1; size < max_batch; size *= 2) {
    sizes.push_back(size);
  }
  sizes.push_back(max_batch);
  std::reverse(sizes.begin(), sizes.end());
  return sizes;
}

/// Windows go through pinned memory to the device; normalisation and network are one captured graph
/// for each bucket of batch sizes, which a batch is padded to with rows of earlier batches (no row
/// sees another). All on one stream of its own; nothing is allocated after the captures.
class CudaRunner : public Runner {
 public:
  /// @param stream  not the default one, and the current one here and in capture().
  CudaRunner(const TorchSeisMollm& network,
             at::ScalarType dtype,
             std::size_t max_batch,
             c10::cuda::CUDAStream stream)
      : stream_(stream),
        dtype_(dtype),
        captured_(network, dtype, stream.device()),
        serving_(std::make_unique<const FoldedSeisMollm>(network, dtype, stream.device())),
        task_(network.task()),
        samples_(network.geometry().window_samples),
        pool_(at::cuda::graph_pool_handle()) {
    const c10::InferenceMode inference;
    const auto batch = static_cast<std::int64_t>(max_batch);
    const auto components = static_cast<std::int64_t>(kComponents);
    const auto host = at::TensorOptions().pinned_memory(true);
    const auto device_options = at::TensorOptions().device(stream.device());
    host_counts_ = at::empty({batch, components, samples_}, host.dtype(at::kFloat));
    host_present_ = at::empty({batch, components, samples_}, host.dtype(at::kByte));
    const OutputShape output = output_shape(network.geometry(), task_);
    host_scores_ = at::empty({batch,
                              static_cast<std::int64_t>(output.classes),
                              static_cast<std::int64_t>(output.samples)},
                             host.dtype(at::kFloat));
    counts_ = at::zeros({batch, components, samples_}, device_options.dtype(at::kFloat));
    present_ = at::zeros({batch, components, samples_}, device_options.dtype(at::kByte));
    input_ = at::zeros({batch, components, samples_}, device_options.dtype(at::kFloat));
  }

  /// Warms up and captures the graph for batches of up to `batch` windows.
  void capture(std::size_t batch) {
    const c10::InferenceMode inference;
    for (int i = 0; i < kWarmUps; ++i) {
      forward(batch);
    }
    stream_.synchronize();
    // A capture takes memory of its own and cannot give any back: leave it what is cached.
    c10::cuda::CUDACachingAllocator::emptyCache();
    Bucket bucket{std::make_unique<at::cuda::CUDAGraph>(), {}};
    bucket.graph->capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
    bucket.scores = forward(batch);
    bucket.graph->capture_end();
    buckets_[batch] = std::move(bucket);
  }

  void run(std::span<const Window* const> windows, std::span<float> scores) override {
    const c10::cuda::CUDAStreamGuard on_stream(stream_);
    const auto bucket = buckets_.lower_bound(windows.size());
    GEOD_CHECK(bucket != buckets_.end(), "batch above max_batch");
    for (std::size_t n = 0; n < windows.size(); ++n) {
      stage(*windows[n], n);
    }
    const std::size_t values = windows.size() * kComponents * static_cast<std::size_t>(samples_);
    copy(counts_.mutable_data_ptr(),
         host_counts_.const_data_ptr(),
         values * sizeof(float),
         cudaMemcpyHostToDevice);
    copy(present_.mutable_data_ptr(),
         host_present_.const_data_ptr(),
         values,
         cudaMemcpyHostToDevice);
    bucket->second.graph->replay();
    copy(host_scores_.mutable_data_ptr(),
         bucket->second.scores.const_data_ptr(),
         scores.size_bytes(),
         cudaMemcpyDeviceToHost);
    stream_.synchronize();
    std::copy_n(host_scores_.const_data_ptr<float>(), scores.size(), scores.data());
  }

  /// On the calling thread's current stream, which is not the one that replays; both only meet in
  /// replace(), so it must be done by then.
  std::unique_ptr<const FoldedSeisMollm> fold(const TorchSeisMollm& network) const override {
    const c10::cuda::CUDAGuard on_device(stream_.device());
    auto folded = std::make_unique<const FoldedSeisMollm>(network, dtype_, stream_.device());
    c10::cuda::getCurrentCUDAStream().synchronize();
    return folded;
  }

  /// Copies into the captured buffers, whose addresses the graphs hold. The copies have been made
  /// on return: `next` may be replaced and freed before another batch.
  std::unique_ptr<const FoldedSeisMollm> replace(
      std::unique_ptr<const FoldedSeisMollm> next) override {
    const c10::InferenceMode inference;
    const c10::cuda::CUDAStreamGuard on_stream(stream_);
    at::_foreach_copy_(captured_.tensors(), next->tensors());
    stream_.synchronize();
    serving_.swap(next);
    return next;
  }

 private:
  struct Bucket {
    std::unique_ptr<at::cuda::CUDAGraph> graph;
    at::Tensor scores;  // [batch, K, T] float32, written by every replay
  };

  /// The first `batch` rows of counts_ and present_ -> scores [batch, K, T]. Queues work only.
  at::Tensor forward(std::size_t batch) {
    C10_CUDA_CHECK(launch_normalise(counts_.const_data_ptr<float>(),
                                    present_.const_data_ptr<std::uint8_t>(),
                                    input_.mutable_data_ptr<float>(),
                                    static_cast<int>(batch * kComponents),
                                    static_cast<int>(samples_),
                                    stream_.stream()));
    const at::Tensor x = input_.narrow(0, 0, static_cast<std::int64_t>(batch));
    return activate(task_, captured_.logits(x)).contiguous();
  }

  /// Copies a window and which of its samples are there to row `n` of the pinned memory.
  void stage(const Window& window, std::size_t n) {
    const auto length = static_cast<std::size_t>(samples_);
    const std::size_t row = n * kComponents * length;
    std::copy_n(
        window.data.data(), kComponents * length, host_counts_.mutable_data_ptr<float>() + row);
    std::uint8_t* present = host_present_.mutable_data_ptr<std::uint8_t>() + row;
    std::fill_n(present, kComponents * length, std::uint8_t{1});
    for (std::size_t c = 0; c < kComponents; ++c) {
      for (const SampleSpan& gap : window.missing[c]) {
        const std::int64_t begin = std::clamp<std::int64_t>(gap.begin, 0, samples_);
        const std::int64_t end = std::clamp<std::int64_t>(gap.end, begin, samples_);
        std::fill(present + static_cast<std::int64_t>(c) * samples_ + begin,
                  present + static_cast<std::int64_t>(c) * samples_ + end,
                  std::uint8_t{0});
      }
    }
  }

  void copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    C10_CUDA_CHECK(cudaMemcpyAsync(to, from, bytes, kind, stream_.stream()));
  }

  c10::cuda::CUDAStream stream_;
  at::ScalarType dtype_;
  FoldedSeisMollm captured_;                        // what the graphs compute with
  std::unique_ptr<const FoldedSeisMollm> serving_;  // whose values captured_ holds
  Task task_;
  std::int64_t samples_;
  c10::cuda::MempoolId_t pool_;  // of all graphs: they run one after the other
  at::Tensor host_counts_;       // [max_batch, 3, T], pinned, as the next two
  at::Tensor host_present_;      // [max_batch, 3, T], 1 or 0
  at::Tensor host_scores_;       // [max_batch, K, T]
  at::Tensor counts_;            // on the device, as all that follow
  at::Tensor present_;
  at::Tensor input_;  // [max_batch, 3, T], normalised
  std::map<std::size_t, Bucket> buckets_;
};

struct DeviceFound {
  std::string name;
  int major = 0;  ///< of its compute capability
};

Result<DeviceFound> find_device() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    static_cast<void>(cudaGetLastError());  // or LibTorch would find it and take it for its own
  }
  if (status == cudaErrorInsufficientDriver) {
    int driver = 0;
    int runtime = 0;
    static_cast<void>(cudaDriverGetVersion(&driver));
    static_cast<void>(cudaRuntimeGetVersion(&runtime));
    if (driver == 0) {
      return fail(Errc::kDevice, "no NVIDIA driver is installed");
    }
    return fail(Errc::kDevice,
                "the NVIDIA driver is too old: it knows CUDA {}.{}, LibTorch needs {}.{}",
                driver / 1000,
                driver % 1000 / 10,
                runtime / 1000,
                runtime % 1000 / 10);
  }
  if (status == cudaErrorNoDevice || (status == cudaSuccess && count == 0)) {
    return fail(Errc::kDevice, "the NVIDIA driver shows no device");
  }
  if (status != cudaSuccess) {
    return fail(Errc::kDevice, "CUDA does not start: {}", cudaGetErrorString(status));
  }
  cudaDeviceProp properties{};
  C10_CUDA_CHECK(cudaGetDeviceProperties(&properties, kFirstDevice));
  return DeviceFound{fmt::format("cuda:{} {}", kFirstDevice, properties.name), properties.major};
}

/// What is worth measuring against float32. float16 needs no more than bfloat16 and is finer, but a
/// large activation overflows it: it comes second.
std::vector<Precision> precisions_to_measure(Precision wanted, int major) {
  if (wanted == Precision::kFloat32) {
    return {};
  }
  if (wanted != Precision::kAuto) {
    return {wanted};
  }
  return major >= kBfloat16Major ? std::vector{Precision::kBfloat16, Precision::kFloat16}
                                 : std::vector{Precision::kFloat16};
}

/// Makes runners for one network and device, and measures them at the largest batch; one after the
/// other, so that two never share the device's memory.
class Tuner {
 public:
  Tuner(const TorchSeisMollm& network,
        const EngineOptions& options,
        int major,
        c10::cuda::CUDAStream stream)
      : network_(network),
        max_batch_(options.max_batch),
        major_(major),
        stream_(stream),
        windows_(tuning_windows(network.geometry(), std::min(max_batch_, kTuningWindows))),
        output_(output_shape(network.geometry(), network.task())),
        scores_(max_batch_ * output_.classes * output_.samples) {
    for (std::size_t n = 0; n < max_batch_; ++n) {
      batch_.push_back(&windows_[n % windows_.size()]);
    }
  }

  /// The precision to compute in.
  Result<PrecisionChoice> choose(Precision wanted) {
    const std::vector<Precision> candidates = precisions_to_measure(wanted, major_);
    if (candidates.empty()) {
      return choose_precision(wanted, 0.0, {});
    }
    const double float32_s = time_s(*make(Precision::kFloat32, {max_batch_}));
    const std::vector<float> reference = scores_;
    std::vector<ReducedPrecision> measured;
    for (const Precision precision : candidates) {
      const double seconds = time_s(*make(precision, {max_batch_}));
      measured.push_back(
          {precision, seconds, largest_change(reference, scores_) / output_range(network_.task())});
    }
    return choose_precision(wanted, float32_s, measured);
  }

  std::unique_ptr<CudaRunner> make(Precision precision, const std::vector<std::size_t>& buckets) {
    auto runner =
        std::make_unique<CudaRunner>(network_, scalar_type(precision), max_batch_, stream_);
    for (const std::size_t size : buckets) {
      runner->capture(size);
    }
    return runner;
  }

  double time_s(CudaRunner& runner) {
    return measure_s({[&] { runner.run(batch_, scores_); }})[0];
  }

 private:
  const TorchSeisMollm& network_;
  std::size_t max_batch_;
  int major_;  // of the device's compute capability
  c10::cuda::CUDAStream stream_;
  std::vector<Window> windows_;
  std::vector<const Window*> batch_;
  OutputShape output_;
  std::vector<float> scores_;
};

Result<std::unique_ptr<Runner>> make_runner(const TorchSeisMollm& network,
                                            const EngineOptions& options,
                                            EngineInfo& info) {
  auto device = find_device();
  if (!device) {
    return tl::unexpected(device.error());
  }
  // Convolutions in float32 would use TF32, which is no float32 (10 bits of mantissa).
  at::globalContext().setAllowTF32CuDNN(false);
  const auto stream = c10::cuda::getStreamFromPool(/*isHighPriority=*/false, kFirstDevice);
  const c10::cuda::CUDAStreamGuard on_stream(stream);
  Tuner tuner(network, options, device->major, stream);
  if (options.beside != nullptr) {
    return tuner.make(options.precision, bucket_sizes(options.max_batch));
  }
  const auto choice = tuner.choose(options.precision);
  if (!choice) {
    return tl::unexpected(choice.error());
  }
  auto runner = tuner.make(choice->precision, bucket_sizes(options.max_batch));
  info.device = device->name;
  info.device_kind = Device::kCuda;
  info.precision = choice->reason;
  info.precision_kind = choice->precision;
  info.threads = 1;
  info.windows_per_s = static_cast<double>(options.max_batch) / tuner.time_s(*runner);
  return runner;
}

Result<std::unique_ptr<Runner>> make_runner_caught(const TorchSeisMollm& network,
                                                   const EngineOptions& options,
                                                   EngineInfo& info) {
  try {
    return make_runner(network, options, info);
  } catch (const c10::OutOfMemoryError& error) {
    return fail(Errc::kDevice,
                "the CUDA device is out of memory for batches of {} windows; set models.max_batch "
                "lower or free the device ({})",
                options.max_batch,
                one_line(error));
  } catch (const std::exception& error) {
    return fail(Errc::kDevice, "CUDA: {}", one_line(error));
  }
}

}  // namespace
}  // namespace geod::models

/// See models::MakeCudaRunner.
extern "C" geod::models::Runner* geod_make_cuda_runner(const geod::models::TorchSeisMollm& network,
                                                       const geod::models::EngineOptions& options,
                                                       geod::models::EngineInfo& info,
                                                       geod::Error& error) noexcept {
  auto runner = geod::models::make_runner_caught(network, options, info);
  if (!runner) {
    error = runner.error();
    return nullptr;
  }
  return runner->release();
}
