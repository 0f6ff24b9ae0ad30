#include "daemon/section_command.hpp"

#include <optional>
#include <span>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "config/config.hpp"
#include "daemon/catalog_event_queries.hpp"
#include "daemon/catalog_options.hpp"
#include "daemon/picture_sources.hpp"
#include "daemon/section_content.hpp"

namespace geod {
namespace {

struct SectionOptions {
  PictureOptions picture;
  EventOptions events;
  std::string waveforms;
  std::string band = "1/15";
  std::string velocities;
  std::optional<double> max_distance_km;
  std::optional<double> seconds;
};

Result<storage::StoredEvent> find_event(storage::Reader& reader, const std::string& id) {
  storage::EventQuery query;
  query.event_ids = {id};
  query.with_arrivals = true;
  query.with_withdrawn = true;
  std::optional<storage::StoredEvent> found;
  const auto read = reader.events(query, [&found](std::span<const storage::StoredEvent> page) {
    if (!page.empty()) {
      found = page.front();
    }
    return false;
  });
  if (!read) {
    return tl::unexpected(read.error());
  }
  if (!found) {
    return fail(
        Errc::kNotFound, "event {}: is not in the database; geod catalog events lists them", id);
  }
  return *found;
}

/// What is asked for, else what the event was located with where it is known here, else what is
/// configured.
Result<catalog::VelocityModel> velocities_of(const SectionOptions& options,
                                             const storage::StoredEvent& event,
                                             const CommandContext& context) {
  if (!options.velocities.empty()) {
    return catalog::find_velocity_model(options.velocities);
  }
  const std::string& of_event = event.event.origin.velocity_model;
  if (of_event == "iasp91" || of_event == "ak135" || of_event == "continental") {
    return catalog::find_velocity_model(of_event);
  }
  const auto config = config::require_config(config_file_of(context));
  if (!config) {
    return tl::unexpected(config.error());
  }
  return catalog::find_velocity_model(config->catalog.velocity_file.empty()
                                          ? config->catalog.velocity_model
                                          : config->catalog.velocity_file);
}

Result<std::string> draw(const CatalogOptions& catalog,
                         const SectionOptions& options,
                         const CommandContext& context) {
  auto reader = open_reader(catalog, context);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  const auto event = find_event(*reader, options.events.event);
  if (!event) {
    return tl::unexpected(event.error());
  }
  const Time origin = drawn_event(*event).time;
  const auto sites = picture_sites(options.picture, context, *reader, {origin, origin});
  const auto velocities = velocities_of(options, *event, context);
  const auto waveforms = open_waveforms(options.waveforms, context);
  if (!sites || !velocities || !waveforms) {
    return tl::unexpected(!sites        ? sites.error()
                          : !velocities ? velocities.error()
                                        : waveforms.error());
  }
  const auto section = section_of({*event,
                                   *sites,
                                   *waveforms,
                                   *velocities,
                                   *SectionBand::parse(options.band),
                                   options.max_distance_km,
                                   options.seconds});
  return section ? event_section_svg(*section) : tl::unexpected(section.error());
}

}  // namespace

void add_section_command(CLI::App& catalog,
                         const std::shared_ptr<CatalogOptions>& options,
                         CommandContext& context) {
  auto own = std::make_shared<SectionOptions>();
  CLI::App* command =
      catalog.add_subcommand("section", "Draw the record section of an event (SVG)");
  add_event_argument(*command, own->events);
  add_picture_options(*command, own->picture);
  command
      ->add_option("--waveforms",
                   own->waveforms,
                   "SDS tree, or folder of miniSEED files (default: storage.waveforms)")
      ->type_name("FOLDER")
      ->check(CLI::ExistingDirectory.description(""));
  command->add_option("--band", own->band, "Corners of the band-pass in Hz")
      ->type_name("LOW/HIGH")
      ->check([](const std::string& text) {
        const auto band = SectionBand::parse(text);
        return band ? std::string{} : band.error().what;
      })
      ->capture_default_str();
  command
      ->add_option("--velocity-model",
                   own->velocities,
                   "Of the curves: iasp91, ak135, continental or a file of `depth vp vs` (default: "
                   "that of the location)")
      ->type_name("MODEL");
  command
      ->add_option("--max-distance",
                   own->max_distance_km,
                   "Stations up to this distance (default: a fifth beyond the farthest pick)")
      ->type_name("KM")
      ->check(CLI::Range(1.0, 2000.0).description(""));
  command
      ->add_option("--seconds",
                   own->seconds,
                   "Seconds to show after the origin time (default: until well after the last S)")
      ->type_name("SECONDS")
      ->check(CLI::Range(1.0, 3600.0).description(""));
  add_database_options(*command, *options, context);
  command->footer(
      fmt::format("Vertical traces by distance from the epicentre, band-passed, each scaled to its "
                  "own largest\n"
                  "amplitude, with the picks of the event (thick: reviewed) and the curves of the "
                  "first P and S.\n"
                  "Of more than about sixty stations those are shown that lie apart.\n"
                  "Examples:\n"
                  "  geod catalog section 5ab1c0ffee5ab1c0 -o section.svg\n"
                  "  geod catalog section 5ab1c0ffee5ab1c0 --waveforms mseed/ --band 2/10 -o "
                  "section.svg\n{}",
                  kCatalogExitCodes));
  command->callback([options, own, &context] {
    context.exit_code = save_picture(draw(*options, *own, context), own->picture);
  });
}

}  // namespace geod
