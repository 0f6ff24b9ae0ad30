#include "service/station_service.hpp"

#include <utility>

#include "service/error_response.hpp"
#include "service/station_query.hpp"

namespace geod::service {
namespace {

constexpr const char* kXml = "application/xml";
/// Of the FDSN specification that this speaks.
constexpr const char* kServiceVersion = "1.1.0";

HttpResponse answer_query(const HttpRequest& request, const InventorySnapshot& snapshot) {
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
  const StationSelection selection = select_stations(*snapshot.inventory, query);
  if (selection.stations.empty()) {
    return no_data(request, *parameters);
  }
  HttpResponse response;
  response.body = station_text(selection, query.level);
  return response;
}

}  // namespace

void add_station_routes(Router& router, InventorySource inventory, std::string /*agency_id*/) {
  const std::string folder = "/fdsnws/station/1/";
  router.add_query(folder + "query", [inventory](const HttpRequest& request) {
    return answer_query(request, inventory());
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
