#include "catalog/event_ledger.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace geod::catalog {
namespace {

using Standing = EventLedger::Standing;

std::shared_ptr<const Standing> event(const std::vector<std::string>& picks,
                                      double depth_km = 5.0,
                                      bool is_final = false) {
  Standing standing;
  standing.origin.time = Time{std::chrono::hours(1)};
  standing.origin.depth_km = depth_km;
  standing.is_final = is_final;
  for (const std::string& pick : picks) {
    OriginArrival arrival;
    arrival.pick_id = pick;
    standing.arrivals.push_back(arrival);
  }
  return std::make_shared<const Standing>(std::move(standing));
}

TEST(EventLedger, AnEventKeepsItsIdAndRaisesItsVersion) {
  EventLedger ledger;
  const auto first = ledger.compare({event({"a", "b", "c", "d"})}, Time{});
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].event.status, EventStatus::kPreliminary);
  EXPECT_EQ(first[0].event.event_id.size(), 16U);
  const auto second = ledger.compare({event({"a", "b", "c", "d", "e"})}, Time{});
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].event.event_id, first[0].event.event_id);
  EXPECT_EQ(second[0].event.version, 2);
  EXPECT_EQ(second[0].event.status, EventStatus::kUpdated);
  const auto third = ledger.compare({event({"a", "b", "c", "d", "e"}, 5.0, true)}, Time{});
  ASSERT_EQ(third.size(), 1U);
  EXPECT_EQ(third[0].event.status, EventStatus::kFinal);
  EXPECT_TRUE(ledger.compare({event({"a", "b", "c", "d", "e"}, 5.0, true)}, Time{}).empty());
}

TEST(EventLedger, TellsIntoWhichEventAnotherWasMerged) {
  EventLedger ledger;
  const auto two =
      ledger.compare({event({"a", "b", "c", "d", "e"}), event({"p", "q", "r"})}, Time{});
  ASSERT_EQ(two.size(), 2U);
  const auto one = ledger.compare({event({"a", "b", "c", "d", "e", "p", "q", "r"})}, Time{});
  ASSERT_EQ(one.size(), 2U);
  EXPECT_EQ(one[0].event.event_id, two[0].event.event_id);
  EXPECT_EQ(one[1].event.event_id, two[1].event.event_id);
  EXPECT_EQ(one[1].event.status, EventStatus::kWithdrawn);
  EXPECT_EQ(one[1].merged_into, two[0].event.event_id);
}

TEST(EventLedger, TellsFromWhichEventAnotherWasSplit) {
  EventLedger ledger;
  const auto one = ledger.compare({event({"a", "b", "c", "d", "e", "p", "q", "r"})}, Time{});
  const auto two =
      ledger.compare({event({"p", "q", "r"}), event({"a", "b", "c", "d", "e"})}, Time{});
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].split_from, one[0].event.event_id);
  EXPECT_NE(two[0].event.event_id, one[0].event.event_id);
  EXPECT_EQ(two[1].event.event_id, one[0].event.event_id);
  EXPECT_EQ(two[1].split_from, "");
}

TEST(EventLedger, AWithdrawnEventComesBackUnderItsId) {
  EventLedger ledger;
  const auto first = ledger.compare({event({"a", "b", "c", "d"})}, Time{});
  const auto gone = ledger.compare({}, Time{});
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0].event.status, EventStatus::kWithdrawn);
  EXPECT_EQ(gone[0].merged_into, "");
  const auto back = ledger.compare({event({"a", "b", "c", "d"})}, Time{});
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].event.event_id, first[0].event.event_id);
  EXPECT_EQ(back[0].event.version, 3);
}

TEST(EventLedger, RecalledEventsKeepTheirIdsAfterARestart) {
  EventLedger before;
  const auto first = before.compare({event({"a", "b", "c", "d"})}, Time{});
  EventLedger after;
  const std::vector<EventVersion> known{first[0].event};
  after.recall(known);
  EXPECT_TRUE(after.compare({event({"a", "b", "c", "d"})}, Time{}).empty());
  const auto changed = after.compare({event({"a", "b", "c", "d", "e"})}, Time{});
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].event.event_id, first[0].event.event_id);
  EXPECT_EQ(changed[0].event.version, 2);
}

TEST(EventLedger, EventsOutOfSightAreNotWithdrawn) {
  EventLedger ledger;
  ledger.compare({event({"a", "b", "c", "d"})}, Time{});
  EXPECT_TRUE(ledger.compare({}, Time{std::chrono::hours(2)}).empty());
}

}  // namespace
}  // namespace geod::catalog
