#include "config/schema_parts.hpp"

namespace geod::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMaxInventoryFiles = 1000;
constexpr std::size_t kMaxFibres = 256;
constexpr std::size_t kMaxStations = 10'000;

void describe_place(Visitor& visitor, FibrePlaceConfig& config) {
  visitor.scalar("positions",
                 required(path(config.positions)),
                 "CSV of channel,latitude,longitude,elevation_m below a header of these names, "
                 "ascending in channel; in between it is interpolated.");
}

void describe_station(Visitor& visitor, CatalogStationConfig& config) {
  visitor.scalar("ml_correction",
                 number(config.ml_correction, -3.0, 3.0),
                 "Added to what the station says of the local magnitude.");
  visitor.scalar("p_delay_s",
                 number(config.p_delay_s, -5.0, 5.0),
                 "How much later P comes there than the velocity model says.");
  visitor.scalar("s_delay_s", number(config.s_delay_s, -10.0, 10.0), "The same of S.");
}

}  // namespace

void describe_catalog(Visitor& visitor, CatalogConfig& config) {
  visitor.scalar("enabled",
                 flag(config.enabled),
                 "Make events of picks; it takes an inventory. Without, picks are stored alone.");
  visitor.texts("inventory",
                config.inventory,
                Kind::kPath,
                kMaxInventoryFiles,
                "Where the stations are: files of StationXML, or of CSV (docs/association.md). "
                "They are read again when they change.");
  visitor.table("fibres",
                named_items_of(config.fibres, kMaxFibres, describe_place),
                "Where fibres lie, by their id on the wire (NET.CABLE); goes before what their "
                "publishers tell in dasmeta/1. One of which neither says it is looked at, and "
                "takes no part in the association.");
  visitor.table("stations",
                named_items_of(config.stations, kMaxStations, describe_station),
                "What is known of a station (NET.STA) beside where it stands.");
  visitor.scalar("velocity_model",
                 choice<std::string>(
                     config.velocity_model,
                     {{"iasp91", "iasp91"}, {"ak135", "ak135"}, {"continental", "continental"}}),
                 "Velocities of the earth that travel times are computed with.");
  visitor.scalar("velocity_file",
                 path(config.velocity_file),
                 "File of `depth vp vs` lines (km, km/s) that takes the place of velocity_model; "
                 "empty: none.");
  visitor.scalar("min_phases", integer(config.min_phases, 3, 1000), "Fewest picks of an event.");
  visitor.scalar("min_stations",
                 integer(config.min_stations, 2, 1000),
                 "Fewest stations of an event; a fibre is one. A network of at most three may tell "
                 "of less, where a back-azimuth says whence.");
  visitor.scalar("fixed_depth_km",
                 number(config.fixed_depth_km, 0.0, 300.0),
                 "Depth in km of events whose picks do not tell it.");
  visitor.scalar("max_depth_km",
                 number(config.max_depth_km, 1.0, 300.0),
                 "Depth in km down to which events are searched.");
  visitor.scalar("margin_km",
                 number(config.margin_km, 0.0, 300.0),
                 "How far outside of the network, in km, events are searched. They may come to lie "
                 "120 km from the nearest station, or three margins where that is farther.");
  visitor.scalar("update_interval",
                 duration(config.update_interval, milliseconds{10}, minutes{10}),
                 "An event is told again at most this often.");
  visitor.scalar("station_timeout",
                 duration(config.station_timeout, seconds{1}, hours{1}),
                 "Data time by which a station may lag behind the newest before events become "
                 "final without it; its picks still count when they come.");
  visitor.scalar("reopen",
                 duration(config.reopen, minutes{10}, hours{24}),
                 "Data time after newer picks for which late ones still change events.");
}

}  // namespace geod::config
