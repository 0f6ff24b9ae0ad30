#include "daemon/picture_sources.hpp"

#include <array>
#include <filesystem>
#include <map>
#include <span>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "catalog/fibre_positions.hpp"
#include "config/config.hpp"
#include "daemon/catalog_listing.hpp"
#include "models/file_io.hpp"

namespace geod {
namespace {

/// Those of `places` that a map can show apart.
template <class Places, class PointOf>
std::vector<MapPoint> course_through(const Places& places, const PointOf& point_of) {
  constexpr std::size_t kMostPoints = 2000;
  std::vector<MapPoint> course;
  const std::size_t step = places.size() / kMostPoints + 1;
  for (std::size_t i = 0; i < places.size(); i += step) {
    course.push_back(point_of(places[i]));
  }
  return course;
}

}  // namespace

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

Result<std::vector<MapFibre>> picture_fibres(const CommandContext& context,
                                             storage::Reader& reader) {
  const auto config = config::require_config(config_file_of(context));
  if (!config) {
    return tl::unexpected(config.error());
  }
  std::map<std::string, std::vector<MapPoint>> courses;
  const auto told = reader.fibre_places();
  if (!told) {
    return tl::unexpected(told.error());
  }
  for (const FibrePlacesChange& change : *told) {
    courses[change.fibre_id] = course_through(change.places, [](const FibrePlace& place) {
      return MapPoint{place.latitude_deg, place.longitude_deg};
    });
  }
  for (const auto& [id, place] : config->catalog.fibres) {
    const auto positions = catalog::read_fibre_positions(place.positions);
    if (!positions) {
      return tl::unexpected(positions.error());
    }
    courses[id] = course_through(positions->points(), [](const catalog::FibrePoint& point) {
      return MapPoint{point.position.latitude_deg, point.position.longitude_deg};
    });
  }
  std::vector<MapFibre> fibres;
  for (auto& [id, course] : courses) {
    fibres.push_back({id, std::move(course)});
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
