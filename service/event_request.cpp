#include "service/event_request.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "catalog/public_ids.hpp"

namespace geod::service {
namespace {

using storage::EventOrder;

constexpr std::array<std::string_view, 4> kOrders{"time", "time-asc", "magnitude", "magnitude-asc"};
constexpr std::array<std::string_view, 4> kFormats{"xml", "text", "json", "geojson"};
constexpr std::array<std::string_view, 2> kNoData{"204", "404"};
constexpr std::size_t kMaxEventIds = 1000;
constexpr double kDeepestKm = 6371.0;
constexpr double kHighestKm = -100.0;
/// Degrees of the FDSN services as kilometres: of a sphere with the volume of the earth.
constexpr double kKmPerDeg = 111.195;

EventOrder order_of(const std::string& word) {
  return word == "time-asc"        ? EventOrder::kTime
         : word == "magnitude"     ? EventOrder::kMagnitudeDescending
         : word == "magnitude-asc" ? EventOrder::kMagnitude
                                   : EventOrder::kTimeDescending;
}

void read_place(Parameters& parameters, storage::EventQuery& query) {
  storage::Region region;
  region.min_latitude_deg = parameters.number("minlatitude", -90.0, 90.0).value_or(-90.0);
  region.max_latitude_deg = parameters.number("maxlatitude", -90.0, 90.0).value_or(90.0);
  region.min_longitude_deg = parameters.number("minlongitude", -180.0, 180.0).value_or(-180.0);
  region.max_longitude_deg = parameters.number("maxlongitude", -180.0, 180.0).value_or(180.0);
  if (parameters.has("minlatitude") || parameters.has("maxlatitude") ||
      parameters.has("minlongitude") || parameters.has("maxlongitude")) {
    query.region = region;
  }
  if (region.min_latitude_deg > region.max_latitude_deg) {
    parameters.add_fault("minlatitude lies above maxlatitude.");
  }
  if (const auto radius = read_radius(parameters)) {
    query.circle = storage::Circle{radius->latitude_deg,
                                   radius->longitude_deg,
                                   radius->min_deg * kKmPerDeg,
                                   radius->max_deg * kKmPerDeg};
    if (radius->max_deg >= 180.0) {  // no place is farther, whatever the shape of the earth
      query.circle->max_radius_km = std::numeric_limits<double>::max();
    }
  }
  query.min_depth_km = parameters.number("mindepth", kHighestKm, kDeepestKm);
  query.max_depth_km = parameters.number("maxdepth", kHighestKm, kDeepestKm);
}

/// Our own ids of 16 digits, also out of the resource identifiers that we write.
void read_ids(Parameters& parameters, storage::EventQuery& query) {
  for (const std::string& id : parameters.list("eventid")) {
    query.event_ids.push_back(catalog::PublicIds::event_id_of(id).value_or(id));
  }
  if (query.event_ids.size() > kMaxEventIds) {
    parameters.add_fault("eventid: too many ids; ask for at most 1000 at a time.");
  }
}

}  // namespace

std::span<const ParameterInfo> event_parameters() {
  static constexpr std::array kParameters{
      ParameterInfo{"starttime", "start", "xs:dateTime"},
      ParameterInfo{"endtime", "end", "xs:dateTime"},
      ParameterInfo{"minlatitude", "minlat", "xs:double", "-90"},
      ParameterInfo{"maxlatitude", "maxlat", "xs:double", "90"},
      ParameterInfo{"minlongitude", "minlon", "xs:double", "-180"},
      ParameterInfo{"maxlongitude", "maxlon", "xs:double", "180"},
      ParameterInfo{"latitude", "lat", "xs:double", "0"},
      ParameterInfo{"longitude", "lon", "xs:double", "0"},
      ParameterInfo{"minradius", "", "xs:double", "0"},
      ParameterInfo{"maxradius", "", "xs:double", "180"},
      ParameterInfo{"mindepth", "", "xs:double"},
      ParameterInfo{"maxdepth", "", "xs:double"},
      ParameterInfo{"minmagnitude", "minmag", "xs:double"},
      ParameterInfo{"maxmagnitude", "maxmag", "xs:double"},
      ParameterInfo{"magnitudetype", "magtype", "xs:string"},
      ParameterInfo{"eventtype", "", "xs:string"},
      ParameterInfo{"includeallorigins", "", "xs:boolean", "false"},
      ParameterInfo{"includeallmagnitudes", "", "xs:boolean", "false"},
      ParameterInfo{"includearrivals", "", "xs:boolean", "false"},
      ParameterInfo{"eventid", "", "xs:string"},
      ParameterInfo{"limit", "", "xs:int"},
      ParameterInfo{"offset", "", "xs:int", "1"},
      ParameterInfo{"orderby", "", "xs:string", "time", "time,time-asc,magnitude,magnitude-asc"},
      ParameterInfo{"catalog", "", "xs:string"},
      ParameterInfo{"contributor", "", "xs:string"},
      ParameterInfo{"updatedafter", "", "xs:dateTime"},
      ParameterInfo{"format", "", "xs:string", "xml", "xml,text,json,geojson"},
      ParameterInfo{"nodata", "", "xs:int", "204", "204,404"}};
  return kParameters;
}

EventRequest EventRequest::read(Parameters& parameters) {
  EventRequest request;
  storage::EventQuery& query = request.query;
  query.from = parameters.time("starttime");
  query.to = parameters.time("endtime");
  if (query.from && query.to && *query.from > *query.to) {
    parameters.add_fault("starttime lies after endtime.");
  }
  if (query.to && *query.to < Time::max()) {
    *query.to += Duration{1};  // FDSN counts the end in
  }
  read_place(parameters, query);
  query.min_magnitude = parameters.number("minmagnitude", -10.0, 15.0);
  query.max_magnitude = parameters.number("maxmagnitude", -10.0, 15.0);
  query.magnitude_type = parameters.text("magnitudetype");
  query.updated_after = parameters.time("updatedafter");
  read_ids(parameters, query);
  // Who asks for one event, or for what changed, is told that an event was withdrawn.
  query.with_withdrawn = !query.event_ids.empty() || query.updated_after.has_value();
  query.order = order_of(parameters.one_of("orderby", kOrders));

  constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
  request.skip = static_cast<std::size_t>(parameters.integer("offset", 1, kMax).value_or(1) - 1);
  if (const auto limit = parameters.integer("limit", 1, kMax)) {
    request.limit = static_cast<std::size_t>(*limit);
  }
  request.types = parameters.list("eventtype");
  request.catalogs = parameters.list("catalog");
  request.contributors = parameters.list("contributor");
  request.all_origins = parameters.flag("includeallorigins");
  request.all_magnitudes = parameters.flag("includeallmagnitudes");
  request.arrivals = parameters.flag("includearrivals");
  const std::string format = parameters.one_of("format", kFormats);
  request.format = format == "xml"    ? EventFormat::kXml
                   : format == "text" ? EventFormat::kText
                                      : EventFormat::kGeojson;
  parameters.one_of("nodata", kNoData);
  return request;
}

}  // namespace geod::service
