// The C entry points of libgeod_compute.so that models/compute_module.cpp looks up.
#include "models/compute_exports.hpp"

#include "models/torch_engine.hpp"

extern "C" geod::models::Engine* geod_open_engine(const geod::models::EngineOptions& options,
                                                  geod::Error& error) {
  auto engine = geod::models::TorchEngine::open(options);
  if (!engine) {
    error = engine.error();
    return nullptr;
  }
  return engine->release();
}
