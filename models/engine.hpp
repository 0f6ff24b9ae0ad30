#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/window.hpp"
#include "models/network_host.hpp"

namespace geod::models {

class InversionEngine;
class SegmentationEngine;

struct EngineOptions {
  std::filesystem::path model_directory;  ///< the base model
  /// Makes the network of a task out of the base; null: the base as it is.
  std::shared_ptr<const NetworkOverlay> overlay;
  Task task = Task::kDpk;  ///< what the network must be for
  Device device = Device::kAuto;
  Precision precision = Precision::kAuto;
  int threads = 0;            ///< intra-op threads on the CPU; 0: measured at start
  std::size_t max_batch = 8;  ///< largest N that will be given at once
  /// An open engine of the same base, only read while this one opens (it may score meanwhile). Its
  /// device, precision and threads are taken over instead of those above, its base weights are
  /// shared, and nothing is measured. Null: alone.
  const NetworkHost* beside = nullptr;
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

/// Windows in, scores out. With SegmentationEngine and InversionEngine the only door between the
/// daemon and LibTorch. One per task and role, called by one thread but for prepare(). The result
/// for a window does not depend on the rest of its batch.
class Engine : public NetworkHost {
 public:
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
  /// The same for an image task.
  Result<std::unique_ptr<SegmentationEngine>> open_segmenter(const EngineOptions& options) const;
  /// The same for full-waveform inversion.
  Result<std::unique_ptr<InversionEngine>> open_inverter(const EngineOptions& options) const;

  /// Address of an exported function, for the other folders of the module (trainer). kNotFound.
  Result<void*> symbol(const char* name) const;

 private:
  explicit ComputeModule(void* handle) : handle_(handle) {}
  void* handle_;  // never closed: LibTorch does not survive dlclose
};

}  // namespace geod::models
