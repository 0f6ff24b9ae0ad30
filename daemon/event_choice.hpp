#pragma once

#include <string>

#include "daemon/catalog_event_queries.hpp"

namespace geod {

/// What options narrow to, but for the interval: "region 35/36/-118/-117, quality B or better";
/// empty where they do not.
std::string described(const EventOptions& options);

}  // namespace geod
