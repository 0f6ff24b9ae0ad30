// What people say of events, beside what geod says.
#include <limits>

#include "storage/review_import.hpp"
#include "tests/support/event_rows.hpp"

namespace geod::storage {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kOurs = "0000000000000001";

class Reviews : public StoredEventsTest {
 protected:
  void store_ours() {
    const auto picks = make_event_picks(seconds{10});
    EventChange change = make_change(1, seconds{10}, picks);
    change.event.magnitudes = make_magnitudes(picks[0]);
    commit({change}, picks);
  }
  static EventQuery with_arrivals() {
    EventQuery query;
    query.with_arrivals = true;
    return query;
  }
  std::vector<ReviewedEvent> reviews_of_the_first() {
    return read_events(with_arrivals()).at(0).reviewed;
  }
};

TEST_F(Reviews, ComeBackWholeBesideOurs) {
  store_ours();
  const ReviewedEvent theirs = make_review("quake/1", seconds{10});
  EXPECT_EQ(review(theirs, kOurs).reviewed_events, std::vector{RowOutcome::kInserted});
  const auto events = read_events(with_arrivals());
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event.event_id, kOurs);
  EXPECT_EQ(events[0].event.origin.latitude_deg, 35.75) << "ours stays as it was told";
  EXPECT_EQ(events[0].reviewed, std::vector{theirs});
}

TEST_F(Reviews, OfAnEventThatGeodDidNotSeeStandAlone) {
  ReviewedEvent bare;
  bare.public_id = "quake/2";
  bare.time = kStart;
  review(bare);
  const auto events = read_events(with_arrivals());
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event.version, 0);
  EXPECT_EQ(events[0].event.event_id, "");
  EXPECT_EQ(events[0].reviewed, std::vector{bare});
}

TEST_F(Reviews, ArePreferredInQuestionsAndOrder) {
  store_ours();  // 17:00:10, ML 2.5, 8.5 km, quality B
  const auto picks = make_event_picks(seconds{60});
  commit({make_change(2, seconds{60}, picks)}, picks);
  ReviewedEvent theirs = make_review("quake/1", seconds{120});  // Mw 2.875, 9.25 km
  review(theirs, kOurs);
  EXPECT_EQ(find({}), (Ids{"02", "01"}));
  EventQuery query;
  query.magnitude_type = "Mw";
  query.min_magnitude = 2.8;
  query.min_depth_km = 9.0;
  query.worst_quality = QualityClass::kA;
  query.from = kStart + seconds{100};
  query.region = Region{35.69, 35.71, -117.56, -117.54};
  EXPECT_EQ(find(query), Ids{"01"});
  EventQuery automatic;
  automatic.magnitude_type = "ML";
  EXPECT_EQ(find(automatic), Ids{});
  EventQuery only;
  only.reviewed_only = true;
  EXPECT_EQ(find(only), Ids{"01"});
}

TEST_F(Reviews, WithoutMagnitudeKeepOurs) {
  store_ours();
  ReviewedEvent theirs = make_review("quake/1", seconds{10});
  theirs.magnitudes.clear();
  review(theirs, kOurs);
  EventQuery query;
  query.magnitude_type = "ML";
  query.min_magnitude = 2.5;
  EXPECT_EQ(find(query), Ids{"01"});
}

TEST_F(Reviews, TheSameFileAgainChangesNothing) {
  store_ours();
  const ReviewedEvent theirs = make_review("quake/1", seconds{10});
  const ReviewedEvent alone = make_review("quake/2", seconds{900});
  Batch batch;
  batch.reviewed_events = {{theirs, kOurs}, {alone, ""}};
  commit(batch);
  clock_.elapsed = hours{1};
  EXPECT_EQ(commit(batch).reviewed_events, std::vector(2, RowOutcome::kAlreadyThere));
  EXPECT_EQ(count("reviews"), 2);
  EXPECT_EQ(count("events"), 2);
  EXPECT_EQ(read_events().at(0).inserted, clock_.now() - hours{1});
}

TEST_F(Reviews, ANewerOneOfTheSameIdIsARowMoreAndPreferred) {
  store_ours();
  const ReviewedEvent first = make_review("quake/1", seconds{10});
  ReviewedEvent second = first;
  second.latitude_deg = 35.5;
  second.created = *first.created + hours{1};
  review(first, kOurs);
  review(second, kOurs);
  EXPECT_EQ(reviews_of_the_first(), (std::vector{second, first}));
}

TEST_F(Reviews, AnOlderOneThatComesLateIsNotPreferred) {
  store_ours();
  const ReviewedEvent newer = make_review("quake/1", seconds{10});
  ReviewedEvent older = newer;
  older.created = *newer.created - hours{1};
  review(newer, kOurs);
  review(older, kOurs);
  EXPECT_EQ(reviews_of_the_first(), (std::vector{newer, older}));
}

TEST_F(Reviews, ByPeopleArePreferredToThoseOfMachines) {
  store_ours();
  const ReviewedEvent by_person = make_review("quake/1", seconds{10});
  ReviewedEvent by_machine = make_review("robot/1", seconds{10});
  by_machine.evaluation_mode = "automatic";
  by_machine.created = *by_person.created + hours{1};
  review(by_person, kOurs);
  review(by_machine, kOurs);
  EXPECT_EQ(reviews_of_the_first(), (std::vector{by_person, by_machine}));
}

TEST_F(Reviews, ThatSayNotExistingWithdrawAnEvent) {
  store_ours();
  ReviewedEvent nothing = make_review("quake/1", seconds{10});
  nothing.type = "not existing";
  review(nothing, kOurs);
  EXPECT_EQ(find({}), Ids{});
  EventQuery query;
  query.with_withdrawn = true;
  EXPECT_EQ(find(query), Ids{"01"});
}

