#pragma once

#include "models/inversion.hpp"
#include "trainer/inversion_scores.hpp"

namespace geod::trainer {

/// Maps by the engine, a batch at a time. The engine normalises by the bounds of its own manifest,
/// which the settings that it is asked with must be. `engine` must outlive the function.
/// @param max_batch  of the engine.
InvertFunction engine_inverter(models::InversionEngine& engine, std::size_t max_batch);

}  // namespace geod::trainer
