#include "trainer/acoustic_cuda_loader.hpp"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include <dlfcn.h>

namespace geod::trainer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModule = "libgeod_acoustics_cuda.so";
/// Path of the compute module, where that is not beside the executable; this module lies beside it.
constexpr const char* kComputeVariable = "GEOD_COMPUTE_MODULE";

/// Where the module may lie, best first.
std::vector<fs::path> candidates() {
  if (const char* path = std::getenv(kComputeVariable); path != nullptr && *path != '\0') {
    return {fs::path(path).parent_path() / kModule};
  }
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  return {folder / kModule, folder / ".." / "lib" / "geod" / kModule};
}

bool has_device_node() {
  std::error_code error;
  for (const char* node : {"/dev/nvidiactl", "/dev/nvhost-gpu", "/dev/nvgpu"}) {
    if (fs::exists(node, error)) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<AcousticSolver>> load_cuda_acoustics(const AcousticSurvey& survey) {
  if (!has_device_node()) {
    return fail(Errc::kDevice, "no NVIDIA device node in /dev; compute on the CPU: --device cpu");
  }
  for (const fs::path& path : candidates()) {
    if (!fs::exists(path)) {
      continue;
    }
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      return fail(Errc::kNotFound,
                  "{}; run scripts/setup, or put the CUDA runtime on LD_LIBRARY_PATH",
                  ::dlerror());
    }
    const auto make = reinterpret_cast<MakeCudaAcoustics>(::dlsym(handle, kCudaAcousticsSymbol));
    if (make == nullptr) {
      return fail(Errc::kNotFound, "{}: has no {}", path.string(), kCudaAcousticsSymbol);
    }
    Error error{};
    std::unique_ptr<AcousticSolver> solver(make(survey, error));
    if (solver == nullptr) {
      return tl::unexpected(error);
    }
    return solver;
  }
  return fail(Errc::kNotFound,
              "no {} at {}; build geod with GEOD_CUDA=ON, or compute on the CPU: --device cpu",
              kModule,
              candidates().front().string());
}

}  // namespace geod::trainer
