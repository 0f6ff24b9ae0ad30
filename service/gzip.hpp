#pragma once

#include "core/error.hpp"
#include "service/http_message.hpp"

namespace geod::service {

/// `response` with its body as gzip (RFC 1952), piece by piece as the body is. Errors: kIo when
/// there is no memory for it. Thread: one of the query threads.
Result<HttpResponse> compressed(HttpResponse response);

}  // namespace geod::service
