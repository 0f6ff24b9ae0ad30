// What belongs to picks beside themselves: the bundle that made them, estimates, single-station
// locations, the picks of a candidate in shadow, and the adapter log.
#include <cmath>
#include <limits>

#include "tests/support/storage_fixture.hpp"

namespace geod::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

using StoredEstimates = StorageTest;

const PickQuery kWithEstimates{{}, std::nullopt, 0.0, true, false};

std::vector<Estimate> one_of_each(const Pick& pick) {
  return {make_estimate(pick, PolarityEstimate{0.75}, "starter-pmp-1"),
          make_estimate(pick, BackAzimuthEstimate{359.5, 22.5}, "starter-baz-1"),
          make_estimate(pick, NeuralMagnitudeEstimate{-0.25, 0.5}, "starter-emg-1"),
          make_estimate(pick, DistanceEstimate{41.5, 8.25}, "starter-dis-1")};
}

TEST_F(StoredEstimates, ComeBackWithTheirPick) {
  const Pick pick = make_pick("CLC", Phase::kP, seconds{10});
  const Pick other = make_pick("CLC", Phase::kP, seconds{20});
  Batch batch;
  batch.picks = {pick, make_pick("CLC", Phase::kS, seconds{14}), other};
  batch.estimates = one_of_each(pick);
  std::swap(batch.estimates[0], batch.estimates[3]);
  Store store = open_store();
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed) << committed.error().what;
  EXPECT_EQ(committed->estimates, std::vector<RowOutcome>(4, RowOutcome::kInserted));
  Reader reader = open_reader();
  const auto stored = read_picks(reader, kWithEstimates);
  ASSERT_EQ(stored.size(), 3U);
  EXPECT_EQ(stored[0].estimates, one_of_each(pick));
  EXPECT_TRUE(stored[1].estimates.empty());
  EXPECT_TRUE(stored[2].estimates.empty());
  EXPECT_TRUE(read_picks(reader)[0].estimates.empty()) << "not asked for";
}

TEST_F(StoredEstimates, ToldTwiceAreStoredOnce) {
  const Pick pick = make_pick("CLC", Phase::kP, seconds{10});
  Batch batch;
  batch.picks = {pick};
  batch.estimates = one_of_each(pick);
  batch.station_locations = {make_location(pick)};
  for (int run = 0; run < 3; ++run) {
    Store store = open_store();
    for (int replay = 0; replay < 2; ++replay) {
      const auto committed = store.commit(batch);
      ASSERT_TRUE(committed) << committed.error().what;
      const RowOutcome expected =
          run + replay == 0 ? RowOutcome::kInserted : RowOutcome::kAlreadyThere;
      EXPECT_EQ(committed->estimates, std::vector<RowOutcome>(4, expected));
      EXPECT_EQ(committed->station_locations, std::vector<RowOutcome>(1, expected));
    }
  }
  Reader reader = open_reader();
  EXPECT_EQ(read_picks(reader, kWithEstimates)[0].estimates.size(), 4U);
  EXPECT_EQ(read_locations(reader).size(), 1U);
}

TEST_F(StoredEstimates, ArePairedWithThoseOfACandidate) {
  const Pick both = make_pick("CLC", Phase::kP, seconds{10});
  const Pick only_active = make_pick("CLC", Phase::kP, seconds{20});
  const Pick only_candidate = make_pick("CLC", Phase::kP, seconds{30});
  const Pick later = make_pick("CLC", Phase::kP, seconds{40});
  Batch batch;
  batch.picks = {both, only_active, only_candidate, later};
  batch.estimates = {make_estimate(both, DistanceEstimate{40.0, 1.0}, "starter-dis-1"),
                     make_estimate(only_active, DistanceEstimate{50.0, 1.0}, "starter-dis-1"),
                     make_estimate(later, DistanceEstimate{60.0, 1.0}, "starter-dis-1")};
  batch.shadow_estimates = {make_estimate(both, DistanceEstimate{45.0, 1.0}, "mine-1"),
                            make_estimate(both, DistanceEstimate{99.0, 1.0}, "another-1"),
                            make_estimate(only_candidate, DistanceEstimate{55.0, 1.0}, "mine-1")};
  Store store = open_store();
  ASSERT_TRUE(store.commit(batch));
  Reader reader = open_reader();
  const auto pairs = reader.estimate_pairs({"dis", "", "mine-1", {}, {}});
  ASSERT_TRUE(pairs) << pairs.error().what;
  ASSERT_EQ(pairs->size(), 3U) << "from the first to the last pick of the candidate";
  EXPECT_EQ((*pairs)[0].active, 40.0);
  EXPECT_EQ((*pairs)[0].candidate, 45.0);
  EXPECT_EQ((*pairs)[1].candidate, std::nullopt);
  EXPECT_EQ((*pairs)[2].active, std::nullopt);
  const auto all = reader.estimate_pairs({"dis", "", "mine-1", both.time, later.time + seconds{1}});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 4U);
  const auto none = reader.estimate_pairs({"emg", "", "mine-1", {}, {}});
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST_F(StoredEstimates, MayFollowTheirPickInALaterBatchAndRun) {
  const Pick pick = make_pick("CLC", Phase::kP, seconds{10});
  store_picks({pick});
  Batch batch;
  batch.estimates = one_of_each(pick);
  Store store = open_store();
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed);
  EXPECT_EQ(committed->estimates, std::vector<RowOutcome>(4, RowOutcome::kInserted));
}

