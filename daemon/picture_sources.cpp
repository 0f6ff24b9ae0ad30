#include "daemon/picture_sources.hpp"

#include <array>
#include <filesystem>
#include <span>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "catalog/fibre_positions.hpp"
#include "config/config.hpp"
#include "daemon/catalog_listing.hpp"
#include "models/file_io.hpp"

namespace geod {

void add_picture_options(CLI::App& command, PictureOptions& options) {
  command.add_option("-o,--out", options.out, "SVG file to write")->required()->type_name("FILE");
  command
      .add_option(
          "--inventory",
          options.inventory,
          "Stations: StationXML or CSV, instead of the configured files (may be given again)")
      ->type_name("FILE")
      ->check(CLI::ExistingFile.description(""));
}

Result<std::vector<Site>> picture_sites(const PictureOptions& options,
                                        const CommandContext& context,
                                        storage::Reader& reader,
                                        const TimeSpan& span) {
  if (!options.inventory.empty()) {
    return read_sites(options.inventory, span);
  }
  const auto config = config::require_config(config_file_of(context));
  if (!config) {
    return tl::unexpected(config.error());
  }
  if (!config->catalog.inventory.empty()) {
    return read_sites(config->catalog.inventory, span);
  }
  const auto rows = reader.stations({});
  return rows ? Result<std::vector<Site>>(sites_of(*rows)) : tl::unexpected(rows.error());
}

Result<std::vector<MapFibre>> picture_fibres(const CommandContext& context) {
  /// More points than a map can show apart.
  constexpr std::size_t kMostPoints = 2000;
  const auto config = config::require_config(config_file_of(context));
  if (!config) {
    return tl::unexpected(config.error());
  }
  std::vector<MapFibre> fibres;
  for (const auto& [id, place] : config->catalog.fibres) {
    const auto positions = catalog::read_fibre_positions(place.positions);
    if (!positions) {
      return tl::unexpected(positions.error());
    }
    MapFibre fibre{id, {}};
    const std::size_t step = positions->points().size() / kMostPoints + 1;
    for (std::size_t i = 0; i < positions->points().size(); i += step) {
      const catalog::Position& at = positions->points()[i].position;
      fibre.course.push_back({at.latitude_deg, at.longitude_deg});
    }
    fibres.push_back(std::move(fibre));
  }
  return fibres;
}

Result<streams::WaveformFolder> open_waveforms(const std::string& given,
                                               const CommandContext& context) {
  if (!given.empty()) {
    return streams::WaveformFolder::open(given);
  }
  const auto config = config::require_config(config_file_of(context));
  if (!config) {
    return tl::unexpected(config.error());
  }
  const std::string& kept = config->storage.waveforms.folder;
  if (kept.empty()) {
    return fail(Errc::kConfig,
                "no waveforms are kept: set storage.waveforms.folder for the daemon, or name an "
                "archive with --waveforms");
  }
  return streams::WaveformFolder::open(std::filesystem::path(config->daemon.state_directory) /
                                       kept);
}

Result<storage::Reader> open_reader(const CatalogOptions& options, const CommandContext& context) {
  const auto file = database_file(options, context);
  if (!file) {
    return tl::unexpected(file.error());
  }
  return storage::Reader::open(*file);
}

int save_picture(const Result<std::string>& svg, const PictureOptions& options) {
  if (!svg) {
    return fail_command(svg.error());
  }
  const std::array chunks{std::as_bytes(std::span(*svg))};
  if (const auto written = models::write_file_atomically(options.out, chunks); !written) {
    return fail_command(written.error());
  }
  fmt::print("{}\n", options.out);
  return kExitOk;
}

}  // namespace geod
