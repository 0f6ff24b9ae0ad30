#include "trainer/torch_device.hpp"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include "models/torch_cuda_loader.hpp"

namespace geod::trainer {

Result<at::Device> open_device(const TrainOptions& options) {
  const at::Device device(options.device);
  if (!device.is_cuda()) {
    return device;
  }
  if (auto loaded = models::load_torch_cuda(); !loaded) {
    return fail_with(loaded.error(), "--device " + options.device);
  }
  const int count = at::detail::getCUDAHooks().deviceCount();
  if (device.index() >= count || count == 0) {
    return fail(Errc::kDevice, "--device {}: this machine has {} usable", options.device, count);
  }
  at::globalContext().setAllowTF32CuBLAS(options.tf32);
  at::globalContext().setAllowTF32CuDNN(options.tf32);
  return device;
}

Bfloat16Scope::Bfloat16Scope(bool on, at::DeviceType device) : on_(on), device_(device) {
  if (on_) {
    at::autocast::set_autocast_dtype(device_, at::kBFloat16);
    at::autocast::set_autocast_enabled(device_, true);
  }
}

Bfloat16Scope::~Bfloat16Scope() {
  if (on_) {
    at::autocast::set_autocast_enabled(device_, false);
    at::autocast::clear_cache();
  }
}

}  // namespace geod::trainer
