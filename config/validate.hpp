#pragma once

#include <vector>

#include "config/config.hpp"

namespace geod::config {

/// What must hold between keys. Pure: looks at nothing but `config`. The faults carry the key; the
/// loader adds source and line.
std::vector<Fault> validate(const Config& config);

/// Whether the files that are named exist, and secrets are readable by their owner only.
std::vector<Fault> check_files(const Config& config);

}  // namespace geod::config
