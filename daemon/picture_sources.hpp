#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/waveform_source.hpp"
#include "daemon/catalog_queries.hpp"
#include "daemon/command.hpp"
#include "daemon/event_map.hpp"
#include "daemon/site_list.hpp"
#include "storage/reader.hpp"
#include "streams/waveform_folder.hpp"

namespace CLI {
class App;
}

namespace geod {

/// Options that the pictures of events share.
struct PictureOptions {
  std::string out;
  std::vector<std::string> inventory;  ///< files; empty: those of the configuration
};

/// --out and --inventory, bound to `options`, which outlives the command.
void add_picture_options(CLI::App& command, PictureOptions& options);

/// The stations of --inventory, else of the configured inventory, else those with coordinates in
/// the database.
Result<std::vector<Site>> picture_sites(const PictureOptions& options,
                                        const CommandContext& context,
                                        storage::Reader& reader,
                                        const TimeSpan& span);

/// The fibres whose course is configured (catalog.fibres) or was told last by their publishers.
/// Errors of read_fibre_positions and storage::Reader.
Result<std::vector<MapFibre>> picture_fibres(const CommandContext& context,
                                             storage::Reader& reader);

/// The recordings in `given`, else those that the daemon keeps (storage.waveforms). kConfig when
/// neither is there; errors of WaveformFolder::open.
Result<streams::WaveformFolder> open_waveforms(const std::string& given,
                                               const CommandContext& context);

/// The database that the options name.
Result<storage::Reader> open_reader(const CatalogOptions& options, const CommandContext& context);

/// Writes the picture whole or not at all and tells its name; the exit code.
int save_picture(const Result<std::string>& svg, const PictureOptions& options);

}  // namespace geod
