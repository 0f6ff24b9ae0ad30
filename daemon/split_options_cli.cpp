#include "daemon/split_options_cli.hpp"

#include <string>

#include <CLI/CLI.hpp>

namespace geod {

void add_split_options(CLI::App& app, trainer::SplitOptions& split) {
  CLI::Option* shares = app.add_option_function<std::string>(
      "--split",
      [&split](const std::string& text) {
        const auto parsed = trainer::parse_split(text);
        if (!parsed) {
          throw CLI::ValidationError("--split", parsed.error().what);
        }
        split.shares = *parsed;
      },
      "Shares of training, validation and test, as 0.8/0.1/0.1; all recordings of an earthquake "
      "come into the same part");
  shares->type_name("A/B/C");
  app.add_option("--split-seed", split.seed, "Other seed, other split")
      ->type_name("N")
      ->needs(shares)
      ->capture_default_str();
  app.add_flag("--split-rows",
               split.by_row,
               "Split recordings, not earthquakes, in the published order (scores then flatter)")
      ->needs(shares);
}

}  // namespace geod
