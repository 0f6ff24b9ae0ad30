#pragma once

#include <functional>

#include <ATen/core/Tensor.h>

#include "models/engine.hpp"
#include "models/torch_errors.hpp"

namespace geod::models {

/// Loads LibTorch's CUDA part and keeps convolutions from rounding their inputs to 10 bits, which
/// would be seen in golden outputs. Errors of load_torch_cuda.
Result<void> prepare_cuda();

/// The runner that `make` makes on the device of `options`. kAuto takes a CUDA device when there is
/// one and says in `info` (not beside another engine) why not. kDevice.
///
/// @param make  may throw.
template <class Runner>
Result<Runner> on_wanted_device(const EngineOptions& options,
                                EngineInfo& info,
                                const std::function<Result<Runner>(const at::Device&)>& make) {
  const auto made_on = [&make](const at::Device& device) -> Result<Runner> {
    try {
      return make(device);
    } catch (const std::exception& error) {
      return fail(Errc::kDevice, "{}: {}", device.str(), one_line(error));
    }
  };
  if (options.device == Device::kCpu) {
    return made_on(at::kCPU);
  }
  const auto loaded = prepare_cuda();
  auto runner =
      loaded ? made_on(at::Device(at::kCUDA, 0)) : Result<Runner>(tl::unexpected(loaded.error()));
  if (runner || options.device == Device::kCuda) {
    return runner;
  }
  auto cpu = made_on(at::kCPU);
  if (cpu && options.beside == nullptr) {
    info.device += " (no CUDA: " + runner.error().what + ")";
  }
  return cpu;
}

}  // namespace geod::models
