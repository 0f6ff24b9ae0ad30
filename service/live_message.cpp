#include "service/live_message.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace geod::service {
namespace {

using nlohmann::json;

std::string time_text(Time time) {
  return to_iso(time, 6);
}

json estimates_json(const std::vector<Estimate>& estimates) {
  json out = json::object();
  for (const Estimate& estimate : estimates) {
    if (const auto* polarity = std::get_if<PolarityEstimate>(&estimate.value)) {
      out["up_probability"] = polarity->up_probability;
    } else if (const auto* azimuth = std::get_if<BackAzimuthEstimate>(&estimate.value)) {
      out["back_azimuth_deg"] = azimuth->back_azimuth_deg;
      out["back_azimuth_uncertainty_deg"] = azimuth->uncertainty_deg;
    } else if (const auto* magnitude = std::get_if<NeuralMagnitudeEstimate>(&estimate.value)) {
      out["magnitude"] = magnitude->magnitude;
      out["magnitude_uncertainty"] = magnitude->uncertainty;
    } else if (const auto* distance = std::get_if<DistanceEstimate>(&estimate.value)) {
      out["distance_km"] = distance->distance_km;
      out["distance_uncertainty_km"] = distance->uncertainty_km;
    }
  }
  return out;
}

json to_json(const storage::StoredPick& stored) {
  const Pick& pick = stored.pick;
  return {{"id", pick.pick_id},
          {"network", pick.instrument.network},
          {"station", pick.instrument.station},
          {"location", pick.instrument.location},
          {"instrument", pick.instrument.band + pick.instrument.source},
          {"components", pick.components},
          {"phase", to_string(pick.phase_hint)},
          {"time", time_text(pick.time)},
          {"uncertainty_s", pick.uncertainty_s},
          {"probability", pick.probability},
          {"model", pick.model_id},
          {"adapter", pick.adapter_id},
          {"estimates", estimates_json(stored.estimates)},
          {"committed", time_text(stored.inserted)}};
}

json to_json(const storage::StoredDetection& stored) {
  const FibreDetection& detection = stored.detection;
  return {{"id", detection.detection_id},
          {"fibre", detection.fibre_id},
          {"from", time_text(detection.from)},
          {"to", time_text(detection.to)},
          {"first_channel", detection.first_channel},
          {"last_channel", detection.last_channel},
          {"channels", stored.channels},
          {"mean_probability", detection.mean_probability},
          {"max_probability", detection.max_probability},
          {"apparent_velocity_m_s", detection.apparent_velocity_m_s},
          {"p_arrivals", stored.p_arrivals},
          {"s_arrivals", stored.s_arrivals},
          {"model", detection.model_id},
          {"adapter", detection.adapter_id},
          {"committed", time_text(stored.inserted)}};
}

json to_json(const storage::StoredVersion& stored) {
  const EventVersion& event = stored.change.event;
  const Origin& origin = event.origin;
  json arrivals = json::array();
  for (const OriginArrival& arrival : event.arrivals) {
    arrivals.push_back({{"pick", arrival.pick_id},
                        {"phase", to_string(arrival.phase)},
                        {"residual_s", arrival.residual_s},
                        {"distance_km", arrival.distance_km},
                        {"azimuth_deg", arrival.azimuth_deg},
                        {"weight", arrival.weight}});
  }
  json magnitudes = json::array();
  for (const Magnitude& magnitude : event.magnitudes) {
    magnitudes.push_back({{"type", to_string(magnitude.type)},
                          {"value", magnitude.value},
                          {"uncertainty", magnitude.uncertainty},
                          {"stations", magnitude.stations}});
  }
  return {{"id", event.event_id},
          {"version", event.version},
          {"status", to_string(event.status)},
          {"kind", to_string(event.kind)},
          {"time", time_text(origin.time)},
          {"time_sigma_s", origin.time_sigma_s},
          {"latitude_deg", origin.latitude_deg},
          {"longitude_deg", origin.longitude_deg},
          {"depth_km", origin.depth_km},
          {"depth_sigma_km", origin.depth_sigma_km},
          {"depth_is_fixed", origin.depth_is_fixed},
          {"ellipse",
           {{"major_km", origin.ellipse.major_km},
            {"minor_km", origin.ellipse.minor_km},
            {"major_azimuth_deg", origin.ellipse.major_azimuth_deg}}},
          {"standard_error_s", origin.standard_error_s},
          {"azimuthal_gap_deg", origin.azimuthal_gap_deg},
          {"phases", origin.phases},
          {"stations", origin.stations},
          {"quality", to_string(origin.quality)},
          {"velocity_model", origin.velocity_model},
          {"magnitudes", std::move(magnitudes)},
          {"arrivals", std::move(arrivals)},
          {"split_from", stored.change.split_from},
          {"merged_into", stored.change.merged_into},
          {"committed", time_text(stored.inserted)}};
}

json to_json(const storage::StoredReview& stored) {
  const ReviewedEvent& review = stored.review;
  const auto known = [](const auto& value) { return value ? json(*value) : json(); };
  json magnitudes = json::array();
  for (const ReviewedMagnitude& magnitude : review.magnitudes) {
    magnitudes.push_back({{"type", magnitude.type},
                          {"value", magnitude.value},
                          {"uncertainty", known(magnitude.uncertainty)}});
  }
  return {{"id", stored.event_id},
          {"public_id", review.public_id},
          {"is_preferred", stored.is_preferred},
          {"agency", review.agency},
          {"author", review.author},
          {"created", review.created ? json(time_text(*review.created)) : json()},
          {"event_type", review.type},
          {"description", review.description},
          {"evaluation_mode", review.evaluation_mode},
          {"evaluation_status", review.evaluation_status},
          {"time", time_text(review.time)},
          {"latitude_deg", review.latitude_deg},
          {"longitude_deg", review.longitude_deg},
          {"depth_km", known(review.depth_km)},
          {"magnitudes", std::move(magnitudes)},
          {"arrivals", review.arrivals.size()},
          {"committed", time_text(stored.inserted)}};
}

/// `position` is that of the row before, and then that of this one.
LiveMessage message_of(LiveType type, std::int64_t key, json row, LiveCursor& position) {
  row["type"] = to_string(type);
  row["key"] = key;
  row["previous_key"] = std::exchange(position.of(type), key);
  row["cursor"] = position.to_string();
  return {type, key, position, row.dump(-1, ' ', false, json::error_handler_t::replace)};
}

}  // namespace

