#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "trainer/acoustic_coefficients.hpp"
#include "trainer/acoustic_cuda_loader.hpp"
#include "trainer/acoustic_solver.hpp"
#include "trainer/cuda/acoustic_kernel.hpp"

namespace geod::trainer {
namespace {

constexpr int kFirstDevice = 0;

/// Fields of the shots computed at once may take so much of the device's second-level cache: every
/// step reads and writes all of them.
constexpr double kCacheShare = 0.7;
/// But so many shots, however small the cache is, to keep the device busy; and no more than the
/// device lets the third axis of a grid have.
constexpr std::size_t kLeastShots = 20;
constexpr std::size_t kMostShots = 4096;

Result<void> checked(cudaError_t status, const char* doing) {
  if (status != cudaSuccess) {
    return fail(Errc::kDevice, "CUDA: {}: {}", doing, cudaGetErrorString(status));
  }
  return {};
}

/// Device memory of a fixed size.
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() { static_cast<void>(cudaFree(memory_)); }

  /// Grows it to at least `count` values; what was in it is lost then.
  Result<void> reserve(std::size_t count) {
    if (count <= count_) {
      return {};
    }
    static_cast<void>(cudaFree(memory_));
    memory_ = nullptr;
    count_ = 0;
    void* memory = nullptr;
    if (cudaMalloc(&memory, count * sizeof(T)) != cudaSuccess) {
      static_cast<void>(cudaGetLastError());
      return fail(Errc::kDevice,
                  "the CUDA device has no {} MB free; free it, or compute on the CPU: --device cpu",
                  count * sizeof(T) >> 20U);
    }
    memory_ = static_cast<T*>(memory);
    count_ = count;
    return {};
  }

  Result<void> take(const std::vector<T>& values) {
    if (auto reserved = reserve(values.size()); !reserved) {
      return reserved;
    }
    return checked(
        cudaMemcpy(memory_, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice),
        "copying to the device");
  }

  T* data() const { return memory_; }
  std::size_t bytes() const { return count_ * sizeof(T); }

 private:
  T* memory_ = nullptr;
  std::size_t count_ = 0;
};

/// All on the default stream, one batch of shots after the other.
class CudaAcoustics final : public AcousticSolver {
 public:
  CudaAcoustics(const AcousticSurvey& survey, std::string device, std::size_t cache_bytes)
      : survey_(survey), profile_(sponge_profile(survey)), device_(std::move(device)) {
    step_.sponge = static_cast<int>(survey.sponge_cells);
    step_.depths = static_cast<int>(survey.depths);
    step_.offsets = static_cast<int>(survey.offsets);
    step_.rows = step_.depths + 2 * step_.sponge;
    step_.columns = step_.offsets + 2 * step_.sponge;
    constexpr int kLine = 32;  // values
    step_.pitch = (step_.columns + AcousticStep::kMargin + kLine - 1) / kLine * kLine;
    step_.shot_values = static_cast<std::size_t>(step_.rows + 2 * AcousticStep::kMargin) *
                        static_cast<std::size_t>(step_.pitch);
    step_.sources = static_cast<int>(survey.source_columns.size());
    step_.source_row = static_cast<int>(survey.source_row);
    step_.receiver_row = static_cast<int>(survey.receiver_row);
    step_.times = static_cast<int>(survey.times);
    const std::size_t shot_bytes = fields_.size() * step_.shot_values * sizeof(float);
    const double fitting =
        kCacheShare * static_cast<double>(cache_bytes) / static_cast<double>(shot_bytes);
    most_shots_ = std::clamp(static_cast<std::size_t>(fitting), kLeastShots, kMostShots);
  }

  /// What every batch needs.
  Result<void> prepare() {
    std::vector<int> columns;
    for (const std::size_t column : survey_.source_columns) {
      columns.push_back(static_cast<int>(column));
    }
    if (auto taken = source_columns_.take(columns); !taken) {
      return taken;
    }
    if (auto taken = wavelet_.take(source_wavelet(survey_)); !taken) {
      return taken;
    }
    for (DeviceArray<float>& field : fields_) {
      if (auto reserved = field.reserve(most_shots_ * step_.shot_values); !reserved) {
        return reserved;
      }
    }
    if (auto reserved = records_.reserve(most_shots_ * survey_.gather_values()); !reserved) {
      return reserved;
    }
    step_.source_columns = source_columns_.data();
    step_.wavelet = wavelet_.data();
    step_.records = records_.data();
    return {};
  }

