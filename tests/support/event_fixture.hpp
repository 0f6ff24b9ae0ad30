#pragma once

#include <string>
#include <utility>

#include "core/event.hpp"
#include "core/fibre_detection.hpp"
#include "storage/event_query.hpp"

namespace geod {

inline Time at(const char* text) {
  return *parse_iso(text);
}

/// A pick of the station CI.CLC with what all scalar tasks say, as the store gives it.
inline storage::StoredPick station_pick(const std::string& pick_id, Phase phase) {
  storage::StoredPick stored;
  stored.pick.pick_id = pick_id;
  stored.pick.instrument = {"CI", "CLC", "10", "H", "H"};
  stored.pick.phase_hint = phase;
  stored.pick.time =
      at(phase == Phase::kP ? "2019-07-04T17:02:57.123456" : "2019-07-04T17:02:59.5");
  stored.pick.uncertainty_s = phase == Phase::kP ? 0.04 : 0.2;
  stored.pick.probability = 0.93;
  stored.pick.components = "ZNE";
  stored.pick.model_id = "starter-1";
  stored.pick.adapter_id = "regional-2";
  stored.inserted = at("2019-07-04T17:03:10");
  const auto estimate = [&](EstimateValue value, const char* adapter) {
    Estimate made;
    made.pick_id = pick_id;
    made.instrument = stored.pick.instrument;
    made.pick_time = stored.pick.time;
    made.value = value;
    made.model_id = "starter-1";
    made.adapter_id = adapter;
    stored.estimates.push_back(made);
  };
  if (phase == Phase::kP) {
    estimate(PolarityEstimate{0.95}, "pmp-1");
    estimate(BackAzimuthEstimate{215.5, 12.25}, "baz-1");
    estimate(NeuralMagnitudeEstimate{3.9, 0.3}, "emg-1");
    estimate(DistanceEstimate{14.5, 2.5}, "dis-1");
  }
  return stored;
}

/// A pick of an aperture of the fibre XX.FORGE.
inline storage::StoredFibrePick fibre_pick() {
  storage::StoredFibrePick stored;
  stored.pick = {412, 400, 425, 26, Phase::kP, at("2019-07-04T17:02:58.25"), 0.02, 0.8};
  stored.detection_id = "00c0ffee00c0ffee";
  stored.fibre_id = "XX.FORGE";
  stored.channel_spacing_m = 1.5;
  stored.model_id = "starter-das-1";
  return stored;
}

inline storage::StoredArrival arrival_of(storage::StoredPick pick, double residual_s) {
  OriginArrival arrival{pick.pick.pick_id, pick.pick.phase_hint, residual_s, 14.2, 35.0, 0.0, 1.0};
  if (!pick.estimates.empty()) {
    arrival.back_azimuth_residual_deg = 0.5;
  }
  return {arrival, std::move(pick)};
}

/// Version 3 of an event of two arrivals at a station and one at a fibre, with ML from two
/// amplitudes, one of which was clipped.
inline storage::StoredEvent automatic_event() {
  storage::StoredEvent stored;
  EventVersion& event = stored.event;
  event.event_id = "0123456789abcdef";
  event.version = 3;
  event.status = EventStatus::kFinal;
  event.log_odds = 41.5;
  Origin& origin = event.origin;
  origin.time = at("2019-07-04T17:02:55.340123");
  origin.latitude_deg = 35.7081;
  origin.longitude_deg = -117.5042;
  origin.depth_km = 10.6;
  origin.time_sigma_s = 0.05;
  origin.depth_sigma_km = 1.2;
  origin.ellipse = {0.8, 0.5, 30.0};
  origin.covariance_east_km2 = 0.4;
  origin.covariance_north_km2 = 0.55;
  origin.standard_error_s = 0.09;
  origin.azimuthal_gap_deg = 95.0;
  origin.nearest_station_km = 14.2;
  origin.phases = 3;
  origin.stations = 2;
  origin.quality = QualityClass::kB;
  origin.velocity_model = "iasp91";
  stored.arrivals.push_back(arrival_of(station_pick("a000000000000001", Phase::kP), 0.03));
  stored.arrivals.push_back(arrival_of(station_pick("a000000000000002", Phase::kS), -0.06));
  const storage::StoredFibrePick fibre = fibre_pick();
  storage::StoredArrival on_fibre;
  on_fibre.arrival = {
      fibre_pick_id(fibre.detection_id, fibre.pick), Phase::kP, 0.01, 20.0, 180.0, 0.0, 0.5};
  on_fibre.pick = fibre;
  stored.arrivals.push_back(on_fibre);
  for (const storage::StoredArrival& arrival : stored.arrivals) {
    event.arrivals.push_back(arrival.arrival);
  }
  const auto amplitude = [&](const char* channel, double value_nm, AmplitudeUse use) {
    const Time peak = at("2019-07-04T17:03:01");
    return Amplitude{*SourceId::from_seed("CI", "CLC", "10", channel),
                     value_nm,
                     0.4,
                     peak,
                     peak - std::chrono::seconds{5},
                     peak + std::chrono::seconds{20},
                     80.0,
                     use};
  };
  StationMagnitude station{MagnitudeType::kMl,
                           {"CI", "CLC", "10", "H", "H"},
                           4.02,
                           0.04,
                           1.0,
                           {amplitude("HHN", 1234.5, AmplitudeUse::kClipped),
                            amplitude("HHE", 987.25, AmplitudeUse::kUsed)},
                           "a000000000000001"};
  event.magnitudes.push_back({MagnitudeType::kMl, 3.98, 0.1, 3, {station}});
  event.magnitudes.push_back({MagnitudeType::kMdl, 3.9, 0.0, 1, {}});
  stored.event_key = 7;
  stored.first_inserted = at("2019-07-04T17:03:05");
  stored.inserted = at("2019-07-04T17:04:30");
  return stored;
}

/// What an analyst made of it.
inline ReviewedEvent review() {
  ReviewedEvent event;
  event.public_id = "quakeml:ci.anss.org/Event/38443183";
  event.origin_public_id = "quakeml:ci.anss.org/Origin/38443183";
  event.agency = "CI";
  event.author = "an analyst";
  event.created = at("2019-07-05T08:00:00");
  event.type = "earthquake";
  event.description = "14 km SW of Searles Valley, CA";
  event.evaluation_mode = "manual";
  event.evaluation_status = "reviewed";
  event.time = at("2019-07-04T17:02:55.340");
  event.latitude_deg = 35.708;
  event.longitude_deg = -117.504;
  event.depth_km = 10.6;
  event.standard_error_s = 0.12;
  event.azimuthal_gap_deg = 40.0;
  event.arrivals.push_back({"quakeml:ci.anss.org/Pick/1",
                            *SourceId::from_seed("CI", "SRT", "", "HHZ"),
                            "Pg",
                            at("2019-07-04T17:02:58.5"),
                            0.05,
                            "negative",
                            "manual",
                            0.02,
                            20.5,
                            310.0,
                            0.9});
  event.magnitudes.push_back({"quakeml:ci.anss.org/Mag/1", "Mw", 4.05, 0.05, 12});
  event.magnitudes.push_back({"quakeml:ci.anss.org/Mag/2", "ML", 3.98, std::nullopt, 40});
  return event;
}

inline storage::StoredEvent reviewed_event() {
  storage::StoredEvent stored = automatic_event();
  stored.reviewed.push_back(review());
  return stored;
}

}  // namespace geod
