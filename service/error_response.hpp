#pragma once

#include <string_view>

#include "service/http_message.hpp"

namespace geod::service {

/// The plain text that FDSN services answer with when they refuse (FDSN web services 1.2, 4.3):
/// what is wrong, where the usage is told, the request, when it came, and the version.
HttpResponse error_response(int status, const HttpRequest& request, std::string_view detail);

}  // namespace geod::service