TEST_F(Reviews, ThatConfirmAWithdrawnEventShowIt) {
  const auto picks = make_event_picks(seconds{10});
  EventChange gone = make_change(1, seconds{10}, picks);
  gone.event.status = EventStatus::kWithdrawn;
  commit({gone}, picks);
  EXPECT_EQ(find({}), Ids{});
  review(make_review("quake/1", seconds{10}), kOurs);
  EXPECT_EQ(find({}), Ids{"01"});
}

TEST_F(Reviews, ANewVersionOfOursDoesNotTakeTheirPlace) {
  store_ours();
  review(make_review("quake/1", seconds{10}), kOurs);
  const auto picks = make_event_picks(seconds{10});
  commit({make_change(1, seconds{10}, picks, 2)});
  EventQuery query;
  query.magnitude_type = "Mw";
  EXPECT_EQ(find(query), Ids{"01"});
}

TEST_F(Reviews, ALaterMatchMovesThemToOurEvent) {
  const ReviewedEvent first = make_review("quake/1", seconds{10});
  ReviewedEvent second = first;
  second.created = *first.created + hours{1};
  review(first);
  review(second);
  EXPECT_EQ(find({}), Ids{"quake/1"});
  store_ours();
  EXPECT_EQ(find({}), (Ids{"01", "quake/1"}));
  EXPECT_EQ(review(second, kOurs).reviewed_events, std::vector{RowOutcome::kAlreadyThere});
  EXPECT_EQ(find({}), Ids{"01"});
  EXPECT_EQ(reviews_of_the_first(), (std::vector{second, first}));
  EventQuery query;
  query.stations = {"ZZ.FAR"};
  EXPECT_EQ(find(query), Ids{"01"}) << "their stations are found there too";
  EventQuery withdrawn;
  withdrawn.with_withdrawn = true;
  EXPECT_EQ(find(withdrawn), Ids{"01"}) << "nothing is left where they were";
}

TEST_F(Reviews, AreFoundByStationAndPublicId) {
  store_ours();
  review(make_review("quake/1", seconds{10}), kOurs);
  review(make_review("quake/2", seconds{900}));
  EventQuery query;
  query.stations = {"ZZ.*"};
  EXPECT_EQ(find(query), (Ids{"01", "quake/2"}));
  EventQuery ids;
  ids.event_ids = {"quake/1"};
  EXPECT_EQ(find(ids), Ids{"01"});
  ids.event_ids = {"quake/2", kOurs, "nowhere"};
  EXPECT_EQ(find(ids), (Ids{"01", "quake/2"}));
}

TEST_F(Reviews, WithImpossibleValuesAreRefusedOneByOne) {
  store_ours();
  const ReviewedEvent good = make_review("quake/1", seconds{10});
  const auto with = [&](auto change_it) {
    ReviewedEvent changed = good;
    change_it(changed);
    return ReviewRow{changed, kOurs};
  };
  Batch batch;
  batch.reviewed_events = {
      with([](ReviewedEvent& r) { r.public_id.clear(); }),
      with([](ReviewedEvent& r) { r.latitude_deg = kNaN; }),
      with([](ReviewedEvent& r) { r.longitude_deg = 200.0; }),
      with([](ReviewedEvent& r) { r.depth_km = kNaN; }),
      with([](ReviewedEvent& r) { r.time = Time::min(); }),
      with([](ReviewedEvent& r) { r.standard_error_s = kNaN; }),
      with([](ReviewedEvent& r) { r.arrivals[0].residual_s = kNaN; }),
      with([](ReviewedEvent& r) { r.magnitudes[1].value = kNaN; }),
      {good, "00000000000000ee"},
      {good, "not an id"},
  };
  const std::size_t bad = batch.reviewed_events.size();
  batch.reviewed_events.push_back({good, kOurs});
  const Committed committed = commit(batch);
  std::vector<RowOutcome> expected(bad, RowOutcome::kRefused);
  expected.push_back(RowOutcome::kInserted);
  EXPECT_EQ(committed.reviewed_events, expected);
  EXPECT_EQ(committed.refused_rows, bad);
  EXPECT_EQ(count("reviews"), 1);
}

TEST_F(Reviews, AreImportedBesideARunningDaemon) {
  store_ours();
  Store daemon = open_store();
  std::vector<ReviewRow> rows;
  for (int i = 0; i < 450; ++i) {  // more than one transaction
    rows.push_back({make_review(fmt::format("quake/{}", i), seconds{10 + i}), ""});
  }
  rows[0].event_id = kOurs;
  {
    Result<Database> database = Database::open_writer(options_.file, {});
    ASSERT_TRUE(database) << database.error().what;
    const auto committed = import_reviews(*database, rows, clock_.now());
    ASSERT_TRUE(committed) << committed.error().what;
    EXPECT_EQ(committed->reviewed_events, std::vector(rows.size(), RowOutcome::kInserted));
    const auto again = import_reviews(*database, rows, clock_.now());
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_EQ(again->reviewed_events, std::vector(rows.size(), RowOutcome::kAlreadyThere));
  }
  const auto picks = make_event_picks(seconds{60});
  Batch batch;
  batch.picks = picks;
  batch.event_changes = {make_change(2, seconds{60}, picks)};
  const auto committed = daemon.commit(batch);
  ASSERT_TRUE(committed) << committed.error().what;
  EXPECT_EQ(committed->event_changes, std::vector{RowOutcome::kInserted});
  EXPECT_EQ(find({}).size(), 451U);
}

}  // namespace
}  // namespace geod::storage
