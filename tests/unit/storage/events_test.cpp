// What is kept of events: versions with arrivals and magnitudes, splits, merges, reviews.
#include <limits>
#include <variant>

#include "tests/support/event_rows.hpp"
#include "tests/support/fibre_rows.hpp"

namespace geod::storage {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class StoredEvents : public StoredEventsTest {};

TEST_F(StoredEvents, AnEventComesBackWhole) {
  const auto picks = make_event_picks(seconds{10});
  EventChange change = make_change(0x1A, seconds{10}, picks);
  change.event.magnitudes = make_magnitudes(picks[0]);
  change.event.kind = EventKind::kFewStations;
  change.event.arrivals[1].back_azimuth_residual_deg = -12.5;
  EXPECT_EQ(commit({change}, picks).event_changes, std::vector{RowOutcome::kInserted});
  EventQuery query;
  query.with_arrivals = true;
  query.with_contributions = true;
  const auto events = read_events(query);
  ASSERT_EQ(events.size(), 1U);
  expect_same(events[0].event, change.event);
  EXPECT_EQ(events[0].inserted, clock_.now());
  EXPECT_EQ(events[0].first_inserted, clock_.now());
  ASSERT_EQ(events[0].arrivals.size(), picks.size());
  for (std::size_t i = 0; i < picks.size(); ++i) {
    EXPECT_EQ(std::get<StoredPick>(events[0].arrivals[i].pick).pick, picks[i]);
  }
}

TEST_F(StoredEvents, PartsThatWereNotAskedForAreNotRead) {
  const auto picks = make_event_picks(seconds{10});
  EventChange change = make_change(1, seconds{10}, picks);
  change.event.magnitudes = make_magnitudes(picks[0]);
  commit({change}, picks);
  const auto events = read_events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(events[0].arrivals.empty());
  EXPECT_TRUE(events[0].event.arrivals.empty());
  ASSERT_EQ(events[0].event.magnitudes.size(), 2U);
  EXPECT_EQ(events[0].event.magnitudes[0].value, 2.5);
  EXPECT_TRUE(events[0].event.magnitudes[0].contributions.empty());
}

TEST_F(StoredEvents, AFibreTakesPartByThePickOfItsAperture) {
  Batch batch;
  batch.detections = {make_detection(0x77, seconds{12})};
  EventChange change = make_change(1, seconds{10}, {});
  const FibrePick& pick = batch.detections[0].picks[0];
  change.event.arrivals = {{fibre_pick_id(batch.detections[0].detection_id, pick),
                            Phase::kP,
                            0.5,
                            20.0,
                            180.0,
                            0.0,
                            0.25}};
  batch.event_changes = {change};
  EXPECT_EQ(commit(batch).event_changes, std::vector{RowOutcome::kInserted});
  EventQuery query;
  query.with_arrivals = true;
  query.stations = {"XX.FORGE"};
  query.model_id = "das-*";
  const auto events = read_events(query);
  ASSERT_EQ(events.size(), 1U);
  expect_same(events[0].event, change.event);
  const auto& stored = std::get<StoredFibrePick>(events[0].arrivals.at(0).pick);
  EXPECT_EQ(stored.pick, pick);
  EXPECT_EQ(stored.detection_id, "0000000000000077");
  EXPECT_EQ(stored.fibre_id, "XX.FORGE");
  EXPECT_EQ(stored.model_id, "das-1");
}

TEST_F(StoredEvents, EveryVersionStaysAndTheNewestIsShown) {
  const auto picks = make_event_picks(seconds{10});
  const EventChange first = make_change(1, seconds{10}, {picks[0], picks[1]});
  EventChange second = make_change(1, seconds{11}, picks, 2);
  second.event.magnitudes = make_magnitudes(picks[0]);
  second.event.origin.latitude_deg = 36.0;
  commit({first}, picks);
  clock_.elapsed = seconds{3};
  commit({second});
  const auto events = read_events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event.version, 2);
  EXPECT_EQ(events[0].event.origin.latitude_deg, 36.0);
  EXPECT_EQ(events[0].inserted - events[0].first_inserted, seconds{3});
  Reader reader = open_reader();
  const auto versions = reader.event_versions(first.event.event_id);
  ASSERT_TRUE(versions) << versions.error().what;
  ASSERT_EQ(versions->size(), 2U);
  expect_same((*versions)[0].change.event, first.event);
  expect_same((*versions)[1].change.event, second.event);
  EXPECT_LT((*versions)[0].version_key, (*versions)[1].version_key);
}

TEST_F(StoredEvents, AVersionThatComesLateDoesNotHideANewerOne) {
  const auto picks = make_event_picks(seconds{10});
  commit({make_change(1, seconds{12}, picks, 3)}, picks);
  EXPECT_EQ(commit({make_change(1, seconds{11}, picks, 2)}).event_changes,
            std::vector{RowOutcome::kInserted});
  EXPECT_EQ(read_events().at(0).event.version, 3);
}

