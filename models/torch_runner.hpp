#pragma once

#include <memory>
#include <span>
#include <string>

#include "models/engine.hpp"
#include "models/torch_errors.hpp"
#include "models/torch_folded.hpp"
#include "models/torch_seismollm.hpp"

namespace geod::models {

/// One device's way from windows to scores; what an engine owns. May throw c10::Error. One thread
/// but for fold().
class Runner {
 public:
  virtual ~Runner() = default;
  /// @param windows  as long as the geometry says, at most max_batch.
  /// @param scores  [N, K, T], see ScoreBatch.
  virtual void run(std::span<const Window* const> windows, std::span<float> scores) = 0;

  /// The network on this device and in this precision, complete there on return. Any thread.
  virtual std::unique_ptr<const FoldedSeisMollm> fold(const TorchSeisMollm& network) const = 0;
  /// Computes with `next` (a fold of a network of the same task and geometry but for LoRA) from the
  /// next run() on; returns the one before.
  virtual std::unique_ptr<const FoldedSeisMollm> replace(
      std::unique_ptr<const FoldedSeisMollm> next) = 0;
};

/// Picks a precision (and, on the CPU, a thread count) by measuring, see torch_tuning.hpp; beside
/// another engine it takes that one's and measures nothing.
Result<std::unique_ptr<Runner>> make_cpu_runner(const TorchSeisMollm& network,
                                                const EngineOptions& options,
                                                EngineInfo& info);

/// The entry of libgeod_cuda.so, for dlsym. Null and `error` when no runner can be made: kDevice
/// without a usable device or driver, or when it is out of memory. Never throws.
inline constexpr const char* kCudaRunnerSymbol = "geod_make_cuda_runner";
using MakeCudaRunner = Runner* (*)(const TorchSeisMollm& network,
                                   const EngineOptions& options,
                                   EngineInfo& info,
                                   Error& error);

}  // namespace geod::models
