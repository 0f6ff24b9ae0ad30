#include "models/pick_decoder.hpp"

#include <cmath>
#include <memory>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_maker.hpp"

namespace geod::models {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::int64_t kLength = 1000;
constexpr std::int64_t kHop = 250;

DecoderSettings settings() {
  DecoderSettings settings;
  settings.picks.hop_samples = kHop;
  settings.rate = test::rate_of(100);
  settings.window_samples = kLength;
  settings.model_id = "fake-1";
  settings.model_hash = "abc";
  return settings;
}

PickDecoder::Settings shared(const DecoderSettings& settings) {
  return std::make_shared<const DecoderSettings>(settings);
}

/// Drives one decoder with windows cut from a whole score series. Points count from test::kEpoch,
/// which is a multiple of the hop.
class PickDecoderTest : public ::testing::Test {
 protected:
  /// Gaussians of height `height` and deviation 10 samples around `at` (fractions allowed).
  void add_peak(std::vector<double>& series, double at, double height) {
    for (std::size_t k = 0; k < series.size(); ++k) {
      series[k] += height * std::exp(-0.5 * std::pow((static_cast<double>(k) - at) / 10.0, 2));
    }
  }
  Window window(std::int64_t number) const {
    Window window;
    window.instrument = {"XX", "AAA", "", "H", "H"};
    window.rate = settings_.rate;
    window.samples = kLength;
    window.start = test::kEpoch + settings_.rate.span_of(number * kHop);
    window.subsource = {'Z', 'N', 'E'};
    window.completed_at += std::chrono::seconds{number};
    return window;
  }
  void push(const Window& window) {
    const auto first = settings_.rate.samples_in(window.start - test::kEpoch);
    std::vector<float> p(kLength, 0.0F);
    std::vector<float> s(kLength, 0.0F);
    for (std::int64_t n = 0; n < kLength; ++n) {
      const std::int64_t k = first + n;
      if (k >= 0 && k < static_cast<std::int64_t>(p_.size())) {
        p[static_cast<std::size_t>(n)] = static_cast<float>(p_[static_cast<std::size_t>(k)]);
        s[static_cast<std::size_t>(n)] = static_cast<float>(s_[static_cast<std::size_t>(k)]);
      }
    }
    decoder_->push(window, p, s, counters_, out_);
  }
  double seconds(const Pick& pick) const { return to_seconds(pick.time - test::kEpoch); }
  double scored_s() const {
    double sum = 0.0;
    for (const CompletenessDelta& delta : out_.completeness) {
      sum += delta.scored_s;
    }
    return sum;
  }
  double masked_s() const {
    double sum = 0.0;
    for (const CompletenessDelta& delta : out_.completeness) {
      sum += delta.masked_s;
    }
    return sum;
  }

