#pragma once

#include <string>

#include "core/event.hpp"

namespace geod::storage {

/// Why it cannot be stored, beginning with what it is; empty when it can. Arrivals of picks that
/// are not stored are found by the writer.
std::string why_refused(const EventChange& change);
std::string why_refused(const ReviewedEvent& review);

}  // namespace geod::storage
