#include "daemon/waterfall_command.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/catalog_listing.hpp"
#include "daemon/catalog_options.hpp"
#include "daemon/waterfall_picture.hpp"
#include "models/file_io.hpp"
#include "storage/reader.hpp"

namespace geod {
namespace {

struct WaterfallOptions {
  std::string out;
  double margin_s = 2.0;
};

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
      waterfall_view(stored->detection, duration_from_seconds(options.margin_s));
  const auto svg = waterfall_svg(*stored, {}, view);
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
  command->add_option("--margin", own->margin_s, "Seconds to show before and after the mask")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 3600.0).description(""))
      ->capture_default_str();
  add_database_options(*command, *options, context);
  command->footer(
      fmt::format("Examples:\n"
                  "  geod catalog waterfall 5ab1c0ffee5ab1c0 --out detection.svg\n{}",
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
