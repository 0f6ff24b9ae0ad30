#pragma once

#include <string>

#include "config/config.hpp"
#include "core/error.hpp"
#include "daemon/adapter_request.hpp"

namespace geod {

/// What `geod adapters` does on the folder while no daemon runs. The JSON is that of a daemon's
/// answers; a network takes up its role when geod starts.

/// As the daemon's answer to "list", with "running": false. Every bundle is read.
Result<std::string> list_adapters_offline(const config::Config& config);

/// Checks the bundle against the configured base model (format, hashes, shapes, finite values; its
/// golden case is run when geod starts) and decides. kStorageBusy when a daemon has the folder.
Result<std::string> decide_offline(const config::Config& config, const AdapterRequest& request);

}  // namespace geod
