#include "catalog/event_text.hpp"

#include <optional>

#include <fmt/format.h>

#include "catalog/clean_text.hpp"
#include "catalog/event_summary.hpp"

namespace geod::catalog {
namespace {

std::string number(std::optional<double> value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : std::string{};
}

/// FDSN text has no zone.
std::string bare_time(Time time) {
  std::string text = to_iso(time);
  text.pop_back();
  return text;
}

}  // namespace

std::string event_text_header() {
  return "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|"
         "MagType|Magnitude|MagAuthor|EventLocationName|EventType\n";
}

std::string event_text_line(const storage::StoredEvent& stored, const EventTextOptions& options) {
  const EventSummary event = summary_of(stored);
  const std::string author = event.preferred.is_reviewed
                                 ? (event.author.empty() ? event.agency : event.author)
                                 : options.agency;
  const std::string magnitude_author = !event.preferred.magnitude    ? ""
                                       : event.magnitude_is_reviewed ? event.agency
                                                                     : options.agency;
  return fmt::format("{}|{}|{:.5f}|{:.5f}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}\n",
                     text_field(event.id),
                     bare_time(event.preferred.time),
                     event.preferred.latitude_deg,
                     event.preferred.longitude_deg,
                     number(event.preferred.depth_km, 3),
                     text_field(author),
                     text_field(options.catalog),
                     text_field(options.agency),
                     text_field(event.id),
                     text_field(event.preferred.magnitude_type),
                     number(event.preferred.magnitude, 2),
                     text_field(magnitude_author),
                     text_field(event.description),
                     text_field(event.type));
}

}  // namespace geod::catalog
