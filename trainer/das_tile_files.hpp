#pragma once

#include <cstdint>
#include <string>

#include "core/error.hpp"
#include "trainer/das_tiles.hpp"
#include "trainer/synth_das.hpp"

namespace geod::trainer {

/// Where a tile comes from, for tiles.csv.
struct DasTileSource {
  std::int64_t scene = 0;
  FibreKind kind = FibreKind::kStraight;
  double rate_hz = 0.0;
  double spacing_m = 0.0;
  bool is_held_out = false;
};

/// The files of a set of tiles: images and labels as they come, tables at the end.
class DasTileFiles {
 public:
  /// kIo when the folder cannot be made or is not empty.
  static Result<DasTileFiles> create(const SynthDasOptions& options);

  Result<void> add(const DasTile& tile, const DasTileSource& source);
  /// Writes images.json, tiles.csv and split.csv.
  Result<void> finish() const;

 private:
  explicit DasTileFiles(const SynthDasOptions& options) : options_(options) {}
  Result<void> write(const std::filesystem::path& name, const std::string& bytes) const;

  SynthDasOptions options_;
  std::int64_t written_[2] = {0, 0};  ///< for training, held out
  std::string tiles_ =
      "name,part,scene,fibre,sampling_rate_hz,channel_spacing_m,first_row,p_share,s_share\n";
  std::string split_ = "name,part\n";
};

}  // namespace geod::trainer
