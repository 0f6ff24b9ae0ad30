#include "service/event_body.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace geod::service {
namespace {

/// Read and written at a time. With all arrivals and amplitudes an event of a large network has
/// some hundred kB of QuakeML.
constexpr std::size_t kEventsAtATime = 50;

Time now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace

std::string content_type_of(EventFormat format) {
  switch (format) {
    case EventFormat::kText:
      return "text/plain; charset=utf-8";
    case EventFormat::kGeojson:
      return "application/json";
    case EventFormat::kXml:
      break;
  }
  return "application/xml";
}

Result<std::unique_ptr<EventBody>> EventBody::make(ReaderPool& readers,
                                                   const EventRequest& request,
                                                   std::vector<std::string> ids,
                                                   const std::string& agency_id) {
  catalog::QuakemlOptions options;
  options.authority = agency_id;
  options.agency = agency_id;
  options.all_origins = request.all_origins;
  options.all_magnitudes = request.all_magnitudes;
  options.arrivals = request.arrivals;
  auto quakeml = catalog::QuakemlWriter::make(std::move(options));
  if (!quakeml) {
    return tl::unexpected(quakeml.error());
  }
  return std::unique_ptr<EventBody>(
      new EventBody(readers, request, std::move(ids), agency_id, std::move(*quakeml)));
}

EventBody::EventBody(ReaderPool& readers,
                     const EventRequest& request,
                     std::vector<std::string> ids,
                     const std::string& agency_id,
                     catalog::QuakemlWriter quakeml)
    : readers_(readers),
      request_(request),
      ids_(std::move(ids)),
      quakeml_(std::move(quakeml)),
      text_{agency_id},
      geojson_(agency_id) {}

Result<std::optional<std::string>> EventBody::next() {
  if (is_ended_) {
    return std::nullopt;
  }
  std::string piece = std::exchange(is_begun_, true) ? std::string() : header();
  if (given_ < ids_.size()) {
    const std::size_t count = std::min(kEventsAtATime, ids_.size() - given_);
    const auto first = ids_.begin() + static_cast<std::ptrdiff_t>(given_);
    auto reader = readers_.take();
    if (!reader) {
      return tl::unexpected(reader.error());
    }
    auto written = page(*reader, {first, first + static_cast<std::ptrdiff_t>(count)});
    if (!written) {
      return tl::unexpected(written.error());
    }
    given_ += count;
    piece += *written;
  }
  if (given_ == ids_.size()) {
    is_ended_ = true;
    piece += footer();
  }
  return piece.empty() ? next() : std::optional(std::move(piece));
}

Result<std::string> EventBody::page(ReaderPool::Lease& reader, std::vector<std::string> ids) {
  storage::EventQuery query;
  query.event_ids = std::move(ids);
  query.with_withdrawn = true;
  query.order = request_.query.order;
  const bool is_xml = request_.format == EventFormat::kXml;
  query.with_arrivals = is_xml && request_.arrivals;
  query.with_contributions = is_xml;
  std::vector<storage::StoredEvent> events;
  const auto read = reader->events(query, [&events](std::span<const storage::StoredEvent> page) {
    events.insert(events.end(), page.begin(), page.end());
    return true;
  });
  if (!read) {
    return tl::unexpected(read.error());
  }
  std::string out;
  for (const storage::StoredEvent& stored : events) {
    auto written = write(reader, stored);
    if (!written) {
      return written;
    }
    out += *written;
  }
  return out;
}

Result<std::string> EventBody::write(ReaderPool::Lease& reader,
                                     const storage::StoredEvent& stored) {
  if (request_.format == EventFormat::kText) {
    return catalog::event_text_line(stored, text_);
  }
  if (request_.format == EventFormat::kGeojson) {
    return geojson_.feature(stored);
  }
  std::vector<storage::StoredVersion> versions;
  if (request_.all_origins && stored.event.version > 1) {
    auto all = reader->event_versions(stored.event.event_id);
    if (!all) {
      return tl::unexpected(all.error());
    }
    versions = std::move(*all);
  }
  return quakeml_.event(stored, versions);
}

std::string EventBody::header() const {
  switch (request_.format) {
    case EventFormat::kText:
      return catalog::event_text_header();
    case EventFormat::kGeojson:
      return geojson_.header(now());
    case EventFormat::kXml:
      break;
  }
  return quakeml_.header(now());
}

std::string EventBody::footer() const {
  switch (request_.format) {
    case EventFormat::kText:
      return {};
    case EventFormat::kGeojson:
      return geojson_.footer();
    case EventFormat::kXml:
      break;
  }
  return quakeml_.footer();
}

}  // namespace geod::service
