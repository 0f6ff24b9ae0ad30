#pragma once

#include <span>
#include <vector>

#include "trainer/inversion_set.hpp"
#include "trainer/starting_point.hpp"

namespace geod::trainer {

/// What a run of task fwi starts from: the InversionNet of --init or a fresh one (--geometry by
/// name or file, --width), with what the method lays on it, and the bounds that its manifest will
/// have. kNotFound; kModelMismatch when the folder is of another family, has something laid on it
/// already or is of another size than the data; kConfig when options contradict each other or are
/// of other tasks.
Result<StartingPoint> find_inversion_start(const TrainOptions& options,
                                           std::span<const InversionFolder> folders);

/// The bounds each folder's samples are normalised by: those of `start`, or with bounds "own" those
/// of its own set. kConfig naming the folder that is none of OpenFWI's.
Result<std::vector<models::InversionSettings>> inversion_settings(
    const InversionOptions& options,
    const models::InversionSettings& start,
    std::span<const InversionFolder> folders);

}  // namespace geod::trainer
