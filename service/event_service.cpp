#include "service/event_service.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "catalog/event_summary.hpp"
#include "core/log.hpp"
#include "service/error_response.hpp"
#include "service/event_body.hpp"
#include "service/event_request.hpp"

namespace geod::service {
namespace {

constexpr const char* kXml = "application/xml";
/// Of the FDSN specification that this speaks.
constexpr const char* kServiceVersion = "1.2.0";
/// The one catalogue that there is, as the text format names it.
constexpr std::string_view kCatalog = "geod";

bool names(const std::vector<std::string>& wanted, std::string_view name) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

/// Ids of what is asked for, at most one more than may be answered.
Result<std::vector<std::string>> find_events(ReaderPool& readers,
                                             const EventRequest& request,
                                             std::size_t max_events) {
  std::vector<std::string> ids;
  auto reader = readers.take();
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  const std::size_t wanted = std::min(request.limit.value_or(max_events + 1), max_events + 1);
  std::size_t skip = request.skip;
  storage::EventQuery query = request.query;
  if (request.types.empty()) {  // the database counts
    query.offset = std::exchange(skip, 0);
    query.limit = wanted;
  }
  const auto is_passed_over = [&](const storage::StoredEvent& stored) {
    const bool is_of_type =
        request.types.empty() || names(request.types, catalog::summary_of(stored).type);
    return !is_of_type || (skip > 0 && skip-- > 0);
  };
  const auto read = (*reader)->events(query, [&](std::span<const storage::StoredEvent> page) {
    for (const storage::StoredEvent& stored : page) {
      if (is_passed_over(stored)) {
        continue;
      }
      if (ids.size() == wanted || readers.is_closed()) {
        return false;
      }
      ids.push_back(stored.event.version > 0 ? stored.event.event_id
                                             : stored.reviewed.front().public_id);
    }
    return true;
  });
  if (!read) {
    return tl::unexpected(read.error());
  }
  return ids;
}

HttpResponse refuse(const HttpRequest& request, const Error& error) {
  if (error.code == Errc::kConfig) {
    return error_response(400, request, error.what);
  }
  spdlog::warn("msg=\"a query failed\" code={} reason=\"{}\"", to_string(error.code), error.what);
  return error_response(503, request, "The catalogue cannot be read now: " + error.what);
}

HttpResponse answer_query(const HttpRequest& request,
                          ReaderPool& readers,
                          const EventServiceOptions& options) {
  auto parameters = Parameters::read(request, event_parameters());
  if (!parameters) {
    return error_response(400, request, parameters.error().what);
  }
  const EventRequest asked = EventRequest::read(*parameters);
  if (parameters->fault()) {
    return error_response(400, request, parameters->fault()->what);
  }
  if (!names(asked.catalogs, kCatalog) || !names(asked.contributors, options.agency_id)) {
    return no_data(request, *parameters);
  }
  auto ids = find_events(readers, asked, options.max_events);
  if (!ids) {
    return refuse(request, ids.error());
  }
  if (ids->empty()) {
    return no_data(request, *parameters);
  }
  if (ids->size() > options.max_events) {
    return error_response(
        413,
        request,
        fmt::format("More than {} events fit the request. Narrow it, or ask for parts with limit "
                    "and offset.",
                    options.max_events));
  }
  auto body = EventBody::make(readers, asked, std::move(*ids), options.agency_id);
  if (!body) {
    return refuse(request, body.error());
  }
  HttpResponse response;
  response.content_type = content_type_of(asked.format);
  auto first = (*body)->next();
  if (!first) {
    return refuse(request, first.error());
  }
  response.body = std::move(**first);
  auto second = (*body)->next();
  if (!second) {
    return refuse(request, second.error());
  }
  if (*second) {
    response.body += **second;
    response.more = std::move(*body);
  }
  return response;
}

/// `<Catalogs><Catalog>geod</Catalog></Catalogs>`.
HttpResponse name_list(std::string_view element, const std::string& name) {
  HttpResponse response;
  response.content_type = kXml;
  response.body =
      fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{0}s>\n  <{0}>{1}</{0}>\n</{0}s>\n",
                  element,
                  name);
  return response;
}

}  // namespace

void add_event_routes(Router& router, ReaderPool& readers, EventServiceOptions options) {
  const std::string folder = "/fdsnws/event/1/";
  router.add_query(folder + "query", [&readers, options](const HttpRequest& request) {
    return answer_query(request, readers, options);
  });
  router.add_quick(folder + "application.wadl", [](const HttpRequest& request) {
    static constexpr std::array<std::string_view, 3> kOthers{"catalogs", "contributors", "version"};
    HttpResponse response;
    response.content_type = kXml;
    response.body = wadl(request.base_url, "event", event_parameters(), kOthers);
    return response;
  });
  router.add_quick(folder + "version", [](const HttpRequest&) {
    HttpResponse response;
    response.body = std::string(kServiceVersion) + "\n";
    return response;
  });
  router.add_quick(folder + "catalogs",
                   [](const HttpRequest&) { return name_list("Catalog", std::string(kCatalog)); });
  router.add_quick(folder + "contributors", [options](const HttpRequest&) {
    return name_list("Contributor", options.agency_id);
  });
}

}  // namespace geod::service