TEST_F(StoredEvents, TheSameAgainAddsNothing) {
  const auto picks = make_event_picks(seconds{10});
  EventChange change = make_change(1, seconds{10}, picks);
  change.event.magnitudes = make_magnitudes(picks[0]);
  Batch batch;
  batch.picks = picks;
  batch.event_changes = {change, change};
  batch.reviewed_events = {{make_review("quake/1", seconds{10}), change.event.event_id}};
  EXPECT_EQ(batch.rows(), picks.size() + 3);
  EXPECT_EQ(commit(batch).event_changes,
            (std::vector{RowOutcome::kInserted, RowOutcome::kAlreadyThere}));
  const std::vector<std::string> tables{"events",
                                        "event_versions",
                                        "origin_arrivals",
                                        "magnitudes",
                                        "station_magnitudes",
                                        "amplitudes",
                                        "reviews",
                                        "review_arrivals",
                                        "review_magnitudes",
                                        "site_events",
                                        "maker_events"};
  std::vector<std::int64_t> rows;
  for (const std::string& table : tables) {
    rows.push_back(count(table));
    EXPECT_GT(rows.back(), 0) << table;
  }
  clock_.elapsed = hours{1};
  const Committed again = commit(batch);
  EXPECT_EQ(again.event_changes, std::vector(2, RowOutcome::kAlreadyThere));
  EXPECT_EQ(again.reviewed_events, std::vector{RowOutcome::kAlreadyThere});
  for (std::size_t i = 0; i < tables.size(); ++i) {
    EXPECT_EQ(count(tables[i]), rows[i]) << tables[i];
  }
  EXPECT_EQ(read_events().at(0).inserted, clock_.now() - hours{1}) << "nothing was updated";
  EXPECT_EQ(count("pragma_foreign_key_check"), 0);
}

TEST_F(StoredEvents, AnotherContentUnderAStoredVersionIsRefused) {
  const auto picks = make_event_picks(seconds{10});
  EventChange change = make_change(1, seconds{10}, picks);
  commit({change}, picks);
  change.event.arrivals[0].weight = 0.5;
  const Committed committed = commit({change});
  EXPECT_EQ(committed.event_changes, std::vector{RowOutcome::kRefused});
  EXPECT_NE(committed.first_refusal.find("needs a new version"), std::string::npos)
      << committed.first_refusal;
  EXPECT_EQ(count("event_versions"), 1);
}

TEST_F(StoredEvents, AnArrivalOfAnUnknownPickRefusesThatVersionAlone) {
  const auto picks = make_event_picks(seconds{10});
  EventChange bad = make_change(1, seconds{10}, picks);
  bad.event.arrivals[2].pick_id = "00000000deadbeef";
  EventChange no_fibre = make_change(2, seconds{10}, picks);
  no_fibre.event.arrivals[2].pick_id = "00000000deadbeef:P:17";
  const EventChange good = make_change(3, seconds{10}, picks);
  const Committed committed = commit({bad, no_fibre, good}, picks);
  EXPECT_EQ(committed.event_changes,
            (std::vector{RowOutcome::kRefused, RowOutcome::kRefused, RowOutcome::kInserted}));
  EXPECT_EQ(committed.refused_rows, 2U);
  EXPECT_NE(committed.first_refusal.find("00000000deadbeef"), std::string::npos)
      << committed.first_refusal;
  EXPECT_EQ(count("events"), 1) << "a refused version leaves nothing behind";
  EXPECT_EQ(count("sites"), 3);
}

TEST_F(StoredEvents, OfSeveralPicksOfOneIdTheLastIsTheArrivals) {
  const auto picks = make_event_picks(seconds{10}, 1);
  auto others = picks;
  for (Pick& pick : others) {
    pick.model_id = "other-1";
    pick.model_hash = std::string(64, 'f');
  }
  store_picks(picks);
  store_picks(others);
  commit({make_change(1, seconds{10}, picks)});
  EventQuery query;
  query.with_arrivals = true;
  EXPECT_EQ(std::get<StoredPick>(read_events(query).at(0).arrivals.at(0).pick).pick.model_id,
            "other-1");
}

