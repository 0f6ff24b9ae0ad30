// Fuzz target of the service below the sockets: the head of a request, its parameters as the
// queries of both FDSN services and the live feed read them, and the head of the answer.
//
// Input: lines, as many as there are: target, Host, Accept-Encoding, Last-Event-ID.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "catalog/inventory_csv.hpp"
#include "core/error.hpp"
#include "service/event_request.hpp"
#include "service/http_head.hpp"
#include "service/live_message.hpp"
#include "service/station_query.hpp"
#include "storage/event_area.hpp"

namespace {

using namespace geod;           // NOLINT(google-build-using-namespace): a single-file program
using namespace geod::service;  // NOLINT(google-build-using-namespace)

/// Two epochs of a station, one of which lies across the 180th meridian from another station, and
/// a channel whose station is not told.
const catalog::Inventory& inventory() {
  static const auto kRead = catalog::parse_inventory_csv(
      "network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end\n"
      "XX,A,,,10,179.9,5,0,2001-01-01,2002-01-01\n"
      "XX,A,00,HHZ,10,179.9,5,0,2001-01-01,2002-01-01\n"
      "XX,A,00,HHZ,10,179.8,5,0,2002-01-01,\n"
      "XX,B,,,-10,-179.9,0,0,,\n"
      "YY,C-1,10,EHN,45.5,7,2000,100,2010-05-06T07:08:09,\n",
      "fuzz");
  GEOD_CHECK(kRead.has_value(), "the inventory of the target");
  return *kRead;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

/// A head has its lines and no others, whatever was asked.
void check_answer(HttpResponse response) {
  GEOD_CHECK(response.status >= 200 && response.status < 600, "status");
  const std::string head = response_head(response, Framing{});
  GEOD_CHECK(head.find("\r\n\r\n") == head.size() - 4, "one head");
}

void ask_for_events(const HttpRequest& request) {
  auto parameters = Parameters::read(request, event_parameters());
  if (!parameters) {
    return;
  }
  const EventRequest read = EventRequest::read(*parameters);
  if (parameters->fault()) {
    GEOD_CHECK(!parameters->fault()->what.empty(), "fault");
    return;
  }
  GEOD_CHECK(!read.query.region || std::isfinite(read.query.region->min_latitude_deg), "region");
  if (read.query.circle) {
    GEOD_CHECK(!storage::boxes_around(*read.query.circle).empty(), "boxes");
  }
}

void ask_for_stations(const HttpRequest& request) {
  auto parameters = Parameters::read(request, station_parameters());
  if (!parameters) {
    return;
  }
  const StationQuery query = StationQuery::read(*parameters);
  if (!parameters->fault()) {
    const catalog::Inventory some = select_stations(inventory(), query);
    GEOD_CHECK(some.channels().size() <= inventory().channels().size(), "channels");
  }
}

void read_words(const HttpRequest& request) {
  for (const auto& [name, value] : request.parameters) {
    if (const auto cursor = LiveCursor::parse(value); cursor && value != "begin") {
      const auto again = LiveCursor::parse(cursor->to_string());
      GEOD_CHECK(again && again->keys == cursor->keys, "cursor");
    }
    if (const auto circle = storage::Circle::parse(value)) {
      GEOD_CHECK(!storage::boxes_around(*circle).empty(), "circle");
      storage::is_inside(*circle, 1.0, 2.0);
    }
    if (const auto polygon = storage::Polygon::parse(value)) {
      GEOD_CHECK(!storage::boxes_around(*polygon).empty(), "polygon");
      storage::is_inside(*polygon, 1.0, 2.0);
    }
    fits_pattern(name, value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  RequestHead head;
  head.method = "GET";
  head.target = take_line(text);
  head.hosts = 1;
  head.host = take_line(text);
  head.accept_encoding = take_line(text);
  head.last_event_id = take_line(text);
  const HostNames hosts({"https://quakes.example.org", "other.example.org:8080"});
  HttpRequest request;
  if (auto refused = check_head(head, hosts, request)) {
    GEOD_CHECK(refused->status >= 400, "a refusal");
    check_answer(std::move(*refused));
    return 0;
  }
  GEOD_CHECK(request.base_url.starts_with("http"), "address");
  GEOD_CHECK(request.base_url.find_first_of("\"<>&\r\n ") == std::string::npos,
             "an address that can stand in XML");
  ask_for_events(request);
  ask_for_stations(request);
  read_words(request);
  return 0;
}