TEST_F(StoredEstimates, GoToThePickThatWasKeptInsteadOfTheirOwn) {
  // A replay that starts elsewhere may place the same pick 20 ms off: the store keeps the first.
  const Pick kept = make_pick("CLC", Phase::kP, milliseconds{10'040});
  const Pick again = make_pick("CLC", Phase::kP, milliseconds{10'060});
  ASSERT_NE(kept.pick_id, again.pick_id);
  Batch batch;
  batch.picks = {kept, again};
  batch.estimates = {make_estimate(again, DistanceEstimate{30.0, 3.0})};
  Store store = open_store();
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed);
  EXPECT_EQ(committed->picks[1], RowOutcome::kAlreadyThere);
  EXPECT_EQ(committed->estimates[0], RowOutcome::kInserted);
  Reader reader = open_reader();
  const auto stored = read_picks(reader, kWithEstimates);
  ASSERT_EQ(stored.size(), 1U);
  ASSERT_EQ(stored[0].estimates.size(), 1U);
  EXPECT_EQ(stored[0].estimates[0].value, EstimateValue{(DistanceEstimate{30.0, 3.0})});
}

TEST_F(StoredEstimates, WithoutTheirPickAreRefusedAndCounted) {
  const Pick stored = make_pick("CLC", Phase::kP, seconds{10});
  const Pick absent = make_pick("CLC", Phase::kP, seconds{11});
  const Pick s_pick = make_pick("SRT", Phase::kS, seconds{10});
  Pick other_model = stored;
  other_model.model_hash = std::string(64, 'f');
  Batch batch;
  batch.picks = {stored, s_pick};
  for (const Pick& pick : {absent, s_pick, other_model}) {
    batch.estimates.push_back(make_estimate(pick, PolarityEstimate{0.5}));
  }
  batch.station_locations = {make_location(absent)};
  batch.shadow_estimates = {make_estimate(absent, PolarityEstimate{0.5})};
  Store store = open_store();
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed) << committed.error().what;
  EXPECT_EQ(committed->estimates, std::vector<RowOutcome>(3, RowOutcome::kRefused));
  EXPECT_EQ(committed->station_locations[0], RowOutcome::kRefused);
  EXPECT_EQ(committed->shadow_estimates[0], RowOutcome::kRefused);
  EXPECT_EQ(committed->refused_rows, 5U);
  EXPECT_NE(committed->first_refusal.find("P pick that is not stored"), std::string::npos)
      << committed->first_refusal;
}

TEST_F(StoredEstimates, WithValuesThatCannotBeAreRefusedAloneWithoutTheRest) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  const Pick pick = make_pick("CLC", Phase::kP, seconds{10});
  const std::vector<EstimateValue> bad{PolarityEstimate{nan},
                                       PolarityEstimate{1.01},
                                       BackAzimuthEstimate{360.0, 1.0},
                                       BackAzimuthEstimate{-0.5, 1.0},
                                       BackAzimuthEstimate{10.0, nan},
                                       NeuralMagnitudeEstimate{infinite, 0.1},
                                       NeuralMagnitudeEstimate{2.0, -0.1},
                                       DistanceEstimate{-1.0, 1.0},
                                       DistanceEstimate{nan, 1.0}};
  Batch batch;
  batch.picks = {pick};
  for (const EstimateValue& value : bad) {
    batch.estimates.push_back(make_estimate(pick, value));
  }
  batch.estimates.push_back(make_estimate(pick, DistanceEstimate{0.0, 0.0}));
  batch.estimates.push_back(make_estimate(pick, PolarityEstimate{0.5}));
  batch.estimates.back().windows = 0;
  batch.estimates.push_back(make_estimate(pick, PolarityEstimate{0.5}));
  batch.estimates.back().adapter_hash.clear();
  batch.station_locations.assign(3, make_location(pick));
  batch.station_locations[0].distance_km = nan;
  batch.station_locations[1].back_azimuth_deg = 400.0;
  batch.station_locations[2].s_minus_p_s = nan;
  Store store = open_store();
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed) << committed.error().what;
  for (std::size_t i = 0; i < bad.size(); ++i) {
    EXPECT_EQ(committed->estimates[i], RowOutcome::kRefused) << i;
  }
  EXPECT_EQ(committed->estimates[bad.size()], RowOutcome::kInserted);
  EXPECT_EQ(committed->refused_rows, bad.size() + 2 + 3);
}

