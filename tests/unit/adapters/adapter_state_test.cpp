#include "adapters/adapter_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::adapters {
namespace {

using models::Task;
using ::testing::HasSubstr;

constexpr Time kNow = time_from_ns(1'562'259'775'000'000'000);
const BundleRef kA{"ridge-1", std::string(64, 'a')};
const BundleRef kB{"ridge-2", std::string(64, 'b')};

TEST(AdapterState, BeginsWithWhatIsShipped) {
  const AdapterState state;
  EXPECT_TRUE(state.of(Task::kDpk).active.is_shipped());
  EXPECT_FALSE(state.of(Task::kDpk).previous.has_value());
  EXPECT_FALSE(state.of(Task::kDpk).shadow.has_value());
}

TEST(AdapterState, RollsBackToWhatWasActiveAndForthAgain) {
  AdapterState state;
  state.activate(Task::kDpk, kA, kNow);
  state.activate(Task::kDpk, kB, kNow);
  ASSERT_TRUE(state.roll_back(Task::kDpk, kNow));
  EXPECT_EQ(state.of(Task::kDpk).active, kA);
  EXPECT_EQ(state.of(Task::kDpk).previous, kB);
  ASSERT_TRUE(state.roll_back(Task::kDpk, kNow));
  EXPECT_EQ(state.of(Task::kDpk).active, kB);
}

TEST(AdapterState, RollsBackFromTheFirstBundleToTheShippedHead) {
  AdapterState state;
  state.activate(Task::kPmp, kA, kNow);
  ASSERT_TRUE(state.roll_back(Task::kPmp, kNow));
  EXPECT_TRUE(state.of(Task::kPmp).active.is_shipped());
}

TEST(AdapterState, RefusesToRollBackWhereNothingWas) {
  AdapterState state;
  const auto rolled = state.roll_back(Task::kDpk, kNow);
  ASSERT_FALSE(rolled);
  EXPECT_EQ(rolled.error().code, Errc::kNotFound);
  EXPECT_THAT(rolled.error().what, HasSubstr("dpk"));
}

TEST(AdapterState, ActivatingWhatIsActiveKeepsThePreviousOne) {
  AdapterState state;
  state.activate(Task::kDpk, kA, kNow);
  state.activate(Task::kDpk, kB, kNow);
  state.activate(Task::kDpk, kB, kNow);
  EXPECT_EQ(state.of(Task::kDpk).previous, kA);
}

TEST(AdapterState, PromotingTheShadowEndsIt) {
  AdapterState state;
  state.set_shadow(Task::kDpk, kB, kNow);
  state.activate(Task::kDpk, kB, kNow);
  EXPECT_FALSE(state.of(Task::kDpk).shadow.has_value());
  state.set_shadow(Task::kDpk, kA, kNow);
  state.activate(Task::kDpk, kB, kNow);
  EXPECT_EQ(state.of(Task::kDpk).shadow, kA) << "another candidate goes on";
}

TEST(AdapterState, TasksDoNotTouchEachOther) {
  AdapterState state;
  state.activate(Task::kDpk, kA, kNow);
  state.activate(Task::kBaz, kB, kNow);
  ASSERT_TRUE(state.roll_back(Task::kBaz, kNow));
  EXPECT_EQ(state.of(Task::kDpk).active, kA);
}

TEST(AdapterState, KeepsABoundedHistoryNewestLast) {
  AdapterState state;
  for (std::size_t i = 0; i < AdapterState::kMaxHistory + 10; ++i) {
    state.activate(Task::kDpk, i % 2 == 0 ? kA : kB, kNow + std::chrono::seconds{i});
  }
  const auto& history = state.of(Task::kDpk).history;
  ASSERT_EQ(history.size(), AdapterState::kMaxHistory);
  EXPECT_EQ(history.back().time, kNow + std::chrono::seconds{AdapterState::kMaxHistory + 9});
}

TEST(AdapterState, GoesThroughJson) {
  AdapterState state;
  state.activate(Task::kDpk, kA, kNow);
  state.activate(Task::kDpk, kB, kNow);
  state.set_shadow(Task::kPmp, kA, kNow);
  state.set_shadow(Task::kPmp, std::nullopt, kNow);
  state.activate(Task::kDas, kB, kNow);
  state.known = {{"ridge-1", kA.hash}, {"ridge-2", kB.hash}};
  const auto read = parse_adapter_state(to_json(state), "state.json");
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(*read, state);
}

TEST(AdapterState, RefusesWhatIsNoState) {
  const std::string whole = to_json([] {
    AdapterState state;
    state.activate(Task::kDpk, kA, kNow);
    return state;
  }());
  std::vector<std::string> wrong{
      "", "[]", "{}", "{\"format\": 1}", whole.substr(0, whole.size() / 2)};
  for (const char* piece : {"geod-adapter-state/1", "dpk", "\"active\"", "2019", "\"history\""}) {
    std::string changed = whole;
    changed.replace(changed.find(piece), 2, "!!");
    wrong.push_back(changed);
  }
  for (const std::string& text : wrong) {
    const auto read = parse_adapter_state(text, "DIR/state.json");
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::kCorruptRecord);
    EXPECT_THAT(read.error().what, HasSubstr("DIR/state.json"));
  }
}

}  // namespace
}  // namespace geod::adapters
