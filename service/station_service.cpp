#include "service/station_service.hpp"

#include <chrono>
#include <utility>

#include "service/error_response.hpp"
#include "service/station_query.hpp"

namespace geod::service {
namespace {

constexpr const char* kXml = "application/xml";
/// Of the FDSN specification that this speaks.
constexpr const char* kServiceVersion = "1.1.0";

HttpResponse answer_query(const HttpRequest& request,
                          const InventorySnapshot& snapshot,
                          const std::string& agency_id) {
  auto parameters = Parameters::read(request, station_parameters());
  if (!parameters) {
    return error_response(400, request, parameters.error().what);
  }
  const StationQuery query = StationQuery::read(*parameters);
  if (parameters->fault()) {
    return error_response(400, request, parameters->fault()->what);
  }
  if (snapshot.inventory == nullptr ||
      (query.updated_after && snapshot.updated <= *query.updated_after)) {
    return no_data(request, *parameters);
  }
  const catalog::Inventory selected = select_stations(*snapshot.inventory, query);
  if (selected.stations().empty()) {
    return no_data(request, *parameters);
  }
  HttpResponse response;
  const auto append = [&response](std::string_view text) { response.body += text; };
  if (query.is_text) {
    if (auto written = catalog::write_station_text(selected, query.level, append); !written) {
      return error_response(400, request, written.error().what);
    }
    return response;
  }
  response.content_type = kXml;
  const Time now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  catalog::write_station_xml(selected, query.level, {agency_id, "geod " GEOD_VERSION, now}, append);
  return response;
}

}  // namespace

void add_station_routes(Router& router, InventorySource inventory, std::string agency_id) {
  const std::string folder = "/fdsnws/station/1/";
  router.add_query(folder + "query", [inventory, agency_id](const HttpRequest& request) {
    return answer_query(request, inventory(), agency_id);
  });
  router.add_quick(folder + "application.wadl", [](const HttpRequest& request) {
    HttpResponse response;
    response.content_type = kXml;
    response.body = wadl(request.base_url, "station", station_parameters(), {});
    return response;
  });
  router.add_quick(folder + "version", [](const HttpRequest&) {
    HttpResponse response;
    response.body = std::string(kServiceVersion) + "\n";
    return response;
  });
}

}  // namespace geod::service
