#include "trainer/window_sampler.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/trainer/test_recordings.hpp"
#include "trainer/batch_source.hpp"

namespace geod::trainer {
namespace {

std::vector<Recording> recordings() {
  std::vector<Recording> all;
  all.push_back(
      test::bursts({{Phase::kP, 3000.0}, {Phase::kS, 3400.0}}, 9001, RecordingKind::kWindow, 1));
  all.push_back(test::bursts(
      {{Phase::kP, 2000.0}, {Phase::kS, 2500.0}, {Phase::kP, 7000.0}, {Phase::kS, 7300.0}},
      12000,
      RecordingKind::kContinuous,
      2));
  all.back().noise = {{9000, 12000}};
  return all;
}

bool same(const LabelledWindow& a, const LabelledWindow& b) {
  return a.data == b.data && a.labels == b.labels && a.masks == b.masks;
}

TEST(GeodSampler, DrawsDependOnTheirNumberAlone) {
  const auto data = recordings();
  const auto first = make_geod_sampler(data, 3072, 100.0, 7);
  const auto second = make_geod_sampler(data, 3072, 100.0, 7);
  const auto other = make_geod_sampler(data, 3072, 100.0, 8);
  ASSERT_TRUE(first && second && other);
  const LabelledWindow sixth = (*first)->draw(5);
  (void)(*second)->draw(0);
  EXPECT_TRUE(same(sixth, (*second)->draw(5)));
  EXPECT_FALSE(same(sixth, (*first)->draw(6)));
  EXPECT_FALSE(same(sixth, (*other)->draw(5)));
}

TEST(GeodSampler, DrawsEventsNoiseAndSeveralEventsAWindow) {
  const auto data = recordings();
  const auto sampler = make_geod_sampler(data, 3072, 100.0, 7);
  ASSERT_TRUE(sampler);
  std::set<std::size_t> label_counts;
  for (std::uint64_t n = 0; n < 300; ++n) {
    const LabelledWindow window = (*sampler)->draw(n);
    label_counts.insert(window.labels.size());
    for (const PhaseLabel& label : window.labels) {
      ASSERT_GE(label.sample, 0.0);
      ASSERT_LT(label.sample, 3072.0);
    }
    ASSERT_TRUE(std::ranges::all_of(window.data, [](float v) { return std::isfinite(v); })) << n;
  }
  EXPECT_TRUE(label_counts.contains(0));
  EXPECT_TRUE(label_counts.contains(1));
  EXPECT_GE(*label_counts.rbegin(), 3U);
}

TEST(GeodSampler, RefusesDataWithoutALabel) {
  std::vector<Recording> data;
  data.push_back(test::bursts({}, 9000, RecordingKind::kContinuous, 1));
  const auto sampler = make_geod_sampler(data, 3072, 100.0, 7);
  ASSERT_FALSE(sampler);
  EXPECT_EQ(sampler.error().code, Errc::kConfig);
}

TEST(SeismollmSampler, SeesEveryEventRawAndAugmentedOnceAnEpoch) {
  const auto data = recordings();
  EXPECT_EQ(labelled_pair_count(data), 3U);
  const auto sampler = make_seismollm_sampler(data, 3072, 100.0, 7, false);
  ASSERT_TRUE(sampler);
  // Raw draws of one epoch: three different events.
  std::set<double> delays;
  for (std::uint64_t n = 0; n < 3; ++n) {
    const LabelledWindow window = (*sampler)->draw(n);
    if (window.labels.size() == 2) {
      delays.insert(window.labels[1].sample - window.labels[0].sample);
    }
  }
  EXPECT_EQ(delays, (std::set<double>{300.0, 400.0, 500.0}));
}

TEST(SeismollmSampler, KeepsPHalfASecondInsideARawWindow) {
  const auto data = recordings();
  const auto sampler = make_seismollm_sampler(data, 3072, 100.0, 7, false);
  ASSERT_TRUE(sampler);
  for (std::uint64_t n = 0; n < 200; ++n) {
    const LabelledWindow window = (*sampler)->draw(n);
    ASSERT_FALSE(window.labels.empty());
    EXPECT_EQ(window.labels[0].phase, Phase::kP);
    EXPECT_GE(window.labels[0].sample, 50.0);
  }
}

TEST(SeismollmSampler, RefusesDataWithoutAPair) {
  std::vector<Recording> data;
  data.push_back(test::bursts({{Phase::kP, 100.0}}, 9000, RecordingKind::kWindow, 1));
  EXPECT_EQ(make_seismollm_sampler(data, 3072, 100.0, 7).error().code, Errc::kConfig);
}

}  // namespace
}  // namespace geod::trainer
