#include "models/torch_cuda_loader.hpp"

#include <dlfcn.h>

namespace geod::models {
namespace {

constexpr const char* kModule = "libgeod_cuda.so";
constexpr const char* kTorchCuda = "libtorch_cuda.so";

/// The folder of the shared object that this code was loaded from.
std::filesystem::path own_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&make_cuda_runner), &info) == 0) {
    return {};
  }
  return std::filesystem::path(info.dli_fname).parent_path();
}

}  // namespace

Result<void> load_torch_cuda() {
  if (!std::filesystem::exists("/dev/nvidiactl") && !std::filesystem::exists("/dev/nvhost-gpu") &&
      !std::filesystem::exists("/dev/nvgpu")) {
    return fail(Errc::kDevice, "no NVIDIA device node in /dev");
  }
  // Global: torch's CUDA library registers its kernels with the CPU library on loading, and must do
  // so before anything asks torch about CUDA, because torch remembers the first answer. Loaded by
  // name and first, it is the one beside the LibTorch in use, and it brings the CUDA runtime that
  // the module was linked to.
  if (::dlopen(kTorchCuda, RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    return fail(Errc::kNotFound, "LibTorch's CUDA half does not load: {}", ::dlerror());
  }
  return {};
}

Result<std::unique_ptr<Runner>> make_cuda_runner(const TorchSeisMollm& network,
                                                 const EngineOptions& options,
                                                 EngineInfo& info) {
  if (auto loaded = load_torch_cuda(); !loaded) {
    return tl::unexpected(loaded.error());
  }
  const std::filesystem::path path = own_folder() / kModule;
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) {
    return fail(Errc::kNotFound, "{}", ::dlerror());
  }
  const auto make = reinterpret_cast<MakeCudaRunner>(::dlsym(handle, kCudaRunnerSymbol));
  if (make == nullptr) {
    return fail(Errc::kNotFound, "{}: has no {}", path.string(), kCudaRunnerSymbol);
  }
  Error error{};
  std::unique_ptr<Runner> runner(make(network, options, info, error));
  if (runner == nullptr) {
    return tl::unexpected(error);
  }
  return runner;
}

}  // namespace geod::models
