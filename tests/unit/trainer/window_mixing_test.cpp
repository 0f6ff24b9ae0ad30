#include "trainer/window_mixing.hpp"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/trainer/test_recordings.hpp"
#include "trainer/component_augmentation.hpp"

namespace geod::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CutWindow, MovesLabelsAndMasksWithTheData) {
  Recording recording = test::bursts({{Phase::kP, 2500.0}}, 6000, RecordingKind::kContinuous, 1);
  recording.masks = {{Phase::kS, 2600.0, 4000.0}};
  const LabelledWindow window = cut_window(recording, 2000.0, 1.0, 1000, 100.0);
  EXPECT_THAT(window.labels, ElementsAre(PhaseLabel{Phase::kP, 500.0}));
  EXPECT_THAT(window.masks, ElementsAre(PhaseMask{Phase::kS, 600.0, 2000.0}));
  const float mean_shift = window.data[0] - recording.data[2000];
  EXPECT_NEAR(window.data[500] - recording.data[2500], mean_shift, 1e-6);
}

TEST(CutWindow, StretchesTimeButNotTheMaskOfADoubtfulPick) {
  Recording recording = test::bursts({{Phase::kP, 2500.0}}, 6000, RecordingKind::kContinuous, 1);
  recording.masks = {{Phase::kP, 2950.0, 3050.0}};
  const LabelledWindow window = cut_window(recording, 2000.0, 2.0, 1000, 100.0);
  EXPECT_THAT(window.labels, ElementsAre(PhaseLabel{Phase::kP, 250.0}));
  EXPECT_THAT(window.masks, ElementsAre(PhaseMask{Phase::kP, 450.0, 550.0}));
}

TEST(CutWindow, LeavesZerosOutsideTheRecording) {
  const Recording recording = test::bursts({}, 3000, RecordingKind::kContinuous, 1);
  const LabelledWindow window = cut_window(recording, -400.0, 1.0, 1000, 100.0);
  EXPECT_TRUE(std::all_of(
      window.data.begin(), window.data.begin() + 400, [](float v) { return v == 0.0F; }));
  EXPECT_NE(window.data[400], 0.0F);
}

LabelledWindow burst_window(double at, float scale, std::uint64_t seed) {
  const Recording recording =
      test::bursts({{Phase::kP, at}}, 3000, RecordingKind::kContinuous, seed);
  LabelledWindow window = cut_window(recording, 0.0, 1.0, 3000, 100.0);
  for (float& sample : window.data) {
    sample *= scale;
  }
  return window;
}

TEST(Superpose, KeepsMasksOrDropsALabelByHowFarItStandsOut) {
  const LabelledWindow strong = burst_window(1000.0, 1.0F, 1);
  const auto labels_with = [&](float scale) {
    return superpose(strong, burst_window(1020.0, scale, 2), 100.0);
  };
  EXPECT_EQ(labels_with(1.0F).labels.size(), 2U);
  const LabelledWindow weak = labels_with(0.4F);
  EXPECT_THAT(weak.labels, ElementsAre(PhaseLabel{Phase::kP, 1000.0}));
  EXPECT_THAT(weak.masks, ElementsAre(PhaseMask{Phase::kP, 970.0, 1070.0}));
  const LabelledWindow buried = labels_with(0.01F);
  EXPECT_EQ(buried.labels.size(), 1U);
  EXPECT_THAT(buried.masks, IsEmpty());
}

TEST(Superpose, IsVerticalOnlyWhenEitherIs) {
  LabelledWindow first = burst_window(1000.0, 1.0F, 1);
  LabelledWindow second = burst_window(2000.0, 1.0F, 2);
  second.vertical_only = true;
  const LabelledWindow sum = superpose(first, second, 100.0);
  EXPECT_TRUE(sum.vertical_only);
  EXPECT_TRUE(std::ranges::all_of(sum.component(1), [](float v) { return v == 0.0F; }));
  EXPECT_FLOAT_EQ(sum.data[7], first.data[7] + second.data[7]);
}

TEST(PadOneEnd, TakesTheLabelsOfThePaddedPartAway) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    LabelledWindow window = burst_window(1500.0, 1.0F, 1);
    Rng rng(seed);
    pad_one_end(window, rng, 100.0);
    for (const PhaseLabel& label : window.labels) {
      EXPECT_NE(window.data[static_cast<std::size_t>(label.sample)], 0.0F) << seed;
    }
    EXPECT_TRUE(window.data.front() == 0.0F || window.data[2999] == 0.0F) << seed;
  }
}

TEST(Normalise, GivesZeroMeanAndUnitDeviation) {
  LabelledWindow window = burst_window(1500.0, 3.0F, 1);
  normalise(window);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(standard_deviation(window.component(c)), 1.0, 1e-5);
  }
}

TEST(Normalise, LeavesAnAbsentComponentZero) {
  LabelledWindow window = burst_window(1500.0, 3.0F, 1);
  std::ranges::fill(window.component(2), 0.0F);
  normalise(window);
  EXPECT_TRUE(std::ranges::all_of(window.component(2), [](float v) { return v == 0.0F; }));
}

TEST(NormalisePresent, TakesItsStatisticsFromWhatIsThere) {
  LabelledWindow window = burst_window(2500.0, 3.0F, 1);
  for (std::size_t c = 0; c < 3; ++c) {
    std::fill_n(window.component(c).begin(), 1200, 0.0F);
  }
  normalise_present(window);
  EXPECT_EQ(window.data[1199], 0.0F);
  EXPECT_NEAR(standard_deviation(window.component(0).subspan(1200)), 1.0, 1e-5);
}

TEST(AugmentComponents, NeverMakesANonFiniteSampleOrMovesALabel) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    LabelledWindow window = burst_window(1500.0, 100.0F, 1);
    Rng rng(seed);
    augment_components(window, rng, 100.0);
    EXPECT_TRUE(std::ranges::all_of(window.data, [](float v) { return std::isfinite(v); })) << seed;
    for (const PhaseLabel& label : window.labels) {
      EXPECT_EQ(label, (PhaseLabel{Phase::kP, 1500.0}));
    }
  }
}

TEST(AugmentComponents, KeepsAVerticalOnlyWindowVertical) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    LabelledWindow window = burst_window(1500.0, 1.0F, 1);
    window.vertical_only = true;
    std::ranges::fill(window.component(1), 0.0F);
    std::ranges::fill(window.component(2), 0.0F);
    Rng rng(seed);
    augment_components(window, rng, 100.0);
    normalise(window);
    EXPECT_NEAR(standard_deviation(window.component(1)), 0.0, 1e-9) << seed;
  }
}

}  // namespace
}  // namespace geod::trainer
