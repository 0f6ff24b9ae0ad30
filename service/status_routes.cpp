#include "service/status_routes.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace geod::service {
namespace {

constexpr const char* kJson = "application/json";
/// As Prometheus asks for it.
constexpr const char* kMetricsText = "text/plain; version=0.0.4; charset=utf-8";

HttpResponse json_response(const nlohmann::json& json, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.content_type = kJson;
  response.body = json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return response;
}

HttpResponse ready_response(const std::vector<HealthCheck>& checks) {
  const bool is_ready = std::all_of(
      checks.begin(), checks.end(), [](const HealthCheck& check) { return check.is_healthy; });
  nlohmann::json each = nlohmann::json::object();
  for (const HealthCheck& check : checks) {
    each[check.name] = {{"healthy", check.is_healthy}, {"detail", check.detail}};
  }
  return json_response({{"ready", is_ready}, {"checks", std::move(each)}}, is_ready ? 200 : 503);
}

constexpr const char* kOverview =
    "geod " GEOD_VERSION
    "\n\n"
    "/fdsnws/event/1/application.wadl    events\n"
    "/fdsnws/station/1/application.wadl  stations\n"
    "/live                               picks, detections and events while they come (SSE)\n"
    "/healthz /readyz /metrics /version  how the daemon does\n";

}  // namespace

void add_status_routes(Router& router, StatusSource status) {
  router.add_quick("/", [](const HttpRequest&) {
    HttpResponse response;
    response.body = kOverview;
    return response;
  });
  router.add_quick("/healthz", [](const HttpRequest&) { return json_response({{"alive", true}}); });
  router.add_quick(
      "/readyz", [checks = status.checks](const HttpRequest&) { return ready_response(checks()); });
  router.add_quick("/version", [version = status.version](const HttpRequest&) {
    nlohmann::json values = nlohmann::json::object();
    for (const auto& [name, value] : version()) {
      values[name] = value;
    }
    return json_response(values);
  });
  router.add_quick("/metrics", [metrics = status.metrics](const HttpRequest&) {
    HttpResponse response;
    response.content_type = kMetricsText;
    response.body = to_prometheus(metrics());
    return response;
  });
}

}  // namespace geod::service
