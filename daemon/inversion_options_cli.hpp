#pragma once

#include "trainer/inversion_options.hpp"

namespace CLI {
class App;
}

namespace geod {

/// The options of `geod train` that belong to task fwi; `options` must outlive `app`.
void add_inversion_options(CLI::App& app, trainer::InversionOptions& options);

}  // namespace geod
