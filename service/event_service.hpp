#pragma once

#include <cstddef>
#include <string>

#include "service/reader_pool.hpp"
#include "service/router.hpp"

namespace geod::service {

struct EventServiceOptions {
  std::string agency_id;
  std::size_t max_events = 20'000;  ///< in one answer
};

/// Adds FDSN event 1: query, application.wadl, version, catalogs, contributors. `readers` outlives
/// the router.
void add_event_routes(Router& router, ReaderPool& readers, EventServiceOptions options);

}  // namespace geod::service