std::string LiveCursor::to_string() const {
  return fmt::format("{}", fmt::join(keys, "-"));
}

std::optional<LiveCursor> LiveCursor::parse(std::string_view text) {
  LiveCursor cursor;
  if (text == "begin") {
    return cursor;
  }
  const char* at = text.data();
  const char* last = at + text.size();
  for (std::size_t i = 0; i < kLiveTypes; ++i) {
    if (i > 0 && (at == last || *at++ != '-')) {
      return std::nullopt;
    }
    const auto [end, status] = std::from_chars(at, last, cursor.keys[i]);
    if (status != std::errc{} || cursor.keys[i] < 0) {
      return std::nullopt;
    }
    at = end;
  }
  return at == last ? std::optional(cursor) : std::nullopt;
}

Result<LiveTypes> LiveTypes::parse(const std::vector<std::string>& words) {
  LiveTypes types;
  if (words.empty()) {
    return types;
  }
  types.wanted.fill(false);
  for (const std::string& word : words) {
    bool is_known = false;
    for (std::size_t i = 0; i < kLiveTypes; ++i) {
      const std::string name(service::to_string(static_cast<LiveType>(i)));
      if (word == name || word == name + "s") {
        types.wanted[i] = true;
        is_known = true;
      }
    }
    if (!is_known) {
      return fail(Errc::kConfig,
                  "types: '{}' is not one of picks, detections, events and reviews.",
                  word.substr(0, 64));
    }
  }
  return types;
}

Result<std::vector<LiveMessage>> read_live(storage::Reader& reader,
                                           const LiveCursor& after,
                                           const LiveTypes& types,
                                           std::size_t limit) {
  std::vector<LiveMessage> messages;
  LiveCursor position = after;
  // Events first and told last: their picks were committed before them, so that what is read of
  // picks afterwards has all of theirs.
  // Reviews before the events that they may be of, for the same reason.
  Result<std::vector<storage::StoredReview>> reviews;
  if (types.has(LiveType::kReview)) {
    reviews = reader.reviews_after(after.of(LiveType::kReview), limit);
    if (!reviews) {
      return tl::unexpected(reviews.error());
    }
  }
  Result<std::vector<storage::StoredVersion>> events;
  if (types.has(LiveType::kEvent)) {
    events = reader.versions_after(after.of(LiveType::kEvent), limit);
    if (!events) {
      return tl::unexpected(events.error());
    }
  }
  if (types.has(LiveType::kPick)) {
    const auto picks = reader.picks_after(after.of(LiveType::kPick), limit);
    if (!picks) {
      return tl::unexpected(picks.error());
    }
    for (const storage::StoredPick& row : *picks) {
      messages.push_back(message_of(LiveType::kPick, row.pick_key, to_json(row), position));
    }
    if (picks->size() == limit) {
      return messages;  // the events may be of picks that come later
    }
  }
  if (types.has(LiveType::kDetection)) {
    const auto detections = reader.detections_after(after.of(LiveType::kDetection), limit);
    if (!detections) {
      return tl::unexpected(detections.error());
    }
    for (const storage::StoredDetection& row : *detections) {
      messages.push_back(
          message_of(LiveType::kDetection, row.detection_key, to_json(row), position));
    }
    if (detections->size() == limit) {
      return messages;
    }
  }
  for (const storage::StoredVersion& row : *events) {
    messages.push_back(message_of(LiveType::kEvent, row.version_key, to_json(row), position));
  }
  if (events->size() == limit) {
    return messages;
  }
  for (const storage::StoredReview& row : *reviews) {
    messages.push_back(message_of(LiveType::kReview, row.review_key, to_json(row), position));
  }
  return messages;
}

}  // namespace geod::service
