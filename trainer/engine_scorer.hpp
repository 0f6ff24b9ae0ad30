#pragma once

#include "models/engine.hpp"
#include "trainer/evaluation.hpp"

namespace geod::trainer {

/// Scores through the daemon's engine: the same folded network, precision and normalisation.
/// `engine` must outlive the function; batches up to its max_batch.
ScoreFunction engine_scorer(models::Engine& engine);

}  // namespace geod::trainer
