#pragma once

#include "trainer/split_shares.hpp"

namespace CLI {
class App;
}

namespace geod {

/// --split, --split-seed and --split-rows, the same for `geod train` and `geod eval`. `split` must
/// outlive `app`.
void add_split_options(CLI::App& app, trainer::SplitOptions& split);

}  // namespace geod
