#pragma once

#include <string>

#include "storage/event_query.hpp"

namespace geod::catalog {

/// Who publishes, for the columns that the database does not know.
struct EventTextOptions {
  std::string agency;  ///< Contributor, and MagAuthor and Author of what is automatic
  std::string catalog = "geod";
};

/// The event text of FDSN web services: one line with the names of the columns, one for each event,
/// '|' between fields, times without zone (UTC), depth in km. What is not known is empty.
std::string event_text_header();
std::string event_text_line(const storage::StoredEvent& stored, const EventTextOptions& options);

}  // namespace geod::catalog
