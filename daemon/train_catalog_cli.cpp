#include "daemon/train_catalog_cli.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "config/config.hpp"
#include "daemon/catalog_listing.hpp"
#include "daemon/catalog_options.hpp"
#include "daemon/picture_sources.hpp"
#include "daemon/progress_line.hpp"
#include "storage/reader.hpp"
#include "trainer/catalog_dataset.hpp"
#include "trainer/event_groups.hpp"

namespace geod {
namespace {

trainer::CatalogDatasetOptions dataset_options(const TrainCatalogCommand& command,
                                               std::filesystem::path folder) {
  trainer::CatalogDatasetOptions options;
  options.folder = std::move(folder);
  options.with_automatic = command.with_automatic;
  if (!command.from.empty()) {
    options.from = *parse_iso(command.from);
  }
  if (!command.to.empty()) {
    options.to = *parse_iso(command.to);
  }
  return options;
}

Result<trainer::CatalogDatasetReport> make(const TrainCatalogCommand& command,
                                           const CommandContext& context,
                                           const std::filesystem::path& folder) {
  CatalogOptions catalog;
  catalog.database = command.database;
  const auto database = database_file(catalog, context);
  if (!database) {
    return tl::unexpected(database.error());
  }
  auto reader = storage::Reader::open(*database);
  const auto waveforms = open_waveforms(command.waveforms, context);
  if (!reader || !waveforms) {
    return tl::unexpected(!reader ? reader.error() : waveforms.error());
  }
  std::error_code error;
  std::filesystem::create_directories(folder.parent_path(), error);
  if (error) {
    return fail(Errc::kIo, "{}: {}", folder.parent_path().string(), error.message());
  }
  std::optional<ProgressLine> line;
  return trainer::write_catalog_dataset(*reader,
                                        *waveforms,
                                        dataset_options(command, folder),
                                        [&line](std::size_t done, std::size_t all) {
                                          if (!line) {
                                            line.emplace("group", static_cast<std::int64_t>(all));
                                          }
                                          line->show(static_cast<std::int64_t>(done));
                                        });
}

}  // namespace

void add_train_catalog_options(CLI::App& app,
                               TrainCatalogCommand& command,
                               CommandContext& context) {
  CLI::Option* data = app.get_option("--data");
  data->required(false);
  CLI::Option* flag =
      app.add_flag("--from-catalog",
                   command.from_catalog,
                   "Instead of --data: train on the reviewed picks of the catalogue and the kept "
                   "waveforms")
          ->excludes(data);
  app.add_option("--database", command.database, "Database file, instead of the configured one")
      ->type_name("FILE")
      ->needs(flag);
  add_config_option(app, context);
  app.add_option("--waveforms",
                 command.waveforms,
                 "SDS tree, or folder of miniSEED files (default: storage.waveforms)")
      ->type_name("FOLDER")
      ->check(CLI::ExistingDirectory.description(""))
      ->needs(flag);
  app.add_flag("--with-automatic",
               command.with_automatic,
               "Also final events of quality A or B that nobody reviewed")
      ->needs(flag);
  app.add_option("--from", command.from, "Events from this origin time on, UTC")
      ->type_name("TIME")
      ->check(check_time)
      ->needs(flag);
  app.add_option("--to", command.to, "Events before this origin time, UTC")
      ->type_name("TIME")
      ->check(check_time)
      ->needs(flag);
}

Result<void> use_catalog(const TrainCatalogCommand& command,
                         const CommandContext& context,
                         trainer::TrainOptions& options) {
  if (models::input_of(options.task) != models::InputKind::kSeismograms) {
    return fail(Errc::kConfig,
                "--from-catalog is for dpk, pmp, baz, emg and dis: the catalogue has no labelled "
                "images or shots");
  }
  if (options.world.size > 1) {
    return fail(Errc::kConfig,
                "--from-catalog is for one process: make the data set with it, then train several "
                "with --data {}",
                (trainer::run_folder(options) / "data").string());
  }
  options.data = trainer::run_folder(options) / "data";
  std::error_code error;
  if (std::filesystem::exists(options.data, error)) {
    fmt::print(stderr,
               "goes on with the data set {}; for one of the catalogue as it is now choose another "
               "--name, --model-version or --out\n",
               options.data.string());
  } else {
    const auto report = make(command, context, options.data);
    if (!report) {
      return tl::unexpected(report.error());
    }
    for (const std::string& line : trainer::described(*report)) {
      fmt::print(stderr, "{}\n", line);
    }
  }
  if (options.hold_out_folds.empty() && !options.hold_out_windows && !options.split.shares) {
    options.hold_out_folds = {trainer::kCatalogFolds - 1};
  }
  return {};
}

}  // namespace geod
