#pragma once

#include <exception>
#include <memory>
#include <span>
#include <string>

#include "models/engine.hpp"
#include "models/torch_seismollm.hpp"

namespace geod::models {

/// One device's way from windows to scores; what an engine owns. May throw c10::Error.
class Runner {
 public:
  virtual ~Runner() = default;
  /// @param windows  as long as the geometry says, at most max_batch.
  /// @param scores  [N, 2, T], P and S.
  virtual void run(std::span<const Window* const> windows, std::span<float> scores) = 0;
  /// "cpu", "cuda:0 NVIDIA ...".
  virtual std::string device() const = 0;
};

/// Picks a precision (and, on the CPU, a thread count) by measuring; see torch_tuning.hpp.
Result<std::unique_ptr<Runner>> make_cpu_runner(const TorchSeisMollm& network,
                                                const EngineOptions& options,
                                                EngineInfo& info);

/// What a runner threw, in one line: LibTorch's own text goes on with advice and a stack trace.
std::string one_line(const std::exception& error);

/// The entry of libgeod_cuda.so, for dlsym. Null and `error` when no runner can be made: kDevice
/// without a usable device or driver, or when it is out of memory. Never throws.
inline constexpr const char* kCudaRunnerSymbol = "geod_make_cuda_runner";
using MakeCudaRunner = Runner* (*)(const TorchSeisMollm& network,
                                   const EngineOptions& options,
                                   EngineInfo& info,
                                   Error& error);

}  // namespace geod::models