TEST_F(StoredEvents, VersionsWithImpossibleValuesAreRefusedOneByOne) {
  const auto picks = make_event_picks(seconds{10});
  const EventChange good = make_change(0xFF, seconds{10}, picks);
  const auto with = [&](auto change_it) {
    EventChange change = good;
    change.event.event_id = "0000000000000001";
    change.event.magnitudes = make_magnitudes(picks[0]);
    change_it(change);
    return change;
  };
  const std::vector<EventChange> bad{
      with([](EventChange& c) { c.event.event_id = "no hex digits..."; }),
      with([](EventChange& c) { c.event.event_id = ""; }),
      with([](EventChange& c) { c.event.version = 0; }),
      with([](EventChange& c) { c.event.status = static_cast<EventStatus>(9); }),
      with([](EventChange& c) { c.event.kind = static_cast<EventKind>(9); }),
      with([](EventChange& c) { c.event.log_odds = kNaN; }),
      with([](EventChange& c) { c.event.origin.latitude_deg = 90.5; }),
      with([](EventChange& c) { c.event.origin.latitude_deg = kNaN; }),
      with([](EventChange& c) { c.event.origin.longitude_deg = -180.5; }),
      with([](EventChange& c) { c.event.origin.depth_km = kNaN; }),
      with([](EventChange& c) { c.event.origin.time = Time::max(); }),
      with([](EventChange& c) { c.event.origin.time = Time::min(); }),
      with([](EventChange& c) { c.event.origin.time_sigma_s = -0.5; }),
      with([](EventChange& c) {
        c.event.origin.depth_sigma_km = std::numeric_limits<double>::infinity();
      }),
      with([](EventChange& c) { c.event.origin.ellipse.major_km = kNaN; }),
      with([](EventChange& c) { c.event.origin.covariance_east_north_km2 = kNaN; }),
      with([](EventChange& c) { c.event.origin.quality = static_cast<QualityClass>(7); }),
      with([](EventChange& c) { c.event.arrivals[0].residual_s = kNaN; }),
      with([](EventChange& c) { c.event.arrivals[0].weight = 1.5; }),
      with([](EventChange& c) { c.event.magnitudes[0].value = kNaN; }),
      with([](EventChange& c) { c.event.magnitudes[1].type = MagnitudeType::kMl; }),
      with([](EventChange& c) { c.event.magnitudes[0].contributions[0].value = kNaN; }),
      with([](EventChange& c) { c.event.magnitudes[0].contributions[0].pick_id = "none"; }),
      with([](EventChange& c) {
        c.event.magnitudes[0].contributions[0].amplitudes[1].value_nm = kNaN;
      }),
      with([](EventChange& c) { c.event.magnitudes[0].contributions[0].instrument = {}; }),
      with([](EventChange& c) { c.split_from = "x"; }),
      with([](EventChange& c) { c.merged_into = "x"; }),
  };
  std::vector<EventChange> all = bad;
  all.push_back(good);
  const Committed committed = commit(all, picks);
  std::vector<RowOutcome> expected(bad.size(), RowOutcome::kRefused);
  expected.push_back(RowOutcome::kInserted);
  EXPECT_EQ(committed.event_changes, expected);
  EXPECT_EQ(committed.refused_rows, bad.size());
  EXPECT_EQ(find({}), Ids{"ff"});
}

TEST_F(StoredEvents, SplitsAndMergesAreKept) {
  const auto picks = make_event_picks(seconds{10});
  EventChange part = make_change(2, seconds{10}, {picks[0]});
  part.split_from = "0000000000000001";
  EventChange merged = make_change(1, seconds{10}, {picks[1]}, 2);
  merged.event.status = EventStatus::kWithdrawn;
  merged.merged_into = "0000000000000002";
  commit({make_change(1, seconds{10}, picks), part, merged}, picks);
  EXPECT_EQ(find({}), Ids{"02"}) << "what was withdrawn is not shown";
  EventQuery query;
  query.with_withdrawn = true;
  const auto events = read_events(query);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].merged_into, "0000000000000002");
  EXPECT_EQ(events[1].split_from, "0000000000000001");
  EXPECT_EQ(events[0].split_off, std::vector<std::string>{"0000000000000002"});
  EXPECT_EQ(events[0].merged_from, std::vector<std::string>{});
  EXPECT_EQ(events[1].merged_from, std::vector<std::string>{"0000000000000001"});
  Reader reader = open_reader();
  const auto versions = reader.event_versions("0000000000000001");
  ASSERT_TRUE(versions);
  EXPECT_EQ((*versions)[0].change.merged_into, "");
  EXPECT_EQ((*versions)[1].change.merged_into, "0000000000000002");
}

TEST_F(StoredEvents, AnEventThatIsToldAgainAfterItWasWithdrawnIsShown) {
  const auto picks = make_event_picks(seconds{10});
  EventChange gone = make_change(1, seconds{10}, picks, 2);
  gone.event.status = EventStatus::kWithdrawn;
  gone.merged_into = "0000000000000002";
  commit({make_change(1, seconds{10}, picks), gone, make_change(1, seconds{10}, picks, 3)}, picks);
  const auto events = read_events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].merged_into, "");
  commit({make_change(2, seconds{10}, picks)}, picks);
  EXPECT_EQ(read_events().back().merged_from, std::vector<std::string>{})
      << "an event that stands again is not in another";
}

TEST_F(StoredEvents, UnknownIdsAreToldApart) {
  open_store();
  Reader reader = open_reader();
  EXPECT_EQ(reader.event_versions("0000000000000001").error().code, Errc::kNotFound);
  EXPECT_EQ(reader.event_versions("what?").error().code, Errc::kConfig);
}

}  // namespace
}  // namespace geod::storage
