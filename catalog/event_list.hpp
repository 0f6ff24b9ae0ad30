#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/event.hpp"
#include "core/pick.hpp"
#include "core/time.hpp"

namespace geod::catalog {

/// A P or S pick of an event.
struct ListedPick {
  std::string station;  ///< "NET.STA"
  Phase phase = Phase::kP;
  Time time;
  bool operator==(const ListedPick&) const = default;
};

/// An event of any catalogue, as comparisons need it.
struct ListedEvent {
  std::string id;  ///< may be empty
  Time time;
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  std::optional<double> depth_km;
  std::optional<double> magnitude;
  std::string magnitude_type;
  std::vector<ListedPick> picks{};  ///< of stations; empty where the catalogue tells none
  bool operator==(const ListedEvent&) const = default;
};

struct EventList {
  std::vector<ListedEvent> events;  ///< in the order of the file
  std::vector<Error> faults;        ///< one for each line or event that could not be taken
};

/// Phases that are no kind of P or S (Pg, Pn, Sb, ...) are left out.
ListedEvent listed(const ReviewedEvent& event);

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
