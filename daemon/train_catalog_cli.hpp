#pragma once

#include <string>

#include "core/error.hpp"
#include "daemon/command.hpp"
#include "trainer/train_options.hpp"

namespace geod {

/// `geod train --from-catalog` as typed; times are checked by CLI11.
struct TrainCatalogCommand {
  bool from_catalog = false;
  std::string database;
  std::string waveforms;
  bool with_automatic = false;
  std::string from, to;
};

/// --from-catalog and what goes with it, beside --data, of which one is required. `command` must
/// outlive `app`.
void add_train_catalog_options(CLI::App& app,
                               TrainCatalogCommand& command,
                               CommandContext& context);

/// Makes the data set of a run from the catalogue, `data` in its folder, and names it in `options`;
/// one that is there already is gone on with, so that a run that was stopped has the same. Where
/// nothing else is held out, the newest tenth of the events is. Says on stderr what it takes and
/// leaves. Errors of write_catalog_dataset, the configuration and the waveforms.
Result<void> use_catalog(const TrainCatalogCommand& command,
                         const CommandContext& context,
                         trainer::TrainOptions& options);

}  // namespace geod
