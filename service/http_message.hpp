#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace geod::service {

/// A GET or HEAD whose head was read and checked.
struct HttpRequest {
  std::string target;                                           ///< as it was sent
  std::string path;                                             ///< decoded, without the query
  std::vector<std::pair<std::string, std::string>> parameters;  ///< decoded, in their order
  std::string base_url;  ///< what the client used: "http://127.0.0.1:8080"
  std::string last_event_id;
  bool accepts_gzip = false;
};

/// A body that is made while it is sent. One call at a time, each after the piece before it was
/// taken by the client, so that a slow one costs neither memory nor a thread.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// The next piece, not empty; nothing: the end. An error ends the connection, so that the client
  /// sees an answer that is cut short. Thread: one of the query threads.
  virtual Result<std::optional<std::string>> next() = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::unique_ptr<BodySource> more;  ///< what follows `body`; null: nothing
};

/// Takes "/path?a=b&c=d" apart and decodes it; kProtocol when it is malformed. `request.target` is
/// kept as it came.
Result<HttpRequest> parse_target(std::string_view target);

/// Whether a header Accept-Encoding allows gzip (RFC 9110, 12.5.3).
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace geod::service