TEST_F(StoredEstimates, OfAnotherBundleAreOthersAndTheLastToldIsShown) {
  const Pick pick = make_pick("CLC", Phase::kP, seconds{10});
  Store store = open_store();
  Batch batch;
  batch.picks = {pick};
  batch.estimates = {make_estimate(pick, DistanceEstimate{10.0, 1.0}, "mine-dis-2")};
  ASSERT_TRUE(store.commit(batch));
  clock_.elapsed = seconds{60};
  batch.estimates = {make_estimate(pick, DistanceEstimate{20.0, 2.0}, "mine-dis-1")};
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed);
  EXPECT_EQ(committed->estimates[0], RowOutcome::kInserted);
  Reader reader = open_reader();
  const auto stored = read_picks(reader, kWithEstimates);
  ASSERT_EQ(stored[0].estimates.size(), 1U);
  EXPECT_EQ(stored[0].estimates[0].adapter_id, "mine-dis-1");
}

TEST_F(StoredEstimates, OfACandidateAreNotShownAsThePicks) {
  const Pick pick = make_pick("CLC", Phase::kP, seconds{10});
  Batch batch;
  batch.picks = {pick};
  batch.shadow_estimates = {make_estimate(pick, DistanceEstimate{10.0, 1.0})};
  Store store = open_store();
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed);
  EXPECT_EQ(committed->shadow_estimates[0], RowOutcome::kInserted);
  Reader reader = open_reader();
  EXPECT_TRUE(read_picks(reader, kWithEstimates)[0].estimates.empty());
}

using StoredAdapters = StorageTest;

TEST_F(StoredAdapters, StandInTheirPicksAndMakeThemOthers) {
  Pick plain = make_pick("CLC", Phase::kP, seconds{10});
  Pick first = plain;
  first.adapter_id = "mine-dpk-1";
  first.adapter_hash = std::string(64, '1');
  Pick second = plain;
  second.adapter_id = "mine-dpk-2";
  second.adapter_hash = std::string(64, '2');
  Batch batch;
  batch.picks = {plain, first, second, first, plain, second};
  Store store = open_store();
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed);
  const std::vector<RowOutcome> expected{RowOutcome::kInserted,
                                         RowOutcome::kInserted,
                                         RowOutcome::kInserted,
                                         RowOutcome::kAlreadyThere,
                                         RowOutcome::kAlreadyThere,
                                         RowOutcome::kAlreadyThere};
  EXPECT_EQ(committed->picks, expected);
  Reader reader = open_reader();
  const auto stored = read_picks(reader);
  ASSERT_EQ(stored.size(), 3U);
  EXPECT_EQ(stored[0].pick, plain);
  EXPECT_EQ(stored[1].pick, first);
  EXPECT_EQ(stored[2].pick, second);
}

TEST_F(StoredAdapters, KeepTheManifestThatWasRecorded) {
  Pick pick = make_pick("CLC", Phase::kP, seconds{10});
  pick.adapter_id = "mine-dpk-1";
  pick.adapter_hash = std::string(64, '1');
  {
    Store store = open_store();
    ASSERT_TRUE(store.record_adapter("dpk", pick.adapter_id, pick.adapter_hash, "{\"a\":1}"));
    Batch batch;
    batch.picks = {pick};
    ASSERT_TRUE(store.commit(batch));
    ASSERT_TRUE(store.record_adapter("dpk", pick.adapter_id, pick.adapter_hash, "{\"a\":2}"));
  }
  Result<Database> database = Database::open_reader(options_.file, Duration::zero());
  ASSERT_TRUE(database);
  EXPECT_EQ(*database->query_integer("SELECT count(*) FROM adapters"), 1);
  EXPECT_EQ(*database->query_integer("SELECT manifest_json ->> 'a' FROM adapters"), 2);
}

