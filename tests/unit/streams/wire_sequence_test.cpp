#include "streams/wire_sequence.hpp"

#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace geod::streams {
namespace {

using Kind = SequenceVerdict::Kind;
constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

TEST(SequenceLedger, JoinsAStreamWhereItIsFirstHeard) {
  SequenceLedger ledger;
  EXPECT_EQ(ledger.on_data("a", 1, 500).missing, 0U);
  EXPECT_EQ(ledger.on_data("a", 1, 501).missing, 0U);
}

TEST(SequenceLedger, CountsWhatIsMissingBetweenTwoMessages) {
  SequenceLedger ledger;
  ledger.on_data("a", 1, 0);
  EXPECT_EQ(ledger.on_data("a", 1, 4).missing, 3U);
}

TEST(SequenceLedger, CallsRepeatedAndOlderNumbersDuplicates) {
  SequenceLedger ledger;
  ledger.on_data("a", 1, 5);
  EXPECT_EQ(ledger.on_data("a", 1, 5).kind, Kind::kDuplicate);
  EXPECT_EQ(ledger.on_data("a", 1, 2).kind, Kind::kDuplicate);
  EXPECT_EQ(ledger.on_data("a", 1, 6).kind, Kind::kAccept);
}

TEST(SequenceLedger, LearnsTheLossOfTheLastMessagesFromAHeartbeat) {
  SequenceLedger ledger;
  ledger.on_data("a", 1, 0);
  EXPECT_EQ(ledger.on_next_seq("a", 1, 1).missing, 0U);
  EXPECT_EQ(ledger.on_next_seq("a", 1, 3).missing, 2U);
  EXPECT_EQ(ledger.on_next_seq("a", 1, 3).missing, 0U) << "counted once";
  EXPECT_EQ(ledger.on_data("a", 1, 3).missing, 0U);
}

TEST(SequenceLedger, StartsTheAccountAtTheFirstHeartbeat) {
  SequenceLedger ledger;
  ledger.on_next_seq("a", 1, 10);
  EXPECT_EQ(ledger.on_data("a", 1, 12).missing, 2U);
}

TEST(SequenceLedger, DoesNotDropAHeartbeatThatLagsBehind) {
  SequenceLedger ledger;
  ledger.on_data("a", 1, 9);
  EXPECT_EQ(ledger.on_next_seq("a", 1, 4).kind, Kind::kAccept);
  EXPECT_EQ(ledger.on_data("a", 1, 10).missing, 0U);
}

TEST(SequenceLedger, CountsFromZeroAfterARestart) {
  SequenceLedger ledger;
  ledger.on_data("a", 1, 100);
  const SequenceVerdict verdict = ledger.on_data("a", 2, 2);
  EXPECT_TRUE(verdict.is_restart);
  EXPECT_EQ(verdict.missing, 2U);
  EXPECT_FALSE(ledger.on_data("a", 2, 3).is_restart);
}

TEST(SequenceLedger, SeesARestartInAHeartbeat) {
  SequenceLedger ledger;
  ledger.on_data("a", 1, 100);
  const SequenceVerdict verdict = ledger.on_next_seq("a", 2, 3);
  EXPECT_TRUE(verdict.is_restart);
  EXPECT_EQ(verdict.missing, 3U);
}

TEST(SequenceLedger, KeepsTheAccountOfTheOldBootForItsTail) {
  SequenceLedger ledger;
  ledger.on_data("a", 1, 100);
  ledger.on_data("a", 2, 0);
  const SequenceVerdict tail = ledger.on_data("a", 1, 101);
  EXPECT_FALSE(tail.is_restart);
  EXPECT_EQ(tail.missing, 0U);
}

TEST(SequenceLedger, KeepsStreamsApart) {
  SequenceLedger ledger;
  ledger.on_data("a", 1, 0);
  ledger.on_data("b", 1, 7);
  EXPECT_EQ(ledger.on_data("a", 1, 1).missing, 0U);
  EXPECT_EQ(ledger.on_data("b", 1, 8).missing, 0U);
}

TEST(SequenceLedger, RefusesAnAbsurdJumpAndStaysUsable) {
  SequenceLedger ledger;
  ledger.on_data("a", 1, 0);
  EXPECT_EQ(ledger.on_data("a", 1, kLargest - 1).kind, Kind::kAbsurd);
  EXPECT_EQ(ledger.on_next_seq("a", 1, 1ULL << 63).kind, Kind::kAbsurd);
  EXPECT_EQ(ledger.on_data("a", 9, 1ULL << 62).kind, Kind::kAbsurd);
  EXPECT_EQ(ledger.on_data("new", 1, kLargest).kind, Kind::kAbsurd);
  const SequenceVerdict next = ledger.on_data("a", 1, 1);
  EXPECT_EQ(next.kind, Kind::kAccept);
  EXPECT_EQ(next.missing, 0U);
}

TEST(SequenceLedger, StaysBoundedInStreams) {
  SequenceLedger ledger;
  for (std::size_t i = 0; i < SequenceLedger::kMaxStreams; ++i) {
    ASSERT_EQ(ledger.on_data(fmt::format("s{}", i), 1, 0).kind, Kind::kAccept);
  }
  EXPECT_EQ(ledger.on_data("one more", 1, 0).kind, Kind::kTooManyStreams);
  EXPECT_EQ(ledger.on_data("s7", 1, 1).kind, Kind::kAccept);
  ledger.forget("s7");
  EXPECT_EQ(ledger.on_data("one more", 1, 0).kind, Kind::kAccept);
}

}  // namespace
}  // namespace geod::streams
