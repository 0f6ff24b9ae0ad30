#include "models/torch_device_choice.hpp"

#include <ATen/Context.h>

#include "models/torch_cuda_loader.hpp"

namespace geod::models {

Result<void> prepare_cuda() {
  if (auto loaded = load_torch_cuda(); !loaded) {
    return loaded;
  }
  at::globalContext().setAllowTF32CuDNN(false);
  return {};
}

}  // namespace geod::models
