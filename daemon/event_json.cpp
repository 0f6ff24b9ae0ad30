#include "daemon/event_json.hpp"

#include <optional>
#include <variant>

#include <nlohmann/json.hpp>

#include "storage/preferred_event.hpp"

namespace geod {
namespace {

using Json = nlohmann::ordered_json;

Json iso(Time time) {
  return to_iso(time, 6);
}
template <class Value>
Json known(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json json_of(const Origin& origin) {
  return {{"time", iso(origin.time)},
          {"time_sigma_s", origin.time_sigma_s},
          {"latitude", origin.latitude_deg},
          {"longitude", origin.longitude_deg},
          {"depth_km", origin.depth_km},
          {"depth_sigma_km", origin.depth_sigma_km},
          {"depth_is_fixed", origin.depth_is_fixed},
          {"ellipse_major_km", origin.ellipse.major_km},
          {"ellipse_minor_km", origin.ellipse.minor_km},
          {"ellipse_azimuth_deg", origin.ellipse.major_azimuth_deg},
          {"standard_error_s", origin.standard_error_s},
          {"azimuthal_gap_deg", origin.azimuthal_gap_deg},
          {"nearest_station_km", origin.nearest_station_km},
          {"phases", origin.phases},
          {"stations", origin.stations},
          {"quality", to_string(origin.quality)},
          {"velocity_model", origin.velocity_model}};
}

Json json_of(const EstimateValue& value) {
  if (const auto* polarity = std::get_if<PolarityEstimate>(&value)) {
    return {{"up_probability", polarity->up_probability}};
  }
  if (const auto* bearing = std::get_if<BackAzimuthEstimate>(&value)) {
    return {{"back_azimuth_deg", bearing->back_azimuth_deg},
            {"uncertainty_deg", bearing->uncertainty_deg}};
  }
  if (const auto* size = std::get_if<NeuralMagnitudeEstimate>(&value)) {
    return {{"magnitude", size->magnitude}, {"uncertainty", size->uncertainty}};
  }
  const auto& distance = std::get<DistanceEstimate>(value);
  return {{"distance_km", distance.distance_km}, {"uncertainty_km", distance.uncertainty_km}};
}

void add_pick(Json& row, const storage::StoredPick& stored) {
  const Pick& pick = stored.pick;
  row["network"] = pick.instrument.network;
  row["station"] = pick.instrument.station;
  row["location"] = pick.instrument.location;
  row["channel"] = pick.instrument.band + pick.instrument.source;
  row["time"] = iso(pick.time);
  row["uncertainty_s"] = pick.uncertainty_s;
  row["probability"] = pick.probability;
  row["model_id"] = pick.model_id;
  row["adapter_id"] = pick.adapter_id;
  Json estimates = Json::object();
  for (const Estimate& estimate : stored.estimates) {
    Json& told = estimates[std::string(task_of(estimate.value))] = json_of(estimate.value);
    told["adapter_id"] = estimate.adapter_id;
  }
  row["estimates"] = std::move(estimates);
}

void add_pick(Json& row, const storage::StoredFibrePick& stored) {
  row["fibre"] = stored.fibre_id;
  row["detection_id"] = stored.detection_id;
  row["channel"] = stored.pick.channel;
  row["first_channel"] = stored.pick.first_channel;
  row["last_channel"] = stored.pick.last_channel;
  row["time"] = iso(stored.pick.time);
  row["uncertainty_s"] = stored.pick.uncertainty_s;
  row["probability"] = stored.pick.probability;
  row["model_id"] = stored.model_id;
  row["adapter_id"] = stored.adapter_id;
}

Json json_of(const storage::StoredArrival& stored) {
  const OriginArrival& arrival = stored.arrival;
  Json row{{"pick_id", arrival.pick_id},
           {"phase", to_string(arrival.phase)},
           {"residual_s", arrival.residual_s},
           {"weight", arrival.weight},
           {"distance_km", arrival.distance_km},
           {"azimuth_deg", arrival.azimuth_deg},
           {"back_azimuth_residual_deg", arrival.back_azimuth_residual_deg}};
  std::visit([&](const auto& pick) { add_pick(row, pick); }, stored.pick);
  return row;
}

Json json_of(const Amplitude& amplitude) {
  return {{"channel", amplitude.channel.seed_id()},
          {"value_nm", amplitude.value_nm},
          {"period_s", amplitude.period_s},
          {"time", iso(amplitude.time)},
          {"snr", amplitude.snr},
          {"use", to_string(amplitude.use)}};
}

Json json_of(const StationMagnitude& part) {
  Json amplitudes = Json::array();
  for (const Amplitude& amplitude : part.amplitudes) {
    amplitudes.push_back(json_of(amplitude));
  }
  return {{"instrument", part.instrument.to_string()},
          {"value", part.value},
          {"residual", part.residual},
          {"weight", part.weight},
          {"pick_id", part.pick_id},
          {"amplitudes", std::move(amplitudes)}};
}

Json json_of(const Magnitude& magnitude) {
  Json stations = Json::array();
  for (const StationMagnitude& part : magnitude.contributions) {
    stations.push_back(json_of(part));
  }
  return {{"type", to_string(magnitude.type)},
          {"value", magnitude.value},
          {"uncertainty", magnitude.uncertainty},
          {"stations", magnitude.stations},
          {"station_magnitudes", std::move(stations)}};
}

Json json_of(const ReviewedArrival& arrival) {
  return {{"pick_public_id", arrival.pick_public_id},
          {"channel", arrival.channel.seed_id()},
          {"phase", arrival.phase_hint},
          {"time", iso(arrival.time)},
          {"uncertainty_s", known(arrival.uncertainty_s)},
          {"polarity", arrival.polarity},
          {"evaluation_mode", arrival.evaluation_mode},
          {"residual_s", known(arrival.residual_s)},
          {"distance_km", known(arrival.distance_km)},
          {"azimuth_deg", known(arrival.azimuth_deg)},
          {"weight", known(arrival.weight)}};
}

Json json_of(const ReviewedEvent& review) {
  Json arrivals = Json::array();
  for (const ReviewedArrival& arrival : review.arrivals) {
    arrivals.push_back(json_of(arrival));
  }
  Json magnitudes = Json::array();
  for (const ReviewedMagnitude& magnitude : review.magnitudes) {
    magnitudes.push_back({{"public_id", magnitude.public_id},
                          {"type", magnitude.type},
                          {"value", magnitude.value},
                          {"uncertainty", known(magnitude.uncertainty)},
                          {"stations", known(magnitude.stations)}});
  }
  return {{"public_id", review.public_id},
          {"origin_public_id", review.origin_public_id},
          {"agency", review.agency},
          {"author", review.author},
          {"created", review.created ? iso(*review.created) : Json()},
          {"type", review.type},
          {"description", review.description},
          {"evaluation_mode", review.evaluation_mode},
          {"evaluation_status", review.evaluation_status},
          {"time", iso(review.time)},
          {"latitude", review.latitude_deg},
          {"longitude", review.longitude_deg},
          {"depth_km", known(review.depth_km)},
          {"standard_error_s", known(review.standard_error_s)},
          {"azimuthal_gap_deg", known(review.azimuthal_gap_deg)},
          {"arrivals", std::move(arrivals)},
          {"magnitudes", std::move(magnitudes)}};
}

Json json_of(const storage::StoredVersion& stored) {
  const EventVersion& event = stored.change.event;
  Json magnitudes = Json::array();
  for (const Magnitude& magnitude : event.magnitudes) {
    magnitudes.push_back({{"type", to_string(magnitude.type)}, {"value", magnitude.value}});
  }
  return {{"version", event.version},
          {"version_key", stored.version_key},
          {"status", to_string(event.status)},
          {"inserted", iso(stored.inserted)},
          {"origin", json_of(event.origin)},
          {"magnitudes", std::move(magnitudes)},
          {"split_from", stored.change.split_from},
          {"merged_into", stored.change.merged_into}};
}

Json json_of(const storage::PreferredEvent& preferred) {
  return {{"is_reviewed", preferred.is_reviewed},
          {"is_withdrawn", preferred.is_withdrawn},
          {"time", iso(preferred.time)},
          {"latitude", preferred.latitude_deg},
          {"longitude", preferred.longitude_deg},
          {"depth_km", known(preferred.depth_km)},
          {"magnitude", known(preferred.magnitude)},
          {"magnitude_type", preferred.magnitude_type},
          {"magnitude_uncertainty", known(preferred.magnitude_uncertainty)},
          {"magnitude_stations", known(preferred.magnitude_stations)}};
}

template <class Item>
Json list_of(const std::vector<Item>& items) {
  Json list = Json::array();
  for (const Item& item : items) {
    list.push_back(json_of(item));
  }
  return list;
}

}  // namespace

std::string event_json(const storage::StoredEvent& stored,
                       const std::vector<storage::StoredVersion>& versions) {
  const EventVersion& event = stored.event;
  const bool is_ours = event.version > 0;
  Json json;
  json["event_id"] = event.event_id;
  json["event_key"] = stored.event_key;
  json["version"] = event.version;
  json["status"] = is_ours ? Json(to_string(event.status)) : Json();
  json["kind"] = is_ours ? Json(to_string(event.kind)) : Json();
  json["log_odds"] = is_ours ? Json(event.log_odds) : Json();
  json["first_inserted"] = iso(stored.first_inserted);
  json["inserted"] = iso(stored.inserted);
  json["split_from"] = stored.split_from;
  json["merged_into"] = stored.merged_into;
  json["merged_from"] = stored.merged_from;
  json["split_off"] = stored.split_off;
  json["preferred"] = json_of(storage::preferred_of(stored));
  json["origin"] = is_ours ? json_of(event.origin) : Json();
  json["arrivals"] = list_of(stored.arrivals);
  json["magnitudes"] = list_of(event.magnitudes);
  json["uncounted_amplitudes"] = list_of(event.uncounted_amplitudes);
  json["reviews"] = list_of(stored.reviewed);
  json["versions"] = list_of(versions);
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace geod
