#pragma once

#include <memory>

#include "models/torch_runner.hpp"

namespace geod::models {

/// Loads LibTorch's CUDA half, so that tensors can live on a GPU. Before anything asks torch about
/// CUDA. kDevice without a device node, kNotFound when the library does not load.
Result<void> load_torch_cuda();

/// Loads libgeod_cuda.so from beside this module and makes a runner on the first device.
/// kNotFound when the module or a library it needs is missing, kDevice without a usable device.
Result<std::unique_ptr<Runner>> make_cuda_runner(const TorchSeisMollm& network,
                                                 const EngineOptions& options,
                                                 EngineInfo& info);

}  // namespace geod::models
