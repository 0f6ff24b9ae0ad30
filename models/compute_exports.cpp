// The C entry points of libgeod_compute.so that models/compute_module.cpp looks up.
#include "models/compute_exports.hpp"

#include "models/torch_engine.hpp"
#include "models/torch_inversion_engine.hpp"
#include "models/torch_segmentation_engine.hpp"

namespace {

/// Hands an engine over, or says why there is none.
template <class Engine>
Engine* released(geod::Result<std::unique_ptr<Engine>> engine, geod::Error& error) {
  if (!engine) {
    error = engine.error();
    return nullptr;
  }
  return engine->release();
}

}  // namespace

extern "C" geod::models::Engine* geod_open_engine(const geod::models::EngineOptions& options,
                                                  geod::Error& error) {
  return released(geod::models::TorchEngine::open(options), error);
}

extern "C" geod::models::SegmentationEngine* geod_open_segmenter(
    const geod::models::EngineOptions& options, geod::Error& error) {
  return released(geod::models::TorchSegmentationEngine::open(options), error);
}

extern "C" geod::models::InversionEngine* geod_open_inverter(
    const geod::models::EngineOptions& options, geod::Error& error) {
  return released(geod::models::TorchInversionEngine::open(options), error);
}
