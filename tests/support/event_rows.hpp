#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/event.hpp"
#include "tests/support/storage_fixture.hpp"

namespace geod::storage {

/// P and S picks of an earthquake at `after_start`, as stations SA, SB, ... see them every 10 km.
inline std::vector<Pick> make_event_picks(Duration after_start, int stations = 3) {
  std::vector<Pick> picks;
  for (int i = 0; i < stations; ++i) {
    const std::string station = fmt::format("S{}", static_cast<char>('A' + i));
    const double distance_km = 10.0 * (i + 1);
    picks.push_back(
        make_pick(station, Phase::kP, after_start + duration_from_seconds(distance_km / 6.0)));
    picks.push_back(
        make_pick(station, Phase::kS, after_start + duration_from_seconds(distance_km / 3.5)));
  }
  return picks;
}

/// ML 2.5 of the first pick's instrument with one amplitude a horizontal, and Mdl 2.25.
inline std::vector<Magnitude> make_magnitudes(const Pick& pick) {
  StationMagnitude local{MagnitudeType::kMl, pick.instrument, 2.5, 0.125, 0.75, {}, pick.pick_id};
  for (const std::string component : {"N", "E"}) {
    const InstrumentId& id = pick.instrument;
    local.amplitudes.push_back(
        {{id.network, id.station, id.location, id.band, id.source, component},
         12345.5,
         0.25,
         pick.time + std::chrono::seconds{4},
         pick.time,
         pick.time + std::chrono::seconds{10},
         17.5,
         component == "N" ? AmplitudeUse::kUsed : AmplitudeUse::kClipped});
  }
  const StationMagnitude learned{
      MagnitudeType::kMdl, pick.instrument, 2.25, 0.0, 1.0, {}, pick.pick_id};
  return {{MagnitudeType::kMl, 2.5, 0.2, 1, {local}},
          {MagnitudeType::kMdl, 2.25, 0.0, 1, {learned}}};
}

/// Version `version` of event `id` (its last digits) at `after_start` with all of `picks`.
inline EventChange make_change(std::uint64_t id,
                               Duration after_start,
                               const std::vector<Pick>& picks,
                               int version = 1) {
  EventChange change;
  EventVersion& event = change.event;
  event.event_id = fmt::format("{:016x}", id);
  event.version = version;
  event.status = version == 1 ? EventStatus::kPreliminary : EventStatus::kUpdated;
  event.log_odds = 12.5;
  event.origin = {kStart + after_start,
                  35.75,
                  -117.5,
                  8.5,
                  0.125,
                  1.5,
                  false,
                  {1.25, 0.75, 37.5},
                  0.5,
                  0.625,
                  -0.125,
                  0.0625,
                  95.0,
                  10.0,
                  static_cast<int>(picks.size()),
                  static_cast<int>(picks.size() / 2),
                  QualityClass::kB,
                  "iasp91"};
  for (std::size_t i = 0; i < picks.size(); ++i) {
    const double distance_km = 10.0 * static_cast<double>(i / 2 + 1);
    event.arrivals.push_back(
        {picks[i].pick_id, picks[i].phase_hint, 0.03125, distance_km, 45.0, 0.0, 0.875});
  }
  return change;
}

inline ReviewedEvent make_review(const std::string& public_id, Duration after_start) {
  ReviewedEvent review;
  review.public_id = public_id;
  review.origin_public_id = public_id + "/origin";
  review.agency = "SCSN";
  review.author = "analyst";
  review.created = kStart + after_start + std::chrono::hours{24};
  review.type = "earthquake";
  review.description = "Searles Valley";
  review.evaluation_mode = "manual";
  review.evaluation_status = "reviewed";
  review.time = kStart + after_start + std::chrono::milliseconds{250};
  review.latitude_deg = 35.7;
  review.longitude_deg = -117.55;
  review.depth_km = 9.25;
  review.standard_error_s = 0.1;
  review.arrivals = {{public_id + "/pick",
                      {"ZZ", "FAR", "00", "B", "H", "Z"},
                      "Pg",
                      review.time + std::chrono::seconds{12},
                      0.05,
                      "positive",
                      "manual",
                      -0.125,
                      70.5,
                      {},
                      1.0}};
  review.magnitudes = {{public_id + "/Mw", "Mw", 2.875, 0.1, 12}, {"", "ML", 2.75, {}, {}}};
  return review;
}

inline void expect_same(const EventVersion& a, const EventVersion& b) {
  EXPECT_EQ(a.event_id, b.event_id);
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.log_odds, b.log_odds);
  EXPECT_EQ(a.origin.time, b.origin.time);
  EXPECT_EQ(a.origin.latitude_deg, b.origin.latitude_deg);
  EXPECT_EQ(a.origin.longitude_deg, b.origin.longitude_deg);
  EXPECT_EQ(a.origin.depth_km, b.origin.depth_km);
  EXPECT_EQ(a.origin.time_sigma_s, b.origin.time_sigma_s);
  EXPECT_EQ(a.origin.depth_sigma_km, b.origin.depth_sigma_km);
  EXPECT_EQ(a.origin.depth_is_fixed, b.origin.depth_is_fixed);
  EXPECT_EQ(a.origin.ellipse.major_km, b.origin.ellipse.major_km);
  EXPECT_EQ(a.origin.ellipse.minor_km, b.origin.ellipse.minor_km);
  EXPECT_EQ(a.origin.ellipse.major_azimuth_deg, b.origin.ellipse.major_azimuth_deg);
  EXPECT_EQ(a.origin.covariance_east_km2, b.origin.covariance_east_km2);
  EXPECT_EQ(a.origin.covariance_north_km2, b.origin.covariance_north_km2);
  EXPECT_EQ(a.origin.covariance_east_north_km2, b.origin.covariance_east_north_km2);
  EXPECT_EQ(a.origin.standard_error_s, b.origin.standard_error_s);
  EXPECT_EQ(a.origin.azimuthal_gap_deg, b.origin.azimuthal_gap_deg);
  EXPECT_EQ(a.origin.nearest_station_km, b.origin.nearest_station_km);
  EXPECT_EQ(a.origin.phases, b.origin.phases);
  EXPECT_EQ(a.origin.stations, b.origin.stations);
  EXPECT_EQ(a.origin.quality, b.origin.quality);
  EXPECT_EQ(a.origin.velocity_model, b.origin.velocity_model);
  EXPECT_EQ(a.magnitudes, b.magnitudes);
  ASSERT_EQ(a.arrivals.size(), b.arrivals.size());
  for (std::size_t i = 0; i < a.arrivals.size(); ++i) {
    EXPECT_EQ(a.arrivals[i].pick_id, b.arrivals[i].pick_id);
    EXPECT_EQ(a.arrivals[i].phase, b.arrivals[i].phase);
    EXPECT_EQ(a.arrivals[i].residual_s, b.arrivals[i].residual_s);
    EXPECT_EQ(a.arrivals[i].distance_km, b.arrivals[i].distance_km);
    EXPECT_EQ(a.arrivals[i].azimuth_deg, b.arrivals[i].azimuth_deg);
    EXPECT_EQ(a.arrivals[i].back_azimuth_residual_deg, b.arrivals[i].back_azimuth_residual_deg);
    EXPECT_EQ(a.arrivals[i].weight, b.arrivals[i].weight);
  }
}

