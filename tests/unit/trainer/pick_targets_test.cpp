#include "trainer/pick_targets.hpp"

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

/// First and last sample above zero.
std::pair<std::size_t, std::size_t> support(const std::vector<float>& label) {
  std::size_t first = label.size();
  std::size_t last = 0;
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (label[i] > 0.0F) {
      first = std::min(first, i);
      last = i;
    }
  }
  return {first, last};
}

TEST(SeismollmSoftLabel, HasThePublishedShapeAt50Hz) {
  const std::int64_t picks[] = {100};
  const std::vector<float> label = seismollm_soft_label(picks, 8192, 50.0);
  EXPECT_EQ(support(label), std::pair(std::size_t{88}, std::size_t{113}));
  EXPECT_FLOAT_EQ(label[100], 1.0F);
  EXPECT_NEAR(label[99], 0.995012, 1e-6);
  EXPECT_NEAR(label[101], 0.995012, 1e-6);
  EXPECT_NEAR(label[88], 0.486752, 1e-6);
  EXPECT_NEAR(label[113], 0.429557, 1e-6);
}

TEST(SeismollmSoftLabel, HasThePublishedShapeAt100Hz) {
  const std::int64_t picks[] = {100};
  const std::vector<float> label = seismollm_soft_label(picks, 6000, 100.0);
  EXPECT_EQ(support(label), std::pair(std::size_t{75}, std::size_t{125}));
  EXPECT_NEAR(label[75], 0.043937, 1e-6);
  EXPECT_NEAR(label[125], 0.043937, 1e-6);
}

TEST(SeismollmSoftLabel, IsClippedAtTheStartAndSumsWhereLabelsOverlap) {
  const std::int64_t early[] = {5};
  EXPECT_EQ(support(seismollm_soft_label(early, 8192, 50.0)),
            std::pair(std::size_t{0}, std::size_t{18}));
  const std::int64_t both[] = {100, 101};
  EXPECT_NEAR(seismollm_soft_label(both, 8192, 50.0)[100], 1.995012, 1e-6);
  const std::int64_t outside[] = {-1, 8192};
  EXPECT_EQ(support(seismollm_soft_label(outside, 8192, 50.0)).second, 0U);
}

class GeodTargets : public ::testing::Test {
 protected:
  void make(double sigma, double keep) {
    probability_.assign(2000, -1.0F);
    weight_.assign(2000, -1.0F);
    geod_targets(window_, sigma, keep, {probability_, weight_});
  }
  LabelledWindow window_{1000};
  std::vector<float> probability_;
  std::vector<float> weight_;
};

TEST_F(GeodTargets, PutEachPhaseIntoItsChannel) {
  window_.labels = {{Phase::kP, 300.0}, {Phase::kS, 700.0}};
  make(10.0, 30.0);
  EXPECT_FLOAT_EQ(probability_[300], 1.0F);
  EXPECT_FLOAT_EQ(probability_[700], 0.0F);
  EXPECT_FLOAT_EQ(probability_[1700], 1.0F);
  EXPECT_NEAR(probability_[310], 0.606531, 1e-6);
  EXPECT_FLOAT_EQ(probability_[341], 0.0F);  // beyond four sigma
}

TEST_F(GeodTargets, MasksAreLiftedAroundLabelsOfTheSamePhaseOnly) {
  window_.labels = {{Phase::kP, 300.0}};
  window_.masks = {{Phase::kP, 200.0, 400.0}, {Phase::kS, 200.0, 400.0}};
  make(10.0, 30.0);
  EXPECT_FLOAT_EQ(weight_[250], 0.0F);
  EXPECT_FLOAT_EQ(weight_[270], 1.0F);
  EXPECT_FLOAT_EQ(weight_[330], 1.0F);
  EXPECT_FLOAT_EQ(weight_[331], 0.0F);
  EXPECT_FLOAT_EQ(weight_[400], 1.0F);
  EXPECT_FLOAT_EQ(weight_[1300], 0.0F);
}

TEST_F(GeodTargets, MasksMayReachOutsideTheWindow) {
  window_.masks = {
      {Phase::kP, -50.0, 10.0}, {Phase::kS, 990.0, 5000.0}, {Phase::kP, 2000.0, 2100.0}};
  make(10.0, 30.0);
  EXPECT_FLOAT_EQ(weight_[9], 0.0F);
  EXPECT_FLOAT_EQ(weight_[10], 1.0F);
  EXPECT_FLOAT_EQ(weight_[1989], 1.0F);
  EXPECT_FLOAT_EQ(weight_[1990], 0.0F);
  EXPECT_FLOAT_EQ(weight_[999], 1.0F);
}

TEST_F(GeodTargets, TakeTheLargerWhereLabelsOverlap) {
  window_.labels = {{Phase::kP, 300.0}, {Phase::kP, 310.0}};
  make(10.0, 30.0);
  EXPECT_FLOAT_EQ(probability_[300], 1.0F);
  EXPECT_FLOAT_EQ(probability_[310], 1.0F);
  EXPECT_NEAR(probability_[305], 0.882497, 1e-6);
}

}  // namespace
}  // namespace geod::trainer
