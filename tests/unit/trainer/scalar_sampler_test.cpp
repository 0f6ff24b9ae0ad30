#include "trainer/scalar_sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trainer/published_trace.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {
namespace {

using models::Task;
using ::testing::HasSubstr;

constexpr std::int64_t kWindow = 2048;
constexpr double kP = 1500.0;

/// Weak noise, and from P on a decaying oscillation that starts upwards and away from an epicentre
/// at `back_azimuth_deg`.
Recording event_recording(double back_azimuth_deg, bool up, double magnitude, double distance_km) {
  Recording recording;
  recording.samples = 6000;
  recording.data.resize(3 * 6000);
  const double away = (back_azimuth_deg + 180.0) * std::numbers::pi / 180.0;
  const double direction[3] = {1.0, 0.7 * std::cos(away), 0.7 * std::sin(away)};
  Rng rng(static_cast<std::uint64_t>(back_azimuth_deg) + 1);
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < 6000; ++i) {
      double value = 0.01 * rng.normal();
      if (static_cast<double>(i) > kP) {
        const double t = (static_cast<double>(i) - kP) / 100.0;
        value += (up ? 1.0 : -1.0) * 10.0 * direction[c] * std::exp(-t) * std::sin(20.0 * t);
      }
      recording.data[c * 6000 + i] = static_cast<float>(value);
    }
  }
  recording.labels = {{Phase::kP, kP}, {Phase::kS, kP + 500.0}};
  EventLabel label;
  label.p_sample = kP;
  label.s_sample = kP + 500.0;
  label.first_motion_up = up;
  label.back_azimuth_deg = back_azimuth_deg;
  label.magnitude = magnitude;
  label.distance_km = distance_km;
  recording.events = {label};
  return recording;
}

std::vector<Recording> four_events() {
  std::vector<Recording> all;
  all.push_back(event_recording(30.0, true, 1.0, 10.0));
  all.push_back(event_recording(120.0, false, 2.0, 40.0));
  all.push_back(event_recording(200.0, true, 3.0, 90.0));
  all.push_back(event_recording(310.0, false, 4.0, 160.0));
  return all;
}

std::unique_ptr<ScalarSampler> sampler_of(std::span<const Recording> recordings,
                                          Task task,
                                          Preset preset,
                                          bool augmented = true,
                                          std::uint64_t seed = 5) {
  auto sampler = make_scalar_sampler(recordings, task, preset, kWindow, 100.0, seed, augmented);
  EXPECT_TRUE(sampler) << sampler.error().what;
  return std::move(*sampler);
}

/// The sum of a[i] b[i] over the first swing after P.
double product(const LabelledWindow& window, std::size_t a, std::size_t b) {
  const auto begin = static_cast<std::size_t>(std::ceil(window.labels.front().sample)) + 1;
  double sum = 0.0;
  for (std::size_t i = begin; i < begin + 8; ++i) {
    sum +=
        static_cast<double>(window.component(a)[i]) * static_cast<double>(window.component(b)[i]);
  }
  return sum;
}

TEST(ScalarSampler, DrawsDependOnTheirNumberAndTheSeedAlone) {
  const auto data = four_events();
  for (const Preset preset : {Preset::kGeod, Preset::kSeismollm}) {
    for (const Task task : {Task::kPmp, Task::kBaz, Task::kEmg, Task::kDis}) {
      const auto first = sampler_of(data, task, preset);
      const auto second = sampler_of(data, task, preset);
      const auto other = sampler_of(data, task, preset, true, 6);
      const ScalarWindow ninth = first->draw(9);
      (void)second->draw(3);
      EXPECT_EQ(ninth.window.data, second->draw(9).window.data);
      EXPECT_NE(ninth.window.data, other->draw(9).window.data);
      EXPECT_EQ(first->epoch_draws(), 8U);
    }
  }
}

TEST(ScalarSampler, ValidatesOnEveryEventInOrder) {
  const auto data = four_events();
  for (const Preset preset : {Preset::kGeod, Preset::kSeismollm}) {
    const auto sampler = sampler_of(data, Task::kEmg, preset, false);
    ASSERT_EQ(sampler->epoch_draws(), 4U);
    for (std::uint64_t n = 0; n < 6; ++n) {
      const ScalarWindow drawn = sampler->draw(n);
      EXPECT_TRUE(drawn.target.known);
      EXPECT_EQ(drawn.target.values[0], static_cast<float>(n % 4 + 1));
    }
  }
}

