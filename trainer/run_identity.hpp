#pragma once

#include <map>
#include <span>
#include <string>

#include "models/geometry.hpp"
#include "models/inversion_settings.hpp"
#include "trainer/dataset.hpp"
#include "trainer/image_set.hpp"
#include "trainer/inversion_set.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// What decides the weights a run ends with, as text under the option that sets it ("--seed"). A
/// checkpoint carries it, so that only the same run goes on from it. Left out is what may change
/// between two parts of one run: --minutes, --report, --checkpoint, --threads, --workers.
using RunIdentity = std::map<std::string, std::string>;

/// @param dataset  as loaded, before it is split: its description, recordings, labels, masks and
/// noise intervals go into a fingerprint.
/// @param start_sha256  of the weights that --init or --trunk names; empty without either.
RunIdentity run_identity(const TrainOptions& options,
                         const Dataset& dataset,
                         const models::SeisMollmGeometry& geometry,
                         const std::string& start_sha256);

/// The same of an image task. `images` as split; `options` completed.
RunIdentity image_run_identity(const TrainOptions& options,
                               const ImageSet& images,
                               const models::SegmenterGeometry& geometry,
                               const std::string& start_sha256);

/// The same of task fwi. `options` completed.
RunIdentity inversion_run_identity(const TrainOptions& options,
                                   std::span<const InversionFolder> folders,
                                   const models::InversionGeometry& geometry,
                                   const models::InversionSettings& shots,
                                   const std::string& start_sha256);

/// 32 bits of it: the same in two processes that were given the same run.
double identity_number(const RunIdentity& identity);

/// The options in which a checkpoint's metadata differs from `now`, with both values:
/// "--batch (4, now 8), --seed (1, now 99)". Empty when it is the same run.
std::string identity_difference(const std::map<std::string, std::string>& stored,
                                const RunIdentity& now);

}  // namespace geod::trainer
