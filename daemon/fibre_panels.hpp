#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/das_block.hpp"
#include "core/error.hpp"
#include "daemon/waterfall_picture.hpp"

namespace geod {

/// Recordings to draw a detection from.
struct PanelSource {
  std::vector<std::filesystem::path> files;  ///< HDF5, see streams::DasFile
  std::string dataset;                       ///< path inside the files; empty: found
  std::optional<Time> start;                 ///< of the first file that does not say its own
  /// What the catalogue knows of the fibre; goes where a file does not say it.
  std::optional<FibreGeometry> geometry;
};

/// The samples of the recordings in `view`; nothing of a recording beside it. Of many channels
/// every n-th is read, as many as a picture can show. Strain and phase become their differences
/// from sample to sample, as they do for the network. Errors of DasFile::open and read; kNotFound
/// when no recording reaches into the view.
Result<std::vector<FibrePanel>> read_fibre_panels(const PanelSource& source,
                                                  const WaterfallView& view);

/// Which channels of a recording are taken, by their places in a block: every `every`-th from
/// `first` on, `count` of them.
struct ChannelChoice {
  std::int64_t first = 0;
  std::int64_t every = 1;
  std::int64_t count = 0;
};

/// Physical values of the chosen channels, [samples, count] row major, about `reference`, which is
/// the first sample of each channel: an offset costs no digits. An empty one is filled from
/// `block`.
std::vector<float> panel_values(const DasBlock& block,
                                const ChannelChoice& choice,
                                std::vector<double>& reference);

}  // namespace geod
