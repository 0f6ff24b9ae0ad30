#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/window.hpp"
#include "models/manifest.hpp"
#include "models/overlay.hpp"

namespace geod::models {

enum class Device { kCpu, kCuda, kAuto };
enum class Precision { kAuto, kFloat32, kBfloat16, kFloat16 };

struct EngineOptions {
  std::filesystem::path model_directory;  ///< the base model
  /// Makes the network of a task out of the base; null: the base as it is.
  std::shared_ptr<const NetworkOverlay> overlay;
  Device device = Device::kAuto;
  Precision precision = Precision::kAuto;
  int threads = 0;            ///< intra-op threads on the CPU; 0: measured at start
  std::size_t max_batch = 8;  ///< largest N that score() will be given
};

/// What the engine decided at start, for logs, `geod status` and `geod doctor`.
struct EngineInfo {
  std::string device;     ///< "cpu", "cuda:0 NVIDIA ..."
  std::string precision;  ///< "float32", "bfloat16", "float16" and why
  int threads = 0;
  double windows_per_s = 0.0;  ///< measured at warm-up at max_batch
  std::int64_t parameters = 0;
};

/// Outputs of a batch, [N, K, T] row major, after the task's activation. dpk: K = 2 (P, S), T =
/// window_samples, each in [0, 1]. Scalar tasks: T = 1; pmp K = 2 (up, down), baz K = 2 (cos, sin),
/// emg K = 1 (magnitude), dis K = 1 (km).
struct ScoreBatch {
  std::vector<float> values;
  std::size_t windows = 0;
  std::size_t classes = 0;
  std::size_t samples = 0;

  /// [T] of window `n`, class `k`.
  std::span<const float> series(std::size_t n, std::size_t k) const {
    return std::span<const float>(values).subspan((n * classes + k) * samples, samples);
  }
};

/// The only door between the daemon and LibTorch: windows in, scores out. One per device, owned and
/// called by one thread. The result for a window does not depend on the rest of its batch.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual const Manifest& manifest() const = 0;
  virtual const EngineInfo& info() const = 0;

  /// Normalises (manifest) and scores `windows` (at most max_batch). `out` is reused between calls.
  /// kModelMismatch when a window's length or rate is not the geometry's; kDevice when the device
  /// failed (sticky: drain and exit).
  virtual Result<void> score(std::span<const Window* const> windows, ScoreBatch& out) = 0;
};

/// The shared module with everything that needs LibTorch (`libgeod_compute.so`), loaded at run time
/// so that the executable links no LibTorch. Found beside the executable, in ../lib/geod, or at
/// $GEOD_COMPUTE_MODULE.
class ComputeModule {
 public:
  /// kNotFound when the module or a library it needs is missing; the text names it and the remedy.
  static Result<ComputeModule> load();

  /// Loads weights, checks the manifest's hash, folds, measures precision, warms up.
  Result<std::unique_ptr<Engine>> open_engine(const EngineOptions& options) const;

  /// Address of an exported function, for the other folders of the module (trainer). kNotFound.
  Result<void*> symbol(const char* name) const;

 private:
  explicit ComputeModule(void* handle) : handle_(handle) {}
  void* handle_;  // never closed: LibTorch does not survive dlclose
};

}  // namespace geod::models
