// Fuzz target of the files that people give the catalogue: QuakeML, StationXML, the tables of
// stations, fibres and velocities. Each input is read as every one of them.
//
// What could be read holds only what the rest of the program may rely on, and an inventory that is
// written as StationXML is read again.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "catalog/fibre_positions.hpp"
#include "catalog/frequency_response.hpp"
#include "catalog/inventory_csv.hpp"
#include "catalog/quakeml_reader.hpp"
#include "catalog/station_xml.hpp"
#include "catalog/station_xml_writer.hpp"
#include "catalog/velocity_model.hpp"
#include "core/error.hpp"

namespace {

using namespace geod;           // NOLINT(google-build-using-namespace): a single-file program
using namespace geod::catalog;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kLongestText = 4096;
constexpr std::size_t kLongestFault = 4096;

template <class Value>
void check_fault(const Result<Value>& result) {
  GEOD_CHECK(result || (!result.error().what.empty() && result.error().what.size() < kLongestFault),
             "a fault is told, and in a few words");
}

void read_reviews(std::string_view text) {
  const auto content = parse_quakeml(text, "fuzz");
  check_fault(content);
  if (!content) {
    return;
  }
  for (const Error& fault : content->faults) {
    GEOD_CHECK(!fault.what.empty() && fault.what.size() < 2 * kLongestFault, "fault of an event");
  }
  for (const ReviewedEvent& event : content->events) {
    GEOD_CHECK(!event.public_id.empty() && event.public_id.size() <= kLongestText, "id");
    GEOD_CHECK(std::abs(event.latitude_deg) <= 90.0, "latitude");
    GEOD_CHECK(std::abs(event.longitude_deg) <= 180.0, "longitude");
    GEOD_CHECK(event.description.size() <= kLongestText, "description");
    for (const ReviewedArrival& arrival : event.arrivals) {
      GEOD_CHECK(!arrival.uncertainty_s || std::isfinite(*arrival.uncertainty_s), "uncertainty");
    }
    for (const ReviewedMagnitude& magnitude : event.magnitudes) {
      GEOD_CHECK(std::isfinite(magnitude.value), "magnitude");
    }
  }
}

void read_stations(const Result<Inventory>& inventory) {
  check_fault(inventory);
  if (!inventory || inventory->stations().empty()) {
    return;
  }
  for (const ChannelEpoch& channel : inventory->channels()) {
    if (channel.response) {
      check_fault(FrequencyResponse::make(*channel.response));
    }
  }
  std::string written;
  write_station_xml(*inventory, StationLevel::kResponse, {"fuzz", "fuzz", Time{}}, [&](auto piece) {
    written += piece;
  });
  const auto again = parse_station_xml(written, "written");
  GEOD_CHECK(again.has_value(), "what is written can be read");
  GEOD_CHECK(again->channels().size() == inventory->channels().size(), "all channels are written");
}

void read_fibre(const Result<FibrePositions>& positions) {
  check_fault(positions);
  if (!positions) {
    return;
  }
  for (const FibrePoint& point : positions->points()) {
    GEOD_CHECK(positions->at(point.channel) == point.position, "a known channel");
    const auto next = positions->at(point.channel + 1);
    GEOD_CHECK(!next || check_position(*next), "a place on earth");
  }
  GEOD_CHECK(positions->spaced(1e6).front() == positions->points().front(), "the first place");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_reviews(text);
  read_stations(parse_station_xml(text, "fuzz"));
  read_stations(parse_inventory_csv(text, "fuzz"));
  read_fibre(parse_fibre_positions(text, "fuzz"));
  check_fault(parse_velocity_model(text, "fuzz"));
  return 0;
}