TEST(ScalarSampler, RefusesDataWithoutLabelsOfTheTask) {
  auto data = four_events();
  for (Recording& recording : data) {
    recording.events[0].magnitude.reset();
  }
  const auto sampler =
      make_scalar_sampler(data, Task::kEmg, Preset::kGeod, kWindow, 100.0, 1, true);
  ASSERT_FALSE(sampler);
  EXPECT_EQ(sampler.error().code, Errc::kConfig);
  EXPECT_THAT(sampler.error().what, HasSubstr("emg"));
}

TEST(ScalarSampler, TakesNoBackAzimuthFromSensorsOfUnknownOrientation) {
  auto data = four_events();
  for (Recording& recording : data) {
    recording.oriented = false;
  }
  EXPECT_FALSE(make_scalar_sampler(data, Task::kBaz, Preset::kGeod, kWindow, 100.0, 1, true));
}

TEST(GeodScalarSampler, HasPWhereTheDaemonHasIt) {
  const auto data = four_events();
  const auto sampler = sampler_of(data, Task::kDis, Preset::kGeod);
  double least = 1.0;
  double greatest = 0.0;
  for (std::uint64_t n = 0; n < 200; ++n) {
    const ScalarWindow drawn = sampler->draw(n);
    ASSERT_TRUE(drawn.target.known);
    ASSERT_EQ(drawn.window.labels.size(), 1U);
    const double share = drawn.window.labels[0].sample / static_cast<double>(kWindow);
    least = std::min(least, share);
    greatest = std::max(greatest, share);
  }
  EXPECT_NEAR(least, 0.10, 0.02);
  EXPECT_NEAR(greatest, 0.45, 0.02);
}

TEST(GeodScalarSampler, TurnsThePolarityWithTheWaveform) {
  const auto data = four_events();
  const auto sampler = sampler_of(data, Task::kPmp, Preset::kGeod);
  int up = 0;
  int right = 0;
  constexpr int kDraws = 200;
  for (std::uint64_t n = 0; n < kDraws; ++n) {
    const ScalarWindow drawn = sampler->draw(n);
    const auto vertical = drawn.window.component(0);
    const auto begin = static_cast<std::size_t>(std::ceil(drawn.window.labels[0].sample));
    double swing = 0.0;
    for (std::size_t i = begin + 1; i < begin + 8; ++i) {
      swing += static_cast<double>(vertical[i] - vertical[begin]);
    }
    EXPECT_EQ(drawn.target.values[0] + drawn.target.values[1], 1.0F);
    up += drawn.target.values[0] > 0.5F ? 1 : 0;
    right += (swing > 0.0) == (drawn.target.values[0] > 0.5F) ? 1 : 0;
  }
  EXPECT_GT(up, kDraws / 3);
  EXPECT_LT(up, kDraws * 2 / 3);
  EXPECT_GE(right, kDraws * 98 / 100);
}

TEST(GeodScalarSampler, TurnsTheBackAzimuthWithTheHorizontals) {
  const auto data = four_events();
  const auto sampler = sampler_of(data, Task::kBaz, Preset::kGeod);
  std::set<int> sectors;
  int checked = 0;
  int right = 0;
  for (std::uint64_t n = 0; n < 300; ++n) {
    const ScalarWindow drawn = sampler->draw(n);
    const double cosine = static_cast<double>(drawn.target.values[0]);
    const double sine = static_cast<double>(drawn.target.values[1]);
    EXPECT_NEAR(std::hypot(cosine, sine), 1.0, 1e-6);
    sectors.insert(static_cast<int>(std::floor(std::atan2(sine, cosine) / std::numbers::pi * 4.0)));
    if (std::min(std::abs(cosine), std::abs(sine)) < 0.3) {
      continue;
    }
    // Up goes with away from the epicentre.
    ++checked;
    right += (product(drawn.window, 0, 1) < 0.0) == (cosine > 0.0) &&
                     (product(drawn.window, 0, 2) < 0.0) == (sine > 0.0)
                 ? 1
                 : 0;
  }
  EXPECT_EQ(sectors.size(), 8U);
  ASSERT_GT(checked, 100);
  EXPECT_GE(right * 100, checked * 93);
}

