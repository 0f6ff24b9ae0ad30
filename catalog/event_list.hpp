#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"

namespace geod::catalog {

/// An event of any catalogue, as comparisons need it.
struct ListedEvent {
  std::string id;  ///< may be empty
  Time time;
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  std::optional<double> depth_km;
  std::optional<double> magnitude;
  std::string magnitude_type;
  bool operator==(const ListedEvent&) const = default;
};

struct EventList {
  std::vector<ListedEvent> events;  ///< in the order of the file
  std::vector<Error> faults;        ///< one for each line or event that could not be taken
};

/// Reads a table with a header line: the FDSN event text ('|'), or a table with tabs, semicolons or
/// commas (RFC 4180 quoting) in which columns of time, latitude and longitude are named in one of
/// the usual ways, and depth ("depth" or "depth_km" in km, "depth_m" or "depth(m)" in m),
/// magnitude, magnitude type and id where they are there. Other columns are passed over.
///
/// kConfig, naming `name`, when there is no such header; at most 2,000,000 lines of 64 KiB.
Result<EventList> parse_event_table(std::string_view text, const std::string& name);

/// Reads a file: QuakeML where it begins as XML does, else a table. Errors as there; kNotFound and
/// kIo.
Result<EventList> read_event_list(const std::filesystem::path& path);

}  // namespace geod::catalog
