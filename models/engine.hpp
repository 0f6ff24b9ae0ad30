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

class Engine;

struct EngineOptions {
  std::filesystem::path model_directory;  ///< the base model
  /// Makes the network of a task out of the base; null: the base as it is.
  std::shared_ptr<const NetworkOverlay> overlay;
  Task task = Task::kDpk;  ///< what the network must be for
  Device device = Device::kAuto;
  Precision precision = Precision::kAuto;
  int threads = 0;            ///< intra-op threads on the CPU; 0: measured at start
  std::size_t max_batch = 8;  ///< largest N that score() will be given
  /// An open engine of the same base, only read while this one opens (it may score meanwhile). Its
  /// device, precision and threads are taken over instead of those above, its base weights are
  /// shared, and nothing is measured. Null: alone.
  const Engine* beside = nullptr;
};

/// What the engine decided at start, for logs, `geod status` and `geod doctor`.
struct EngineInfo {
  std::string device;                 ///< "cpu", "cuda:0 NVIDIA ..."
  std::string precision;              ///< "float32", "bfloat16", "float16" and why
  Device device_kind = Device::kCpu;  ///< never kAuto, as the next
  Precision precision_kind = Precision::kFloat32;
  int threads = 0;
  double windows_per_s = 0.0;   ///< measured at warm-up at max_batch; that of `beside`
  std::int64_t parameters = 0;  ///< of the network it was opened with
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

/// Weights made ready for the engine that prepared them: assembled, checked, folded, on its device.
/// Opaque; may be destroyed in any thread.
class PreparedNetwork {
 public:
  virtual ~PreparedNetwork() = default;
};

/// The only door between the daemon and LibTorch: windows in, scores out. One per task and role,
/// called by one thread but for prepare(). The result for a window does not depend on the rest of
/// its batch.
class Engine {
 public:
  virtual ~Engine() = default;
  /// Of the network that serves now; replace() ends the life of the reference, as of the next.
  virtual const Manifest& manifest() const = 0;
  /// Of the bundle that serves now; empty: the base's own network.
  virtual const std::string& adapter_hash() const = 0;
  virtual const EngineInfo& info() const = 0;

  /// Makes the base with `overlay` (null: the base itself) ready to serve here and runs its golden
  /// case. Any thread, also while another one scores or replaces; several calls at once are fine.
  /// kModelMismatch when overlay and base do not fit (check_overlay), the task or the window is not
  /// this engine's, or the golden output differs; kDevice.
  virtual Result<std::unique_ptr<PreparedNetwork>> prepare(
      std::shared_ptr<const NetworkOverlay> overlay) const = 0;

  /// Serves `next` from the next score() on and returns what served before, which may be given back
  /// later. Thread of score(), between two batches. When the device fails, the next score() says
  /// so. Programmer error when another engine prepared `next`, or when it is null.
  virtual std::unique_ptr<PreparedNetwork> replace(std::unique_ptr<PreparedNetwork> next) = 0;

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

  /// Loads weights, checks the manifest's hash, lays the overlay over them, folds, measures
  /// precision (not beside another engine), warms up, runs the overlay's golden case.
  Result<std::unique_ptr<Engine>> open_engine(const EngineOptions& options) const;

  /// Address of an exported function, for the other folders of the module (trainer). kNotFound.
  Result<void*> symbol(const char* name) const;

 private:
  explicit ComputeModule(void* handle) : handle_(handle) {}
  void* handle_;  // never closed: LibTorch does not survive dlclose
};

}  // namespace geod::models
