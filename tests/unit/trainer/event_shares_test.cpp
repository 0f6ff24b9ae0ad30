#include "trainer/event_shares.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

/// `events` earthquakes at two stations each, and one recording without an event.
std::vector<Recording> recordings_of(int events) {
  std::vector<Recording> recordings;
  for (int i = 0; i < events; ++i) {
    for (const char* station : {"A", "B"}) {
      Recording recording;
      recording.id = station + std::to_string(i);
      recording.event = "event" + std::to_string(i);
      recordings.push_back(std::move(recording));
    }
  }
  recordings.emplace_back().id = "alone";
  return recordings;
}

std::map<EventPart, std::set<std::string>> ids_of(const std::vector<Recording>& recordings,
                                                  const EventShares& shares) {
  const std::vector<EventPart> parts = parts_by_event(recordings, shares);
  std::map<EventPart, std::set<std::string>> out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    out[parts[i]].insert(recordings[i].id);
  }
  return out;
}

TEST(PartsByEvent, CutsTheEventsAtTheirShares) {
  const auto recordings = recordings_of(99);  // and one alone: 100
  const std::vector<EventPart> parts = parts_by_event(recordings, {0.1, 0.1, 0.05, 1});
  std::map<EventPart, std::set<std::string>> events;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    events[parts[i]].insert(recordings[i].event.empty() ? "alone" : recordings[i].event);
  }
  EXPECT_EQ(events[EventPart::kTrain].size(), 10U);
  EXPECT_EQ(events[EventPart::kUnused].size(), 0U);
  EXPECT_EQ(events[EventPart::kValidation].size(), 5U);
  EXPECT_EQ(events[EventPart::kTest].size(), 85U);  // no event is in two parts: they add up
}

TEST(PartsByEvent, TestsEveryShareOnTheSameEvents) {
  const auto recordings = recordings_of(99);
  auto few = ids_of(recordings, {0.02, 0.2, 0.05, 7});
  auto many = ids_of(recordings, {0.2, 0.2, 0.05, 7});
  EXPECT_EQ(few[EventPart::kTest], many[EventPart::kTest]);
  EXPECT_EQ(few[EventPart::kValidation], many[EventPart::kValidation]);
  EXPECT_TRUE(std::ranges::includes(many[EventPart::kTrain], few[EventPart::kTrain]));
  EXPECT_LT(few[EventPart::kTrain].size(), many[EventPart::kTrain].size());
}

TEST(PartsByEvent, DependsOnTheSeedAndNotOnTheOrderOfTheRecordings) {
  auto recordings = recordings_of(40);
  const auto first = ids_of(recordings, {0.3, 0.3, 0.1, 1});
  EXPECT_NE(first, ids_of(recordings, {0.3, 0.3, 0.1, 2}));
  std::ranges::reverse(recordings);
  EXPECT_EQ(first, ids_of(recordings, {0.3, 0.3, 0.1, 1}));
}

TEST(PartsByEvent, LeavesAtLeastOneEventToTrainAndToValidateOn) {
  auto parts = ids_of(recordings_of(3), {0.01, 0.01, 0.01, 1});
  EXPECT_FALSE(parts[EventPart::kTrain].empty());
  EXPECT_FALSE(parts[EventPart::kValidation].empty());
  EXPECT_TRUE(parts_by_event({}, {}).empty());
}

}  // namespace
}  // namespace geod::trainer
