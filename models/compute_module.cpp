#include <cstdlib>
#include <type_traits>
#include <vector>

#include <dlfcn.h>

#include "models/compute_exports.hpp"
#include "models/engine.hpp"

namespace geod::models {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModule = "libgeod_compute.so";
constexpr const char* kPathVariable = "GEOD_COMPUTE_MODULE";

/// Where the module may lie, best first: the variable, beside the executable, ../lib/geod.
std::vector<fs::path> candidates() {
  if (const char* path = std::getenv(kPathVariable); path != nullptr && *path != '\0') {
    return {path};
  }
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  return {folder / kModule, folder / ".." / "lib" / "geod" / kModule};
}

/// Calls one of the module's functions that open an engine.
template <class Open>
auto open(const Result<void*>& address, const EngineOptions& options) -> Result<std::unique_ptr<
    std::remove_pointer_t<std::invoke_result_t<Open, const EngineOptions&, Error&>>>> {
  if (!address) {
    return tl::unexpected(address.error());
  }
  Error error{};
  auto* const engine = reinterpret_cast<Open>(*address)(options, error);
  if (engine == nullptr) {
    return tl::unexpected(error);
  }
  return std::unique_ptr<std::remove_pointer_t<decltype(engine)>>(engine);
}

}  // namespace

Result<ComputeModule> ComputeModule::load() {
  // libgomp reads this when LibTorch loads it. Threads that wait at a barrier sleep at once: a
  // spinning one takes the core from geod's own receiving and storing threads.
  ::setenv("GOMP_SPINCOUNT", "0", /*overwrite=*/0);

  const std::vector<fs::path> paths = candidates();
  for (const fs::path& path : paths) {
    if (!fs::exists(path)) {
      continue;
    }
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (handle == nullptr) {
      return fail(Errc::kNotFound,
                  "cannot load the compute module: {}; run scripts/setup, or put LibTorch's lib "
                  "folder on LD_LIBRARY_PATH",
                  ::dlerror());
    }
    return ComputeModule(handle);
  }
  return fail(Errc::kNotFound,
              "no {} at {}; build geod with GEOD_COMPUTE=ON or set {} to its path",
              kModule,
              paths.front().string(),
              kPathVariable);
}

Result<std::unique_ptr<Engine>> ComputeModule::open_engine(const EngineOptions& options) const {
  return open<decltype(&geod_open_engine)>(symbol("geod_open_engine"), options);
}

Result<std::unique_ptr<SegmentationEngine>> ComputeModule::open_segmenter(
    const EngineOptions& options) const {
  return open<decltype(&geod_open_segmenter)>(symbol("geod_open_segmenter"), options);
}

Result<std::unique_ptr<InversionEngine>> ComputeModule::open_inverter(
    const EngineOptions& options) const {
  return open<decltype(&geod_open_inverter)>(symbol("geod_open_inverter"), options);
}

Result<void*> ComputeModule::symbol(const char* name) const {
  void* address = ::dlsym(handle_, name);
  if (address == nullptr) {
    return fail(Errc::kNotFound,
                "the compute module has no function {}; it is not of this geod version",
                name);
  }
  return address;
}

}  // namespace geod::models
