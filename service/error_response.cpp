#include "service/error_response.hpp"

#include <chrono>
#include <string>

#include <fmt/format.h>

#include "core/time.hpp"
#include "service/status_text.hpp"

namespace geod::service {
namespace {

/// Below this the services lie; each describes itself in its application.wadl.
constexpr std::string_view kServices = "/fdsnws/";

std::string usage_of(const HttpRequest& request) {
  if (request.path.starts_with(kServices)) {
    const std::size_t name_end = request.path.find('/', kServices.size());
    const std::string_view name =
        std::string_view(request.path).substr(kServices.size(), name_end - kServices.size());
    if (name == "event" || name == "station") {
      return fmt::format("{}{}{}/1/application.wadl", request.base_url, kServices, name);
    }
  }
  return request.base_url + "/";
}

}  // namespace

HttpResponse error_response(int status, const HttpRequest& request, std::string_view detail) {
  HttpResponse response;
  response.status = status;
  const Time now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  response.body = fmt::format(
      "Error {}: {}\n\n{}\n\nUsage details are available from {}\n\nRequest:\n{}{}\n\n"
      "Request Submitted:\n{}\n\nService version:\n{}\n",
      status,
      status_text(status),
      detail,
      usage_of(request),
      request.base_url,
      request.target,
      to_iso(now),
      GEOD_VERSION);
  return response;
}

}  // namespace geod::service