using ShadowPicks = StorageTest;

TEST_F(ShadowPicks, AreKeptApartFromTheCatalogueAndOnce) {
  const Pick active = make_pick("CLC", Phase::kP, seconds{10});
  Pick candidate = make_pick("CLC", Phase::kP, milliseconds{10'100});
  candidate.adapter_id = "mine-dpk-2";
  candidate.adapter_hash = std::string(64, '2');
  Batch batch;
  batch.picks = {active};
  batch.shadow_picks = {candidate, candidate};
  Store store = open_store();
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed);
  const std::vector<RowOutcome> expected{RowOutcome::kInserted, RowOutcome::kAlreadyThere};
  EXPECT_EQ(committed->shadow_picks, expected);
  Reader reader = open_reader();
  ASSERT_EQ(read_picks(reader).size(), 1U);
  EXPECT_EQ(read_picks(reader)[0].pick, active);
  PickQuery query;
  query.shadow = true;
  const auto shadow = read_picks(reader, query);
  ASSERT_EQ(shadow.size(), 1U);
  EXPECT_EQ(shadow[0].pick, candidate);
}

using AdapterLog = StorageTest;

TEST_F(AdapterLog, ShowsTheNewestFirst) {
  const AdapterEvent first{
      kStart, "dpk", "installed", "mine-dpk-1", std::string(64, '1'), "dropped"};
  const AdapterEvent second{kStart + seconds{5}, "", "refused", "torn", "", "torn: no manifest"};
  Batch batch;
  batch.adapter_events = {first, second};
  EXPECT_EQ(batch.rows(), 2U);
  Store store = open_store();
  ASSERT_TRUE(store.commit(batch));
  Reader reader = open_reader();
  const auto rows = reader.adapter_log(10);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].event, second);
  EXPECT_EQ((*rows)[1].event, first);
  EXPECT_EQ(reader.adapter_log(1)->size(), 1U);
}

using StoredLocations = StorageTest;

TEST_F(StoredLocations, GiveBackEveryFieldAndTheCoordinatesOfTheStation) {
  const Pick near = make_pick("CLC", Phase::kP, seconds{20});
  const Pick far = make_pick("SRT", Phase::kP, seconds{10});
  Batch batch;
  batch.picks = {near, far};
  batch.station_locations = {make_location(near), make_location(far)};
  batch.station_locations[1].s_minus_p_s = -1.0;
  Store store = open_store();
  ASSERT_TRUE(store.commit(batch));
  Result<Database> database = Database::open_writer(options_.file, {});
  ASSERT_TRUE(database->execute(
      "UPDATE stations SET latitude_deg = 35.8, longitude_deg = -117.6 WHERE station = 'CLC'"));
  Reader reader = open_reader();
  const auto stored = read_locations(reader);
  ASSERT_EQ(stored.size(), 2U);
  EXPECT_EQ(stored[0].location, batch.station_locations[1]) << "in the order of time";
  EXPECT_EQ(stored[0].station_latitude_deg, std::nullopt);
  EXPECT_EQ(stored[1].location, batch.station_locations[0]);
  EXPECT_EQ(stored[1].station_latitude_deg, 35.8);
  EXPECT_EQ(stored[1].station_longitude_deg, -117.6);
  LocationQuery query;
  query.scope.stations = {"CI.SRT"};
  query.scope.to = kStart + seconds{11};
  ASSERT_EQ(read_locations(reader, query).size(), 1U);
  query.scope.to = kStart + seconds{10};
  EXPECT_TRUE(read_locations(reader, query).empty());
}

TEST_F(StoredLocations, WithSTakeThePlaceOfOneWithout) {
  const Pick pick = make_pick("CLC", Phase::kP, seconds{20});
  StationLocation without = make_location(pick);
  without.s_minus_p_s = -1.0;
  without.distance_km = 99.0;
  const StationLocation with = make_location(pick);
  StationLocation later = make_location(pick);
  later.distance_km = 1.0;
  Batch batch;
  batch.picks = {pick};
  batch.station_locations = {without, with, without, later};
  Store store = open_store();
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed) << committed.error().what;
  const std::vector<RowOutcome> expected{RowOutcome::kInserted,
                                         RowOutcome::kInserted,
                                         RowOutcome::kAlreadyThere,
                                         RowOutcome::kAlreadyThere};
  EXPECT_EQ(committed->station_locations, expected);
  Reader reader = open_reader();
  const auto stored = read_locations(reader);
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0].location, with);
}

}  // namespace
}  // namespace geod::storage
