#pragma once

#include <memory>

#include "models/torch_seismollm.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// The network a run begins with: random weights; in the trunk those of `options.trunk`; or those
/// of `options.init`, with a fresh head where that is of another task and fresh LoRA pairs where it
/// has none. What the method leaves alone is frozen.
///
/// @param geometry  of find_starting_point.
/// @param mean_target  of preset geod's scalar tasks, in the task's unit: a fresh head begins there
/// (NaN: at the middle of its range).
/// Errors: those of load_network and load_trunk.
Result<std::unique_ptr<models::TorchSeisMollm>> starting_network(
    const TrainOptions& options, const models::SeisMollmGeometry& geometry, double mean_target);

}  // namespace geod::trainer
