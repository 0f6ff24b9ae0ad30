#include "trainer/acoustic_solver.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "trainer/acoustic_cuda_loader.hpp"
#include "trainer/acoustic_medium.hpp"
#include "trainer/acoustic_rows.hpp"
#include "trainer/acoustic_shot.hpp"

namespace geod::trainer {
namespace {

/// Each thread computes whole shots by itself; they share what is read only.
class CpuAcoustics final : public AcousticSolver {
 public:
  CpuAcoustics(const AcousticSurvey& survey, std::size_t threads)
      : survey_(survey),
        wavelet_(source_wavelet(survey)),
        kernel_(acoustic_row_kernels().front()),
        threads_(threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency())) {}

  Result<void> simulate(std::span<const float> velocities_m_per_s,
                        std::span<float> records) override {
    if (auto checked = validate_models(survey_, velocities_m_per_s, records); !checked) {
      return checked;
    }
    const std::size_t shots = records.size() / survey_.gather_values();
    const std::size_t workers = std::min(threads_, shots);
    while (workers_.size() < workers) {
      workers_.push_back(std::make_unique<Worker>(survey_, kernel_));
    }
    std::atomic<std::size_t> next{0};
    const auto work = [&](Worker& worker) {
      for (std::size_t shot = next++; shot < shots; shot = next++) {
        compute(worker, shot, velocities_m_per_s, records);
      }
    };
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < workers; ++i) {
      others.emplace_back([&work, &worker = *workers_[i]] { work(worker); });
    }
    if (workers > 0) {
      work(*workers_[0]);
    }
    return {};  // the others have joined when `others` is gone, before anything they refer to
  }

  std::string device() const override {
    return fmt::format("cpu, {} thread{}, {}", threads_, threads_ == 1 ? "" : "s", kernel_.name);
  }

 private:
  /// What a thread needs for itself.
  struct Worker {
    Worker(const AcousticSurvey& survey, const AcousticRowKernel& kernel)
        : medium(survey), shot(survey, kernel) {}
    AcousticMedium medium;
    AcousticShot shot;
  };

  void compute(Worker& worker,
               std::size_t shot,
               std::span<const float> velocities_m_per_s,
               std::span<float> records) const {
    const std::size_t sources = survey_.source_columns.size();
    const std::size_t values = survey_.gather_values();
    worker.medium.set(
        velocities_m_per_s.subspan(shot / sources * survey_.model_cells(), survey_.model_cells()));
    worker.shot.run(
        worker.medium, shot % sources, wavelet_, records.subspan(shot * values, values));
  }

  const AcousticSurvey survey_;
  const std::vector<float> wavelet_;
  const AcousticRowKernel kernel_;
  const std::size_t threads_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

Result<std::unique_ptr<AcousticSolver>> make_cpu_acoustics(const AcousticSurvey& survey,
                                                           std::size_t threads) {
  if (auto checked = validate(survey); !checked) {
    return tl::unexpected(checked.error());
  }
  return std::make_unique<CpuAcoustics>(survey, threads);
}

Result<std::unique_ptr<AcousticSolver>> make_acoustics(const AcousticSurvey& survey,
                                                       models::Device device,
                                                       std::size_t threads) {
  if (device == models::Device::kCpu) {
    return make_cpu_acoustics(survey, threads);
  }
  if (auto checked = validate(survey); !checked) {
    return tl::unexpected(checked.error());
  }
  auto cuda = load_cuda_acoustics(survey);
  if (cuda || device == models::Device::kCuda) {
    return cuda;
  }
  return make_cpu_acoustics(survey, threads);
}

}  // namespace geod::trainer