/// A store with events, and questions to it.
class StoredEventsTest : public StorageTest {
 protected:
  Committed commit(const Batch& batch) {
    Store store = open_store();
    const Result<Committed> committed = store.commit(batch);
    EXPECT_TRUE(committed) << committed.error().what;
    EXPECT_TRUE(store.close("test", "{}"));
    return committed ? *committed : Committed{};
  }
  Committed commit(std::vector<EventChange> changes, std::vector<Pick> picks = {}) {
    Batch batch;
    batch.picks = std::move(picks);
    batch.event_changes = std::move(changes);
    return commit(batch);
  }
  Committed review(const ReviewedEvent& reviewed, const std::string& event_id = {}) {
    Batch batch;
    batch.reviewed_events = {{reviewed, event_id}};
    return commit(batch);
  }
  std::vector<StoredEvent> read_events(const EventQuery& query = {}) {
    Reader reader = open_reader();
    std::vector<StoredEvent> all;
    const auto done = reader.events(query, [&](std::span<const StoredEvent> page) {
      all.insert(all.end(), page.begin(), page.end());
      return true;
    });
    EXPECT_TRUE(done) << done.error().what;
    return all;
  }
  /// The last two digits of the event ids of the answer; of reviews alone their public id.
  std::vector<std::string> find(const EventQuery& query) {
    std::vector<std::string> ids;
    for (const StoredEvent& stored : read_events(query)) {
      ids.push_back(stored.event.version == 0 ? stored.reviewed.front().public_id
                                              : stored.event.event_id.substr(14));
    }
    return ids;
  }
  std::int64_t count(const std::string& table) {
    Result<Database> database = Database::open_reader(options_.file, Duration::zero());
    return *database->query_integer("SELECT count(*) FROM " + table);
  }
  using Ids = std::vector<std::string>;
};

}  // namespace geod::storage
