#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/error.hpp"
#include "models/segment_settings.hpp"

namespace geod::trainer {

/// Layout of the images that are written (docs/image-tasks.md).
enum class DasTileFormat : std::uint8_t {
  kNpy,  ///< images/NAME.npy and labels/NAME.npy, whole numbers of a byte
  kDat,  ///< train/ and valid/ with image/I.dat (float32) and label/I.dat (int8)
};

struct SynthDasOptions {
  std::filesystem::path out;
  std::int64_t tiles = 200;
  std::uint64_t seed = 1;
  std::int64_t rows = 252;
  std::int64_t columns = 252;
  DasTileFormat format = DasTileFormat::kNpy;
  bool one_class = false;          ///< "event" instead of P and S
  double noise_share = 0.15;       ///< of the scenes: without any event
  double held_out_share = 0.1;     ///< of the scenes: part "validation", or valid/
  std::filesystem::path moveouts;  ///< table of observed curves; empty: from models alone
  models::DasSettings settings;    ///< band and scale of the tiles; the grid is drawn for a scene
};

struct SynthDasReport {
  std::int64_t tiles = 0;
  std::int64_t held_out = 0;
  std::int64_t scenes = 0;
  std::int64_t events = 0;
  std::int64_t tiles_without_event = 0;
  double p_share = 0.0;  ///< of the pixels, as the next
  double s_share = 0.0;
};

/// Writes labelled tiles of synthetic fibres for `geod train --task das`: images, labels,
/// images.json, tiles.csv (where each tile comes from) and, with kNpy, split.csv. The same options
/// give the same bytes; tiles of one scene are in one part.
///
/// A scene is a random fibre (straight, bent, or a borehole) on a random grid (25 Hz and 20 m to
/// 500 Hz and 2 m) with random local and regional sources (das_scene), conditioned as the daemon
/// does (das_tiles). A quarter are short segments that begin in the middle of things.
/// Errors: kIo naming the file; kNotFound, kCorruptRecord of the moveouts.
Result<SynthDasReport> synthesise_das(const SynthDasOptions& options,
                                      const std::function<void(std::int64_t tiles)>& progress);

}  // namespace geod::trainer
