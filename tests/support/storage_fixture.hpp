#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/clock.hpp"
#include "core/pick.hpp"
#include "storage/database.hpp"
#include "storage/reader.hpp"
#include "storage/store.hpp"

namespace geod::storage {

/// A clock that stands until the test moves it.
class StandingClock final : public Clock {
 public:
  Time now() const override { return time_from_ns(1'600'000'000'000'000'000) + elapsed; }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point{} + std::chrono::hours{1} + elapsed;
  }
  Duration elapsed{0};
};

inline const Time kStart = *parse_iso("2019-07-04T17:00:00");

inline Pick make_pick(const std::string& station,
                      Phase phase,
                      Duration after_start,
                      double probability = 0.9) {
  Pick pick;
  pick.instrument = {"CI", station, "", "H", "H"};
  pick.phase_hint = phase;
  pick.time = kStart + after_start;
  pick.uncertainty_s = 0.05;
  pick.probability = probability;
  pick.score = probability / 2.0;
  pick.components = "ZNE";
  pick.model_id = "starter-dpk-1";
  pick.model_hash = std::string(64, 'a');
  pick.pick_id = make_pick_id(pick.instrument, phase, pick.time);
  return pick;
}

/// What bundle `name` of a scalar task says of `pick`.
inline Estimate make_estimate(const Pick& pick,
                              EstimateValue value,
                              const std::string& name = "starter-baz-1") {
  return {pick.pick_id,
          pick.instrument,
          pick.time,
          value,
          3,
          pick.model_id,
          pick.model_hash,
          name,
          std::string(64 - name.size(), 'e') + name};
}

inline StationLocation make_location(const Pick& pick) {
  StationLocation location;
  location.pick_id = pick.pick_id;
  location.instrument = pick.instrument;
  location.pick_time = pick.time;
  location.distance_km = 42.5;
  location.distance_uncertainty_km = 6.25;
  location.back_azimuth_deg = 210.0;
  location.back_azimuth_uncertainty_deg = 12.5;
  location.s_minus_p_s = 5.125;
  location.model_id = pick.model_id;
  location.model_hash = pick.model_hash;
  location.distance_adapter_id = "starter-dis-1";
  location.distance_adapter_hash = std::string(64, 'd');
  location.back_azimuth_adapter_id = "starter-baz-1";
  location.back_azimuth_adapter_hash = std::string(64, 'b');
  return location;
}

/// What the decoder tells of the stretch of `scored_s + masked_s` from `from`, inside one hour.
inline CompletenessDelta make_completeness(const InstrumentId& instrument,
                                           Time from,
                                           double scored_s,
                                           double masked_s) {
  return {instrument,
          std::chrono::floor<std::chrono::hours>(from),
          scored_s,
          masked_s,
          from,
          from + duration_from_seconds(scored_s + masked_s)};
}

/// A folder of its own for each test, removed at its end, and helpers around one database in it.
class StorageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "geod-storage-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    options_.file = folder_ / "geod.sqlite";
    options_.busy_timeout = Duration::zero();
    options_.version = "test";
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  Store open_store() {
    Result<Store> store = Store::open(options_, clock_);
    if (!store) {
      ADD_FAILURE() << store.error().what;
      std::abort();
    }
    return std::move(*store);
  }
  Reader open_reader() {
    Result<Reader> reader = Reader::open(options_.file);
    if (!reader) {
      ADD_FAILURE() << reader.error().what;
      std::abort();
    }
    return std::move(*reader);
  }
  /// Commits `picks` in one batch through a store of its own.
  void store_picks(const std::vector<Pick>& picks) {
    Store store = open_store();
    Batch batch;
    batch.picks = picks;
    const Result<Committed> committed = store.commit(batch);
    ASSERT_TRUE(committed) << committed.error().what;
    ASSERT_TRUE(store.close("test", "{}"));
  }
  static std::vector<StoredPick> read_picks(Reader& reader, const PickQuery& query = {}) {
    std::vector<StoredPick> all;
    const Result<void> done = reader.picks(query, [&](std::span<const StoredPick> page) {
      all.insert(all.end(), page.begin(), page.end());
      return true;
    });
    EXPECT_TRUE(done) << done.error().what;
    return all;
  }

  static std::vector<StoredLocation> read_locations(Reader& reader,
                                                    const LocationQuery& query = {}) {
    std::vector<StoredLocation> all;
    const Result<void> done = reader.locations(query, [&](std::span<const StoredLocation> page) {
      all.insert(all.end(), page.begin(), page.end());
      return true;
    });
    EXPECT_TRUE(done) << done.error().what;
    return all;
  }

  std::filesystem::path folder_;
  StoreOptions options_;
  StandingClock clock_;
};

}  // namespace geod::storage
