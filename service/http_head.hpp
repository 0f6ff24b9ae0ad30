#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "service/host_names.hpp"
#include "service/http_message.hpp"
#include "service/router.hpp"

namespace geod::service {

/// The head of a request as the parser read it. Views into the parser.
struct RequestHead {
  std::string_view method;
  unsigned version = 11;  ///< 10 or 11
  bool has_body = false;
  std::string_view target;
  std::size_t hosts = 0;  ///< headers Host
  std::string_view host;
  std::string_view accept_encoding;
  std::string_view last_event_id;
};

/// Fills in `request`, or says why it is not answered.
std::optional<HttpResponse> check_head(const RequestHead& head,
                                       const HostNames& hosts,
                                       HttpRequest& request);

/// To a client whose head is too long, or no request.
HttpResponse refuse_unreadable(bool is_too_long, const std::string& reason);

/// An answer, and whether its body is compressed.
struct MadeAnswer {
  HttpResponse response;
  bool is_gzip = false;
};

/// Asks the route, and compresses what is worth it where the client takes it.
MadeAnswer make_answer(const Route& route, const HttpRequest& request);

/// How a body is sent.
struct Framing {
  unsigned version = 11;
  bool keep_alive = false;
  bool is_chunked = false;
  bool is_gzip = false;
};

/// Status line and headers of an answer, up to the body.
std::string response_head(const HttpResponse& response, const Framing& framing);
/// Of an endless stream of Server-Sent Events.
std::string live_head(const Framing& framing);

}  // namespace geod::service
