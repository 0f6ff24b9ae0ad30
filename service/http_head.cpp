#include "service/http_head.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "service/error_response.hpp"
#include "service/gzip.hpp"
#include "service/status_text.hpp"

namespace geod::service {
namespace {

constexpr std::size_t kMaxTargetBytes = 8U << 10U;
constexpr std::size_t kWorthCompressing = 1024;
/// Of HTTP (RFC 9110 and RFC 5789), which the server does not have.
constexpr std::array<std::string_view, 7> kOtherMethods{
    "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"};

std::string first_lines(int status, const Framing& framing) {
  return fmt::format("HTTP/1.{} {} {}\r\nServer: geod/{}\r\nConnection: {}\r\n{}",
                     framing.version % 10,
                     status,
                     status_text(status),
                     GEOD_VERSION,
                     framing.keep_alive ? "keep-alive" : "close",
                     framing.is_chunked ? "Transfer-Encoding: chunked\r\n" : "");
}

}  // namespace

std::optional<HttpResponse> check_head(const RequestHead& head,
                                       const HostNames& hosts,
                                       HttpRequest& request) {
  request.target = head.target.substr(0, kMaxTargetBytes);
  if (head.method != "GET" && head.method != "HEAD") {
    const bool is_known =
        std::find(kOtherMethods.begin(), kOtherMethods.end(), head.method) != kOtherMethods.end();
    return is_known ? error_response(
                          405, request, "The server knows GET and HEAD: nothing can be changed.")
                    : error_response(501, request, "The server knows GET and HEAD.");
  }
  if (head.target.size() > kMaxTargetBytes) {
    return error_response(414, request, "The request has more than 8 KiB.");
  }
  if (head.has_body) {
    return error_response(400, request, "A GET has no body.");
  }
  auto parsed = parse_target(head.target);
  if (!parsed) {
    return error_response(400, request, parsed.error().what + ".");
  }
  request = std::move(*parsed);
  if (head.hosts > 1 || (head.hosts == 0 && head.version >= 11)) {
    return error_response(400, request, "A request has one header Host.");
  }
  const auto base = hosts.base_url(head.hosts == 0 ? "localhost" : head.host);
  if (!base) {
    return error_response(
        421, request, "This name of the server is not among service.hosts of its configuration.");
  }
  request.base_url = *base;
  request.accepts_gzip = accepts_gzip(head.accept_encoding);
  request.last_event_id = head.last_event_id.substr(0, kMaxTargetBytes);
  return std::nullopt;
}

HttpResponse refuse_unreadable(bool is_too_long, const std::string& reason) {
  HttpRequest request;
  request.target = "(unreadable)";
  return error_response(is_too_long ? 431 : 400,
                        request,
                        is_too_long ? "The head of the request has more than 64 KiB."
                                    : "This is not an HTTP request: " + reason + ".");
}

MadeAnswer make_answer(const Route& route, const HttpRequest& request) {
  HttpResponse response = route.answer(request);
  const bool is_worth = response.more != nullptr || response.body.size() >= kWorthCompressing;
  if (!request.accepts_gzip || !is_worth) {
    return {std::move(response)};
  }
  auto smaller = compressed(std::move(response));
  if (!smaller) {
    return {error_response(503, request, smaller.error().what)};
  }
  return {std::move(*smaller), true};
}

std::string response_head(const HttpResponse& response, const Framing& framing) {
  std::string head = first_lines(response.status, framing);
  head += "X-Content-Type-Options: nosniff\r\nCache-Control: no-cache\r\nVary: Accept-Encoding\r\n";
  if (response.status == 405 || response.status == 501) {
    head += "Allow: GET, HEAD\r\n";
  } else if (response.status == 503) {
    head += "Retry-After: 5\r\n";
  }
  if (response.status != 204) {
    head += "Content-Type: " + response.content_type + "\r\n";
    head += framing.is_gzip ? "Content-Encoding: gzip\r\n" : "";
    if (response.more == nullptr) {
      head += fmt::format("Content-Length: {}\r\n", response.body.size());
    }
  }
  return head + "\r\n";
}

std::string live_head(const Framing& framing) {
  return first_lines(200, framing) +
         "Content-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n"
         "X-Accel-Buffering: no\r\n\r\n";  // for nginx: pass it on as it comes
}

}  // namespace geod::service