TEST(GeodScalarSampler, DrawsRareDistancesMoreOftenThanTheyCome) {
  std::vector<Recording> data;
  for (int i = 0; i < 24; ++i) {
    data.push_back(event_recording(10.0 * i, true, 2.0, 12.0));
  }
  data.push_back(event_recording(5.0, true, 2.0, 200.0));
  const auto sampler = sampler_of(data, Task::kDis, Preset::kGeod);
  int far = 0;
  for (std::uint64_t n = 0; n < 500; ++n) {
    far += sampler->draw(n).target.values[0] > 100.0F ? 1 : 0;
  }
  // 1 of 25 items, but 1 / (1 + sqrt(24)) = 17 % of the draws.
  EXPECT_GT(far, 50);
  EXPECT_LT(far, 125);
}

TEST(GeodScalarSampler, LeavesOutWhatTheOutputCannotReach) {
  std::vector<Recording> data;
  data.push_back(event_recording(5.0, true, 2.0, 200.0));
  data.push_back(event_recording(5.0, true, 9.0, 700.0));
  EXPECT_EQ(sampler_of(data, Task::kDis, Preset::kGeod)->epoch_draws(), 2U);
  EXPECT_EQ(sampler_of(data, Task::kEmg, Preset::kGeod)->epoch_draws(), 2U);
  EXPECT_EQ(sampler_of(data, Task::kDis, Preset::kSeismollm)->epoch_draws(), 4U);
  // As published, magnitudes are clipped.
  const auto published = sampler_of(data, Task::kEmg, Preset::kSeismollm, false);
  EXPECT_EQ(published->draw(1).target.values[0], 8.0F);
}

TEST(GeodScalarSampler, PassesOverWindowsWithAnotherP) {
  std::vector<Recording> data;
  data.push_back(event_recording(5.0, true, 2.0, 20.0));
  data.push_back(event_recording(50.0, true, 4.0, 20.0));
  data[1].labels.push_back({Phase::kP, kP + 100.0});
  const auto sampler = sampler_of(data, Task::kEmg, Preset::kGeod);
  int second = 0;
  for (std::uint64_t n = 0; n < 200; ++n) {
    const ScalarWindow drawn = sampler->draw(n);
    ASSERT_TRUE(drawn.target.known);
    if (drawn.target.values[0] == 4.0F) {
      ++second;
      // Only where the other P lies beyond the part that counts.
      EXPECT_GT(drawn.window.labels[0].sample + 100.0, 0.45 * kWindow);
    }
  }
  EXPECT_GT(second, 5);
}

TEST(SeismollmScalarSampler, KeepsTheTargetWhateverHappensToTheWaveform) {
  const auto data = four_events();
  const auto sampler = sampler_of(data, Task::kDis, Preset::kSeismollm);
  int without_p = 0;
  std::multiset<float> epoch;
  for (std::uint64_t n = 0; n < 1600; ++n) {
    const ScalarWindow drawn = sampler->draw(n);
    ASSERT_TRUE(drawn.target.known);
    without_p += drawn.window.labels.empty() ? 1 : 0;
    if (n < 8) {
      epoch.insert(drawn.target.values[0]);
    }
  }
  // Every event twice an epoch; 2.5 % of the draws are noise and keep their distance.
  EXPECT_EQ(epoch, (std::multiset<float>{10, 10, 40, 40, 90, 90, 160, 160}));
  EXPECT_GT(without_p, 15);
  EXPECT_LT(without_p, 200);
}

TEST(SeismollmScalarSampler, TakesARecordWithoutSForNoise) {
  auto data = four_events();
  for (Recording& recording : data) {
    recording.events[0].s_sample.reset();
  }
  const auto sampler = sampler_of(data, Task::kPmp, Preset::kSeismollm);
  for (std::uint64_t n = 0; n < 16; ++n) {
    const ScalarWindow drawn = sampler->draw(n);
    EXPECT_TRUE(drawn.window.labels.empty());
    EXPECT_TRUE(drawn.target.known);
  }
}

}  // namespace
}  // namespace geod::trainer
