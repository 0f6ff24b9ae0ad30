#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/error.hpp"
#include "models/manifest.hpp"
#include "models/overlay.hpp"

namespace geod::models {

enum class Device { kCpu, kCuda, kAuto };
enum class Precision { kAuto, kFloat32, kBfloat16, kFloat16 };

/// What an engine decided at start, for logs, `geod status` and `geod doctor`.
struct EngineInfo {
  std::string device;                 ///< "cpu", "cuda:0 NVIDIA ..."
  std::string precision;              ///< "float32", "bfloat16", "float16" and why
  Device device_kind = Device::kCpu;  ///< never kAuto, as the next
  Precision precision_kind = Precision::kFloat32;
  int threads = 0;
  double windows_per_s = 0.0;   ///< or tiles; measured at warm-up at max_batch; that of `beside`
  std::int64_t parameters = 0;  ///< of the network it was opened with
};

/// Weights made ready for the engine that prepared them: assembled, checked, folded, on its device.
/// Opaque; may be destroyed in any thread.
class PreparedNetwork {
 public:
  virtual ~PreparedNetwork() = default;
};

/// What serves the network of one task in one role and takes another one between two batches.
class NetworkHost {
 public:
  virtual ~NetworkHost() = default;
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

  /// Serves `next` from the next batch on and returns what served before, which may be given back
  /// later. Thread that scores, between two batches. When the device fails, the next batch says
  /// so. Programmer error when another engine prepared `next`, or when it is null.
  virtual std::unique_ptr<PreparedNetwork> replace(std::unique_ptr<PreparedNetwork> next) = 0;
};

}  // namespace geod::models