  DecoderSettings settings_ = settings();
  std::vector<double> p_ = std::vector<double>(20'000, 0.0);
  std::vector<double> s_ = std::vector<double>(20'000, 0.0);
  std::optional<PickDecoder> decoder_{std::in_place, shared(settings_), PhaseThresholds{0.3, 0.3}};
  DecoderCounters counters_;
  DecoderOutput out_;
};

TEST_F(PickDecoderTest, GivesAPickOnceWhenItIsFinal) {
  add_peak(p_, 1100.25, 0.8);
  add_peak(s_, 1500.0, 0.6);
  for (int number = 0; number <= 3; ++number) {
    push(window(number));
    EXPECT_THAT(out_.picks, IsEmpty()) << "window 4 can still change the score at 1100";
  }
  push(window(4));
  ASSERT_EQ(out_.picks.size(), 1U) << "P is final and 1 s away from what is not";
  const Pick& pick = out_.picks[0];
  EXPECT_NEAR(seconds(pick), 11.0025, 1e-4);
  EXPECT_EQ(pick.phase_hint, Phase::kP);
  EXPECT_NEAR(pick.score, 0.8, 1e-3);
  EXPECT_EQ(pick.probability, pick.score);
  EXPECT_EQ(pick.components, "ZNE");
  EXPECT_EQ(pick.model_id, "fake-1");
  EXPECT_EQ(pick.model_hash, "abc");
  EXPECT_EQ(pick.pick_id, make_pick_id(pick.instrument, Phase::kP, pick.time));
  EXPECT_EQ(pick.completed_at, window(4).completed_at);
  for (int number = 5; number < 20; ++number) {
    push(window(number));
  }
  ASSERT_EQ(out_.picks.size(), 2U);
  EXPECT_EQ(out_.picks[1].phase_hint, Phase::kS);
  EXPECT_EQ(counters_.picks_p, 1U);
  EXPECT_EQ(counters_.picks_s, 1U);
}

TEST_F(PickDecoderTest, DoesNotWaitForTheBlindEdgesOfLaterWindows) {
  settings_.picks.blind_left_samples = 500;
  decoder_.emplace(shared(settings_), PhaseThresholds{0.3, 0.3});
  add_peak(p_, 1100.0, 0.8);
  push(window(0));
  push(window(1));
  EXPECT_THAT(out_.picks, IsEmpty());
  push(window(2));
  EXPECT_EQ(out_.picks.size(), 1U) << "window 3 is trusted from 1250 on: 1 s and more after";
}

TEST_F(PickDecoderTest, KeepsPicksOfOnePhaseApart) {
  add_peak(p_, 1100.0, 0.7);
  add_peak(p_, 1190.0, 0.9);
  add_peak(p_, 1300.0, 0.5);
  push(window(2));
  decoder_->flush(counters_, out_);
  ASSERT_EQ(out_.picks.size(), 2U);
  EXPECT_NEAR(seconds(out_.picks[0]), 11.9, 1e-3);
  EXPECT_NEAR(seconds(out_.picks[1]), 13.0, 1e-3);
}

TEST_F(PickDecoderTest, DropsPicksWhereNoneAreAllowed) {
  add_peak(p_, 700.0, 0.9);
  add_peak(p_, 900.0, 0.9);
  Window masked = window(0);
  masked.no_picks = {{650, 750}};
  push(masked);
  decoder_->flush(counters_, out_);
  ASSERT_EQ(out_.picks.size(), 1U);
  EXPECT_NEAR(seconds(out_.picks[0]), 9.0, 1e-3);
  EXPECT_EQ(counters_.suppressed, 1U);
  EXPECT_NEAR(masked_s(), 1.0, 1e-9);
  EXPECT_NEAR(scored_s(), 9.0, 1e-9);
}

TEST_F(PickDecoderTest, AMaskOfOneWindowHoldsInAllThatOverlap) {
  add_peak(p_, 900.0, 0.9);
  push(window(0));
  Window later = window(1);  // a dead channel is recognised after its samples were scored once
  later.no_picks = {{600, 700}};
  push(later);
  for (int number = 2; number < 8; ++number) {
    push(window(number));
  }
  EXPECT_THAT(out_.picks, IsEmpty());
}

TEST_F(PickDecoderTest, ScoresNothingWhereThereAreNoData) {
  add_peak(p_, 300.0, 0.9);
  add_peak(p_, 700.0, 0.9);
  Window partly = window(0);
  for (auto& spans : partly.missing) {
    spans = {{0, 500}};
  }
  push(partly);
  decoder_->flush(counters_, out_);
  ASSERT_EQ(out_.picks.size(), 1U);
  EXPECT_NEAR(seconds(out_.picks[0]), 7.0, 1e-3);
  EXPECT_NEAR(scored_s(), 5.0, 1e-9);
}

TEST_F(PickDecoderTest, FinalisesAroundAHoleInTheGrid) {
  add_peak(p_, 900.0, 0.9);
  add_peak(p_, 3500.0, 0.9);
  push(window(0));
  push(window(13));
  EXPECT_EQ(counters_.missing_windows, 12U);
  ASSERT_EQ(out_.picks.size(), 1U);
  EXPECT_NEAR(seconds(out_.picks[0]), 9.0, 1e-3);
  decoder_->flush(counters_, out_);
  EXPECT_EQ(out_.picks.size(), 2U);
  EXPECT_NEAR(scored_s(), 20.0, 1e-9) << "10 s each side, not what was shed between";
}

TEST_F(PickDecoderTest, EndsWithTheLastWindow) {
  add_peak(p_, 900.0, 0.9);
  Window last = window(0);
  last.is_last = true;
  push(last);
  EXPECT_EQ(out_.picks.size(), 1U);
  EXPECT_NEAR(scored_s(), 10.0, 1e-9);
  decoder_->flush(counters_, out_);
  EXPECT_EQ(out_.picks.size(), 1U);
}

TEST_F(PickDecoderTest, StartsAgainWhenTimeGoesBack) {
  add_peak(p_, 900.0, 0.9);
  push(window(0));
  push(window(0));
  EXPECT_EQ(counters_.restarts, 1U);
  decoder_->flush(counters_, out_);
  ASSERT_EQ(out_.picks.size(), 2U);
  EXPECT_EQ(out_.picks[0].pick_id, out_.picks[1].pick_id);
}

TEST_F(PickDecoderTest, AddsTheClockToTheUncertainty) {
  settings_.picks.sigma_p_s[0] = 0.03;
  settings_.picks.sigma_p_s[1] = 0.08;
  settings_.picks.threshold_p = 0.3;
  decoder_.emplace(shared(settings_), PhaseThresholds{0.3, 0.3});
  add_peak(p_, 400.0, 0.65);
  add_peak(p_, 700.0, 1.0);
  Window unsure = window(0);
  unsure.timing_uncertainty_s = 0.04;
  unsure.is_last = true;
  push(unsure);
  ASSERT_EQ(out_.picks.size(), 2U);
  EXPECT_NEAR(out_.picks[0].uncertainty_s, std::hypot(0.055, 0.04), 1e-6);
  EXPECT_NEAR(out_.picks[1].uncertainty_s, 0.05, 1e-6);
}

TEST_F(PickDecoderTest, CalibratesProbability) {
  settings_.picks.calibration_p = {{0.4, 0.1}, {0.8, 0.5}};
  decoder_.emplace(shared(settings_), PhaseThresholds{0.3, 0.3});
  add_peak(p_, 200.0, 0.35);
  add_peak(p_, 500.0, 0.6);
  add_peak(p_, 800.0, 0.95);
  Window last = window(0);
  last.is_last = true;
  push(last);
  ASSERT_EQ(out_.picks.size(), 3U);
  EXPECT_NEAR(out_.picks[0].probability, 0.1, 1e-6);
  EXPECT_NEAR(out_.picks[1].probability, 0.3, 1e-6);
  EXPECT_NEAR(out_.picks[2].probability, 0.5, 1e-6);
}

TEST_F(PickDecoderTest, AppliesTheStationsThreshold) {
  add_peak(p_, 500.0, 0.5);
  add_peak(s_, 700.0, 0.5);
  decoder_.emplace(shared(settings_), PhaseThresholds{0.6, 0.4});
  Window last = window(0);
  last.is_last = true;
  push(last);
  ASSERT_EQ(out_.picks.size(), 1U);
  EXPECT_EQ(out_.picks[0].phase_hint, Phase::kS);
}

TEST_F(PickDecoderTest, SplitsCompletenessByHour) {
  // test::kEpoch is on the hour; windows 1439 to 1443 span its end.
  for (int number = 1436; number <= 1444; ++number) {
    push(window(number));
  }
  decoder_->flush(counters_, out_);
  double first = 0.0;
  double second = 0.0;
  for (const CompletenessDelta& delta : out_.completeness) {
    ASSERT_TRUE(delta.hour == test::kEpoch || delta.hour == test::kEpoch + 1h);
    (delta.hour == test::kEpoch ? first : second) += delta.scored_s;
  }
  EXPECT_NEAR(first, 10.0, 1e-6);
  EXPECT_NEAR(second, 20.0, 1e-6);
}

}  // namespace
}  // namespace geod::models
