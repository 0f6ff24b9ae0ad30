// What the associator and followers read of events and picks: on from where they stood.
#include "tests/support/event_rows.hpp"
#include "tests/support/fibre_rows.hpp"

namespace geod::storage {
namespace {

using std::chrono::seconds;

class FollowedEvents : public StoredEventsTest {};

TEST_F(FollowedEvents, TheAssociatorFindsTheNewestVersionsSinceATime) {
  const auto picks = make_event_picks(seconds{10});
  EventChange gone = make_change(3, seconds{30}, picks, 2);
  gone.event.status = EventStatus::kWithdrawn;
  const EventChange old = make_change(1, seconds{10}, picks);
  EventChange now = make_change(2, seconds{20}, picks, 2);
  now.event.magnitudes = make_magnitudes(picks[0]);
  commit({old, make_change(2, seconds{20}, picks), make_change(3, seconds{30}, picks), now, gone},
         picks);
  Reader reader = open_reader();
  const auto events = reader.recent_events(kStart + seconds{20});
  ASSERT_TRUE(events) << events.error().what;
  ASSERT_EQ(events->size(), 2U);
  expect_same((*events)[0], now.event);
  expect_same((*events)[1], gone.event);
}

TEST_F(FollowedEvents, AFollowerReadsOnFromTheLastVersionItKnows) {
  const auto picks = make_event_picks(seconds{10});
  std::vector<EventChange> changes;
  for (int version = 1; version <= 5; ++version) {
    changes.push_back(make_change(1, seconds{10 + version}, picks, version));
  }
  changes[3].split_from = "00000000000000aa";
  commit(changes, picks);
  Reader reader = open_reader();
  std::int64_t key = 0;
  std::vector<int> versions;
  for (int reads = 0; reads < 4; ++reads) {
    const auto page = reader.versions_after(key, 2);
    ASSERT_TRUE(page) << page.error().what;
    for (const StoredVersion& stored : *page) {
      expect_same(stored.change.event, changes[versions.size()].event);
      EXPECT_EQ(stored.change.split_from, changes[versions.size()].split_from);
      versions.push_back(stored.change.event.version);
      key = stored.version_key;
    }
  }
  EXPECT_EQ(versions, (std::vector{1, 2, 3, 4, 5}));
}

TEST_F(FollowedEvents, PicksComeInTheOrderOfTheirCommits) {
  const auto early = make_event_picks(seconds{10});
  store_picks(make_event_picks(seconds{500}));
  Batch batch;
  batch.picks = early;
  batch.estimates = {make_estimate(early[0], BackAzimuthEstimate{10.0, 5.0})};
  commit(batch);
  Reader reader = open_reader();
  const auto first = reader.picks_after(0, 7);
  ASSERT_TRUE(first) << first.error().what;
  ASSERT_EQ(first->size(), 7U);
  EXPECT_EQ(first->back().pick, early[0]);
  EXPECT_EQ(first->back().estimates.size(), 1U);
  const auto rest = reader.picks_after(first->back().pick_key, 100);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->size(), 5U);
}

TEST_F(FollowedEvents, FibrePicksComeInTheOrderOfTheirCommits) {
  Batch batch;
  batch.detections = {make_detection(1, seconds{300}),
                      make_detection(2, seconds{200}),
                      make_detection(3, seconds{100})};
  batch.detections[0].picks.push_back(batch.detections[0].picks[0]);
  batch.detections[0].picks[1].phase_hint = Phase::kS;
  batch.detections[1].picks.clear();
  commit(batch);
  Reader reader = open_reader();
  const auto first = reader.fibre_picks_after(0, 1);
  ASSERT_TRUE(first) << first.error().what;
  ASSERT_EQ(first->size(), 2U) << "all of one detection";
  EXPECT_EQ((*first)[1].pick, batch.detections[0].picks[1]);
  EXPECT_EQ((*first)[1].channel_spacing_m, batch.detections[0].channel_spacing_m);
  const auto rest = reader.fibre_picks_after((*first)[1].detection_key, 10);
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->size(), 1U);
  EXPECT_EQ((*rest)[0].detection_id, "0000000000000003");
  const auto span = reader.fibre_picks_between(kStart + seconds{90}, kStart + seconds{150});
  ASSERT_TRUE(span) << span.error().what;
  ASSERT_EQ(span->size(), 1U);
  EXPECT_EQ((*span)[0].detection_id, "0000000000000003");
}

TEST_F(FollowedEvents, DetectionsComeInTheOrderOfTheirCommits) {
  Batch batch;
  batch.detections = {make_detection(1, seconds{300}),
                      make_detection(2, seconds{200}),
                      make_detection(3, seconds{100})};
  commit(batch);
  Reader reader = open_reader();
  const auto first = reader.detections_after(0, 2);
  ASSERT_TRUE(first) << first.error().what;
  ASSERT_EQ(first->size(), 2U);
  EXPECT_EQ((*first)[0].detection.from, batch.detections[0].from);
  const auto rest = reader.detections_after((*first)[1].detection_key, 2);
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->size(), 1U);
  EXPECT_EQ((*rest)[0].detection.from, batch.detections[2].from);
}

TEST_F(FollowedEvents, TheNewestKeysAreWhereAFollowerEnds) {
  const auto picks = make_event_picks(seconds{10});
  commit({make_change(1, seconds{10}, picks)}, picks);
  Reader reader = open_reader();
  const auto keys = reader.newest_keys();
  ASSERT_TRUE(keys) << keys.error().what;
  EXPECT_EQ(keys->pick_key, reader.picks_after(0, 100)->back().pick_key);
  EXPECT_EQ(keys->version_key, reader.versions_after(0, 100)->back().version_key);
  EXPECT_EQ(keys->detection_key, 0);
  EXPECT_EQ(keys->review_key, 0);
}

TEST_F(FollowedEvents, ReviewsComeInTheOrderOfTheirCommitsWithTheEventTheyBelongTo) {
  const auto picks = make_event_picks(seconds{10});
  commit({make_change(1, seconds{10}, picks)}, picks);
  Batch batch;
  batch.reviewed_events = {{make_review("quake/1", seconds{10}), "0000000000000001"},
                           {make_review("quake/2", seconds{9000}), ""}};
  commit(batch);
  Reader reader = open_reader();
  const auto first = reader.reviews_after(0, 1);
  ASSERT_TRUE(first) << first.error().what;
  ASSERT_EQ(first->size(), 1U);
  EXPECT_EQ(first->front().event_id, "0000000000000001");
  EXPECT_TRUE(first->front().is_preferred);
  EXPECT_EQ(first->front().review, batch.reviewed_events[0].review);
  const auto rest = reader.reviews_after(first->front().review_key, 10);
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->size(), 1U);
  EXPECT_EQ(rest->front().event_id, "");
  EXPECT_EQ(rest->front().review.public_id, "quake/2");
  EXPECT_EQ(reader.newest_keys()->review_key, rest->front().review_key);
}

}  // namespace
}  // namespace geod::storage
