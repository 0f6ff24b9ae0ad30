#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "catalog/event_text.hpp"
#include "catalog/geojson.hpp"
#include "catalog/quakeml_writer.hpp"
#include "service/event_request.hpp"
#include "service/http_message.hpp"
#include "service/reader_pool.hpp"

namespace geod::service {

/// Events of given ids as QuakeML, text or GeoJSON, some at a time: what is in memory does not grow
/// with the answer.
class EventBody final : public BodySource {
 public:
  /// `readers` outlives this. `ids` in the order of `request`. kConfig when the agency cannot be an
  /// authority of ids.
  static Result<std::unique_ptr<EventBody>> make(ReaderPool& readers,
                                                 const EventRequest& request,
                                                 std::vector<std::string> ids,
                                                 const std::string& agency_id);

  Result<std::optional<std::string>> next() override;

 private:
  EventBody(ReaderPool& readers,
            const EventRequest& request,
            std::vector<std::string> ids,
            const std::string& agency_id,
            catalog::QuakemlWriter quakeml);
  Result<std::string> page(ReaderPool::Lease& reader, std::vector<std::string> ids);
  Result<std::string> write(ReaderPool::Lease& reader, const storage::StoredEvent& stored);
  std::string header() const;
  std::string footer() const;

  ReaderPool& readers_;
  const EventRequest request_;
  const std::vector<std::string> ids_;
  std::size_t given_ = 0;
  bool is_begun_ = false;
  bool is_ended_ = false;
  const catalog::QuakemlWriter quakeml_;
  const catalog::EventTextOptions text_;
  catalog::GeojsonWriter geojson_;
};

/// The content type of a format.
std::string content_type_of(EventFormat format);

}  // namespace geod::service