  Result<void> simulate(std::span<const float> velocities_m_per_s,
                        std::span<float> records) override {
    if (auto valid = validate_models(survey_, velocities_m_per_s, records); !valid) {
      return valid;
    }
    if (auto taken = take_models(velocities_m_per_s); !taken) {
      return taken;
    }
    const std::size_t shots = records.size() / survey_.gather_values();
    const std::size_t batches = (shots + most_shots_ - 1) / most_shots_;
    for (std::size_t batch = 0; batch < batches; ++batch) {
      // As equal as can be, so that the last is not much smaller.
      const std::size_t first = shots * batch / batches;
      const std::size_t count = shots * (batch + 1) / batches - first;
      const std::size_t values = survey_.gather_values();
      if (auto done = run(first, count, records.subspan(first * values, count * values)); !done) {
        return done;
      }
    }
    return {};
  }

  std::string device() const override { return device_; }

 private:
  Result<void> take_models(std::span<const float> velocities_m_per_s) {
    AcousticCoefficients all;
    const std::size_t cells = survey_.model_cells();
    for (std::size_t at = 0; at < velocities_m_per_s.size(); at += cells) {
      const AcousticCoefficients one =
          acoustic_coefficients(survey_, profile_, velocities_m_per_s.subspan(at, cells));
      all.spread.insert(all.spread.end(), one.spread.begin(), one.spread.end());
      all.damping.insert(all.damping.end(), one.damping.begin(), one.damping.end());
      all.source_scale.insert(
          all.source_scale.end(), one.source_scale.begin(), one.source_scale.end());
    }
    for (const auto& [array, values] : {std::pair{&spread_, &all.spread},
                                        std::pair{&damping_, &all.damping},
                                        std::pair{&source_scale_, &all.source_scale}}) {
      if (auto taken = array->take(*values); !taken) {
        return taken;
      }
    }
    step_.spread = spread_.data();
    step_.damping = damping_.data();
    step_.source_scale = source_scale_.data();
    return {};
  }

  Result<void> run(std::size_t first, std::size_t shots, std::span<float> records) {
    for (const DeviceArray<float>& field : fields_) {
      if (auto cleared =
              checked(cudaMemsetAsync(field.data(), 0, field.bytes()), "clearing fields");
          !cleared) {
        return cleared;
      }
    }
    step_.first_shot = static_cast<int>(first);
    for (step_.time = 0; step_.time < step_.times; ++step_.time) {
      const auto now = static_cast<std::size_t>(step_.time % 2);
      step_.field = fields_[now].data();
      step_.other = fields_[1 - now].data();
      if (auto launched =
              checked(launch_acoustic_step(step_, static_cast<int>(shots), nullptr), "a time step");
          !launched) {
        return launched;
      }
    }
    // Waits for the steps, and tells their faults.
    return checked(
        cudaMemcpy(records.data(), records_.data(), records.size_bytes(), cudaMemcpyDeviceToHost),
        "computing shots");
  }

  const AcousticSurvey survey_;
  const std::vector<double> profile_;
  const std::string device_;
  AcousticStep step_;
  std::size_t most_shots_ = 0;
  std::array<DeviceArray<float>, 2> fields_;
  DeviceArray<float> records_;
  DeviceArray<float> wavelet_;
  DeviceArray<int> source_columns_;
  DeviceArray<float> spread_;
  DeviceArray<float> damping_;
  DeviceArray<float> source_scale_;
};

Result<std::unique_ptr<AcousticSolver>> make(const AcousticSurvey& survey) {
  int count = 0;
  const cudaError_t found = cudaGetDeviceCount(&count);
  if (found != cudaSuccess || count == 0) {
    static_cast<void>(cudaGetLastError());
    return fail(Errc::kDevice,
                "no usable CUDA device ({}); compute on the CPU: --device cpu",
                found == cudaSuccess ? "the driver shows none" : cudaGetErrorString(found));
  }
  cudaDeviceProp properties{};
  if (auto got = checked(cudaGetDeviceProperties(&properties, kFirstDevice), "asking the device");
      !got) {
    return tl::unexpected(got.error());
  }
  if (auto set = checked(cudaSetDevice(kFirstDevice), "taking the device"); !set) {
    return tl::unexpected(set.error());
  }
  auto solver =
      std::make_unique<CudaAcoustics>(survey,
                                      fmt::format("cuda:{} {}", kFirstDevice, properties.name),
                                      static_cast<std::size_t>(properties.l2CacheSize));
  if (auto prepared = solver->prepare(); !prepared) {
    return tl::unexpected(prepared.error());
  }
  return solver;
}

}  // namespace
}  // namespace geod::trainer

/// See trainer::MakeCudaAcoustics.
extern "C" geod::trainer::AcousticSolver* geod_make_cuda_acoustics(
    const geod::trainer::AcousticSurvey& survey, geod::Error& error) noexcept {
  auto solver = geod::trainer::make(survey);
  if (!solver) {
    error = solver.error();
    return nullptr;
  }
  return solver->release();
}
