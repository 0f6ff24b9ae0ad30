#pragma once

#include "service/router.hpp"
#include "service/status_source.hpp"

namespace geod::service {

/// Adds /healthz (the process answers), /readyz (200 only when every check is well), /metrics and
/// /version, and at / the list of what there is.
void add_status_routes(Router& router, StatusSource status);

}  // namespace geod::service
