#include "trainer/score_peaks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FindPeaks, PutsTheApexOfAPlateauOfTwoInItsMiddle) {
  const float scores[] = {0.0F, 0.5F, 0.5F, 0.0F};
  const auto peaks = find_peaks(scores, 0.3, 100);
  ASSERT_EQ(peaks.size(), 1U);
  EXPECT_DOUBLE_EQ(peaks[0].sample, 1.5);
}

TEST(FindPeaks, CountsTheThresholdItselfAndNeverTheEnds) {
  const float at[] = {0.0F, 0.25F, 0.0F};
  EXPECT_EQ(find_peaks(at, 0.25, 100).size(), 1U);
  const float ends[] = {0.9F, 0.1F, 0.9F};
  EXPECT_THAT(find_peaks(ends, 0.3, 100), IsEmpty());
}

TEST(FindPeaks, PlacesTheApexOfAParabola) {
  std::vector<float> scores(20);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double d = static_cast<double>(i) - 9.3;
    scores[i] = static_cast<float>(1.0 - 0.01 * d * d);
  }
  const auto peaks = find_peaks(scores, 0.3, 5);
  ASSERT_EQ(peaks.size(), 1U);
  EXPECT_NEAR(peaks[0].sample, 9.3, 1e-5);
}

TEST(FindPeaks, KeepsTheHigherOfTwoThatAreClose) {
  std::vector<float> scores(300, 0.0F);
  scores[50] = 0.5F;
  scores[140] = 0.9F;
  scores[240] = 0.4F;
  const auto peaks = find_peaks(scores, 0.3, 100);
  ASSERT_EQ(peaks.size(), 2U);
  EXPECT_DOUBLE_EQ(peaks[0].sample, 140.0);
  EXPECT_DOUBLE_EQ(peaks[1].sample, 240.0);
}

TEST(ConstantSpans, CoversPaddingButNotAnAbsentComponent) {
  Recording recording;
  recording.samples = 1000;
  recording.data.assign(3000, 0.0F);
  for (std::size_t i = 0; i < 600; ++i) {
    recording.data[i] = static_cast<float>(i % 7);
  }
  EXPECT_THAT(constant_spans(recording, 100.0), ElementsAre(SampleSpan{580, 1000}));
  recording.data.assign(3000, 4.0F);
  EXPECT_THAT(constant_spans(recording, 100.0), IsEmpty());
}

}  // namespace
}  // namespace geod::trainer
