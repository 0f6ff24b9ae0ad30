#pragma once

#include "models/engine.hpp"
#include "models/inversion.hpp"
#include "models/segmentation.hpp"

/// Null and `error` when the engine cannot be opened; otherwise the caller owns it.
extern "C" geod::models::Engine* geod_open_engine(const geod::models::EngineOptions& options,
                                                  geod::Error& error);
/// The same for an image task, and for full-waveform inversion.
extern "C" geod::models::SegmentationEngine* geod_open_segmenter(
    const geod::models::EngineOptions& options, geod::Error& error);
extern "C" geod::models::InversionEngine* geod_open_inverter(
    const geod::models::EngineOptions& options, geod::Error& error);
