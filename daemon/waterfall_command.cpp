#include "daemon/waterfall_command.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/catalog_listing.hpp"
#include "daemon/catalog_options.hpp"
#include "daemon/fibre_panels.hpp"
#include "daemon/waterfall_picture.hpp"
#include "models/file_io.hpp"
#include "storage/reader.hpp"

namespace geod {
namespace {

struct WaterfallOptions {
  std::string out;
  std::vector<std::string> data;
  std::string dataset;
  std::string start;
  std::optional<double> margin_s;
};

/// What is asked for, else a quarter of the detection's length.
Duration margin_of(const WaterfallOptions& options, const FibreDetection& detection) {
  return options.margin_s ? duration_from_seconds(*options.margin_s)
                          : (detection.to - detection.from) / 4;
}

/// The recordings of --data; none without it.
Result<std::vector<FibrePanel>> read_panels(const WaterfallOptions& options,
                                            const FibreDetection& detection,
                                            const WaterfallView& view,
                                            storage::Reader& reader) {
  if (options.data.empty()) {
    return std::vector<FibrePanel>{};
  }
  const auto geometries = reader.fibre_geometries(detection.fibre_id);
  if (!geometries) {
    return tl::unexpected(geometries.error());
  }
  PanelSource source{{options.data.begin(), options.data.end()}, options.dataset, {}, {}};
  for (const FibreGeometryChange& change : *geometries) {
    if (change.from <= detection.from) {
      source.geometry = change.geometry;
      // A recording alone that does not say its time began what was sent of it.
      source.start = options.data.size() == 1 ? std::optional(change.from) : std::nullopt;
    }
  }
  if (!options.start.empty()) {
    source.start = *parse_iso(options.start);
  }
  return read_fibre_panels(source, view);
}

Result<void> draw(const CatalogOptions& catalog,
                  const WaterfallOptions& options,
                  const CommandContext& context) {
  const auto file = database_file(catalog, context);
  if (!file) {
    return tl::unexpected(file.error());
  }
  Result<storage::Reader> reader = storage::Reader::open(*file);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  const auto stored = reader->detection(catalog.detection);
  if (!stored) {
    return tl::unexpected(stored.error());
  }
  const WaterfallView view =
      waterfall_view(stored->detection, margin_of(options, stored->detection));
  const auto panels = read_panels(options, stored->detection, view, *reader);
  if (!panels) {
    return tl::unexpected(panels.error());
  }
  const auto svg = waterfall_svg(*stored, *panels, view);
  if (!svg) {
    return tl::unexpected(svg.error());
  }
  const std::array chunks{std::as_bytes(std::span(*svg))};
  return models::write_file_atomically(options.out, chunks);
}

}  // namespace

void add_waterfall_command(CLI::App& catalog,
                           const std::shared_ptr<CatalogOptions>& options,
                           CommandContext& context) {
  auto own = std::make_shared<WaterfallOptions>();
  CLI::App* command = catalog.add_subcommand(
      "waterfall", "Draw a detection: the samples around it, its mask and its arrivals");
  add_detection_argument(*command, *options);
  command->add_option("--out", own->out, "SVG file to write")->required()->type_name("FILE");
  command
      ->add_option(
          "--data", own->data, "HDF5 recordings with the samples; without, mask and arrivals alone")
      ->type_name("RECORDING")
      ->check(CLI::ExistingFile.description(""));
  command->add_option("--dataset", own->dataset, "Path of the samples inside the recordings")
      ->type_name("PATH");
  command->add_option("--t0", own->start, "First sample of a recording that does not say it")
      ->type_name("TIME")
      ->check(check_time);
  command
      ->add_option("--margin",
                   own->margin_s,
                   "Seconds to show before and after the mask (default: a quarter of its length)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 3600.0).description(""));
  add_database_options(*command, *options, context);
  command->footer(fmt::format(
      "Examples:\n"
      "  geod catalog waterfall 5ab1c0ffee5ab1c0 --out detection.svg\n"
      "  geod catalog waterfall 5ab1c0ffee5ab1c0 --out detection.svg --data 2019-04-27T05.h5\n"
      "Rate, spacing, unit, scale, order and start that a recording does not tell are those that\n"
      "the catalogue holds of the fibre at that time; the start of one recording alone.\n{}",
      kCatalogExitCodes));
  command->callback([options, own, &context] {
    const Result<void> drawn = draw(*options, *own, context);
    context.exit_code = drawn ? kExitOk : fail_command(drawn.error());
    if (drawn) {
      fmt::print("{}\n", own->out);
    }
  });
}

}  // namespace geod
