// What geod writes of events and stations, for the peers in Python to judge.
//
//   geod_peer_events (quakeml|geojson|text) AUTHORITY < events, JSON, one a line
//   geod_peer_events store DATABASE < events   commits them to a new database
//   geod_peer_events read FILE                 prints the events of a QuakeML file, JSON, one a
//   line geod_peer_events stationxml LEVEL FILE     prints the inventory in FILE geod_peer_events
//   stationtext LEVEL FILE
#include <functional>
#include <iostream>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "catalog/event_text.hpp"
#include "catalog/geojson.hpp"
#include "catalog/quakeml_reader.hpp"
#include "catalog/quakeml_writer.hpp"
#include "catalog/station_xml_writer.hpp"
#include "storage/store.hpp"

namespace {

using namespace geod;           // NOLINT(google-build-using-namespace): a single-file program
using namespace geod::catalog;  // NOLINT(google-build-using-namespace)
using Json = nlohmann::json;

int complain(const Error& error) {
  std::cerr << error.what << '\n';
  return 1;
}

Time time_of(const Json& value) {
  return time_from_ns(value.get<std::int64_t>());
}

storage::StoredArrival arrival_of(const Json& json) {
  storage::StoredArrival stored;
  stored.arrival = {json["pick_id"],
                    json["phase"] == "P" ? Phase::kP : Phase::kS,
                    json["residual_s"],
                    json["distance_km"],
                    json["azimuth_deg"],
                    json["back_azimuth_residual_deg"],
                    json["weight"]};
  if (json.contains("fibre_id")) {
    storage::StoredFibrePick pick;
    pick.pick = {json["channel"],
                 json["channel"],
                 json["channel"],
                 1,
                 stored.arrival.phase,
                 time_of(json["time"]),
                 json["uncertainty_s"],
                 json["probability"]};
    pick.fibre_id = json["fibre_id"];
    stored.pick = pick;
    return stored;
  }
  storage::StoredPick pick;
  pick.pick.pick_id = json["pick_id"];
  pick.pick.instrument = {json["network"], json["station"], json["location"], "H", "H"};
  pick.pick.phase_hint = stored.arrival.phase;
  pick.pick.time = time_of(json["time"]);
  pick.pick.uncertainty_s = json["uncertainty_s"];
  pick.pick.probability = json["probability"];
  pick.pick.components = json["components"];
  pick.pick.model_id = json["model_id"];
  pick.pick.adapter_id = json["adapter_id"];
  const auto add = [&pick](EstimateValue value) {
    Estimate estimate;
    estimate.value = value;
    pick.estimates.push_back(estimate);
  };
  if (json.contains("up_probability")) {
    add(PolarityEstimate{json["up_probability"]});
    add(BackAzimuthEstimate{json["back_azimuth_deg"], json["back_azimuth_uncertainty_deg"]});
  }
  stored.pick = pick;
  return stored;
}

Magnitude magnitude_of(const Json& json) {
  Magnitude magnitude{MagnitudeType::kMl, json["value"], json["uncertainty"], json["stations"], {}};
  for (const Json& each : json["contributions"]) {
    StationMagnitude station;
    station.instrument = {each["network"], each["station"], each["location"], "H", "H"};
    station.value = each["value"];
    station.residual = each["residual"];
    station.weight = each["weight"];
    for (const char* component : {"N", "E"}) {
      Amplitude amplitude;
      amplitude.channel = {each["network"], each["station"], each["location"], "H", "H", component};
      amplitude.value_nm = each["amplitude_nm"];
      amplitude.period_s = each["period_s"];
      amplitude.time = time_of(each["time"]);
      amplitude.window_from = amplitude.time - std::chrono::seconds{10};
      amplitude.window_to = amplitude.time + std::chrono::seconds{10};
      amplitude.snr = 10.0;
      station.amplitudes.push_back(amplitude);
    }
    magnitude.contributions.push_back(station);
  }
  return magnitude;
}

ReviewedEvent review_of(const Json& json) {
  ReviewedEvent review;
  review.public_id = json["public_id"];
  review.origin_public_id = json["origin_public_id"];
  review.agency = json["text"];
  review.author = json["text"];
  review.type = json["type"];
  review.description = json["text"];
  review.evaluation_mode = json["mode"];
  review.evaluation_status = json["status"];
  review.time = time_of(json["time"]);
  review.latitude_deg = json["latitude"];
  review.longitude_deg = json["longitude"];
  review.magnitudes.push_back({json["magnitude_id"], json["text"], json["magnitude"], {}, {}});
  return review;
}

storage::StoredEvent event_of(const Json& json) {
  storage::StoredEvent stored;
  stored.event.event_id = json["event_id"];
  stored.event.version = json["version"];
  stored.event.status = json["withdrawn"] ? EventStatus::kWithdrawn : EventStatus::kFinal;
  Origin& origin = stored.event.origin;
  origin.time = time_of(json["time"]);
  origin.latitude_deg = json["latitude"];
  origin.longitude_deg = json["longitude"];
  origin.depth_km = json["depth_km"];
  origin.velocity_model = json["velocity_model"];
  origin.ellipse = {json["major_km"], 0.5, 30.0};
  stored.first_inserted = origin.time;
  stored.inserted = origin.time;
  for (const Json& arrival : json["arrivals"]) {
    stored.arrivals.push_back(arrival_of(arrival));
    stored.event.arrivals.push_back(stored.arrivals.back().arrival);
  }
  for (const Json& magnitude : json["magnitudes"]) {
    stored.event.magnitudes.push_back(magnitude_of(magnitude));
  }
  for (const Json& review : json["reviews"]) {
    stored.reviewed.push_back(review_of(review));
  }
  return stored;
}

void for_each_event(const std::function<void(const storage::StoredEvent&)>& take) {
  std::string line;
  while (std::getline(std::cin, line)) {
    take(event_of(Json::parse(line)));
  }
}

int print_quakeml(const std::string& authority) {
  QuakemlOptions options;
  options.authority = authority;
  options.agency = "XX";
  const auto writer = QuakemlWriter::make(options);
  if (!writer) {
    return complain(writer.error());
  }
  std::cout << writer->header(time_from_ns(0));
  for_each_event([&](const storage::StoredEvent& event) { std::cout << writer->event(event); });
  std::cout << writer->footer();
  return 0;
}

int print_geojson(const std::string& authority) {
  GeojsonWriter writer(authority);
  std::cout << writer.header(time_from_ns(0));
  for_each_event([&](const storage::StoredEvent& event) { std::cout << writer.feature(event); });
  std::cout << writer.footer();
  return 0;
}

int print_text(const std::string& authority) {
  std::cout << event_text_header();
  for_each_event([&](const storage::StoredEvent& event) {
    std::cout << event_text_line(event, {authority, "geod"});
  });
  return 0;
}

/// The rows of an event; fibres have none here.
void add_rows(const storage::StoredEvent& stored, storage::Batch& batch) {
  const std::string hash(64, 'a');
  for (const storage::StoredArrival& arrival : stored.arrivals) {
    auto of_station = std::get<storage::StoredPick>(arrival.pick);
    Pick& pick = of_station.pick;
    pick.model_hash = hash;
    pick.adapter_hash = pick.adapter_id.empty() ? "" : hash;
    for (Estimate& estimate : of_station.estimates) {
      estimate.pick_id = pick.pick_id;
      estimate.instrument = pick.instrument;
      estimate.pick_time = pick.time;
      estimate.windows = 1;
      estimate.model_id = pick.model_id;
      estimate.model_hash = hash;
      estimate.adapter_id = "scalar-1";
      estimate.adapter_hash = hash;
      batch.estimates.push_back(estimate);
    }
    batch.picks.push_back(pick);
  }
  batch.event_changes.push_back({stored.event, "", ""});
}

int store_events(const std::string& database) {
  const SystemClock clock;
  storage::StoreOptions options;
  options.file = database;
  options.version = "peer";
  auto store = storage::Store::open(options, clock);
  if (!store) {
    return complain(store.error());
  }
  storage::Batch batch;
  for_each_event([&](const storage::StoredEvent& event) { add_rows(event, batch); });
  const auto committed = store->commit(batch);
  if (!committed) {
    return complain(committed.error());
  }
  if (committed->refused_rows > 0) {
    return complain({Errc::kConfig, committed->first_refusal});
  }
  const auto closed = store->close("peer", "{}");
  return closed ? 0 : complain(closed.error());
}

template <class Value>
Json json_of(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json json_of(const ReviewedEvent& event) {
  Json arrivals = Json::array();
  for (const ReviewedArrival& arrival : event.arrivals) {
    arrivals.push_back({{"pick", arrival.pick_public_id},
                        {"channel", arrival.channel.seed_id()},
                        {"phase", arrival.phase_hint},
                        {"time", to_ns(arrival.time)},
                        {"uncertainty_s", json_of(arrival.uncertainty_s)},
                        {"polarity", arrival.polarity},
                        {"mode", arrival.evaluation_mode},
                        {"residual_s", json_of(arrival.residual_s)},
                        {"distance_km", json_of(arrival.distance_km)},
                        {"azimuth_deg", json_of(arrival.azimuth_deg)},
                        {"weight", json_of(arrival.weight)}});
  }
  Json magnitudes = Json::array();
  for (const ReviewedMagnitude& magnitude : event.magnitudes) {
    magnitudes.push_back({{"id", magnitude.public_id},
                          {"type", magnitude.type},
                          {"value", magnitude.value},
                          {"uncertainty", json_of(magnitude.uncertainty)},
                          {"stations", json_of(magnitude.stations)}});
  }
  return {{"id", event.public_id},
          {"origin", event.origin_public_id},
          {"agency", event.agency},
          {"author", event.author},
          {"type", event.type},
          {"description", event.description},
          {"mode", event.evaluation_mode},
          {"status", event.evaluation_status},
          {"time", to_ns(event.time)},
          {"latitude", event.latitude_deg},
          {"longitude", event.longitude_deg},
          {"depth_km", json_of(event.depth_km)},
          {"standard_error_s", json_of(event.standard_error_s)},
          {"gap_deg", json_of(event.azimuthal_gap_deg)},
          {"arrivals", std::move(arrivals)},
          {"magnitudes", std::move(magnitudes)}};
}

int print_read(const std::string& file) {
  const auto content = read_quakeml(file);
  if (!content) {
    return complain(content.error());
  }
  for (const ReviewedEvent& event : content->events) {
    std::cout << json_of(event).dump() << '\n';
  }
  for (const Error& fault : content->faults) {
    std::cerr << fault.what << '\n';
  }
  return 0;
}

int print_stations(std::string_view what, const std::string& level, const std::string& file) {
  const auto parsed = parse_station_level(level);
  const auto inventory = read_inventory(file);
  if (!parsed || !inventory) {
    return complain(!parsed ? parsed.error() : inventory.error());
  }
  const auto print = [](std::string_view piece) { std::cout << piece; };
  if (what == "stationxml") {
    write_station_xml(*inventory, *parsed, {"XX", "geod", time_from_ns(0)}, print);
    return 0;
  }
  const auto done = write_station_text(*inventory, *parsed, print);
  return done ? 0 : complain(done.error());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 2 ? argv[1] : "";
  if (what == "quakeml") {
    return print_quakeml(argv[2]);
  }
  if (what == "geojson") {
    return print_geojson(argv[2]);
  }
  if (what == "text") {
    return print_text(argv[2]);
  }
  if (what == "store") {
    return store_events(argv[2]);
  }
  if (what == "read") {
    return print_read(argv[2]);
  }
  if (argc == 4 && (what == "stationxml" || what == "stationtext")) {
    return print_stations(what, argv[2], argv[3]);
  }
  std::cerr << "usage: geod_peer_events quakeml|geojson|text AUTHORITY | store DATABASE | "
               "read FILE | stationxml|stationtext LEVEL FILE\n";
  return 2;
}
