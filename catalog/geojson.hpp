#pragma once

#include <string>

#include "core/time.hpp"
#include "storage/event_query.hpp"

namespace geod::catalog {

/// Writes events as GeoJSON (RFC 7946): a FeatureCollection of points [longitude, latitude, depth
/// in km], with the properties of the USGS feeds (mag, magType, place, time and updated in ms since
/// 1970, status "automatic", "reviewed" or "deleted", type, nst, gap, rms, dmin in degrees, net,
/// code, ids, title) and, under "geod", what those lack: version, quality, ellipse, and the newest
/// automatic solution's status. Unknown values are null.
///
/// header(), then feature() for each event, then footer(). Thread-confined: it knows whether a
/// comma is due.
class GeojsonWriter {
 public:
  /// `agency` becomes "net"; may be empty.
  explicit GeojsonWriter(std::string agency) : agency_(std::move(agency)) {}

  std::string header(Time generated) const;
  std::string feature(const storage::StoredEvent& stored);
  std::string footer() const;

 private:
  const std::string agency_;
  bool is_first_ = true;
};

}  // namespace geod::catalog
