#include "trainer/training_split.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

using ::testing::HasSubstr;

std::vector<Recording> recordings() {
  std::vector<Recording> all(40);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].id = fmt::format("set/{}", i);
    all[i].event = fmt::format("e{}", i / 2);
    all[i].kind = RecordingKind::kWindow;
    all[i].fold = static_cast<int>(i % 5);
  }
  return all;
}

TEST(TrainingSplit, HoldsOutFoldsWithoutASplit) {
  TrainOptions options;
  options.hold_out_folds = {1};
  const TrainingSplit split = split_recordings(recordings(), options);
  EXPECT_EQ(split.training.size(), 32U);
  EXPECT_EQ(split.held_out.size(), 8U);
  EXPECT_EQ(split.testing.size(), 0U);
}

TEST(TrainingSplit, LeavesTheTestPartOut) {
  TrainOptions options;
  options.split.shares = SplitShares{0.5, 0.25};
  const TrainingSplit split = split_recordings(recordings(), options);
  EXPECT_EQ(split.training.size(), 20U);
  EXPECT_EQ(split.held_out.size(), 10U);
  EXPECT_EQ(split.testing.size(), 10U);
}

TEST(TrainingSplit, IsFoundAgainFromTheOptionsAlone) {
  TrainOptions options;
  options.split = {SplitShares{0.5, 0.25}, 7, false};
  const TrainingSplit trained = split_recordings(recordings(), options);
  auto all = recordings();
  assign_parts(all, options.split);
  for (const Recording& recording : trained.testing) {
    const auto same = std::ranges::find(all, recording.id, &Recording::id);
    EXPECT_EQ(to_string(same->part), "test") << recording.id;
  }
  EXPECT_EQ(std::ranges::count(all, Part::kTest, &Recording::part),
            static_cast<std::ptrdiff_t>(trained.testing.size()));
}

TEST(TrainingSplit, TakesThePartsOfTheDataOverFolds) {
  TrainOptions options;
  options.hold_out_folds = {0};
  auto all = recordings();
  all[0].part = Part::kTrain;
  all[5].part = Part::kTest;
  all[1].part = Part::kValidation;
  const TrainingSplit split = split_recordings(std::move(all), options);
  EXPECT_EQ(split.testing.size(), 1U);
  EXPECT_EQ(split.held_out.size(), 8U - 2U + 1U);
}

TEST(TrainingSplit, SaysWhatWasSkipped) {
  DatasetSummary summary;
  summary.skipped_traces = 3;
  summary.first_skip = "a.csv:7: no file_idx";
  const auto lines = describe_data("set", summary, {});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[1], HasSubstr("3 traces skipped, the first: a.csv:7"));
}

}  // namespace
}  // namespace geod::trainer
