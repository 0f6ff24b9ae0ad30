#include <cmath>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/pick_decoders.hpp"
#include "tests/support/record_maker.hpp"

namespace geod::models {
namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t kLength = 1000;
constexpr std::int64_t kHop = 250;
constexpr std::int64_t kWindows = 24;
/// Windows 0 to 9 start before 2500 and end by 3250; window 10 covers 2500 to 3500.
constexpr std::int64_t kBorder = (2500 + 3250) / 2;

DecoderSettings settings_of(const std::string& adapter) {
  DecoderSettings settings;
  settings.picks.hop_samples = kHop;
  settings.rate = test::rate_of(100);
  settings.window_samples = kLength;
  settings.model_id = "fake-1";
  settings.adapter_id = adapter;
  settings.adapter_hash = "hash of " + adapter;
  return settings;
}

/// Two networks that see the same arrivals: one finds peaks of height 0.5, the other of height 0.9
/// and, where asked, at other times.
class NetworkChangeTest : public ::testing::Test {
 protected:
  struct Network {
    DecoderSettings settings;
    std::vector<double> p;
  };

  static void add_peak(std::vector<double>& series, double at, double height) {
    for (std::size_t k = 0; k < series.size(); ++k) {
      series[k] += height * std::exp(-0.5 * std::pow((static_cast<double>(k) - at) / 10.0, 2));
    }
  }
  void arrival(double at, double at_b) {
    add_peak(a_.p, at, 0.5);
    add_peak(b_.p, at_b, 0.9);
  }
  static Window window(std::int64_t number) {
    Window window;
    window.instrument = {"XX", "AAA", "", "H", "H"};
    window.rate = test::rate_of(100);
    window.samples = kLength;
    window.start = test::kEpoch + window.rate.span_of(number * kHop);
    window.subsource = {'Z', 'N', 'E'};
    return window;
  }
  /// Scores window `number` with `network`, which takes over from another where it was not that.
  void push(const Network& network, const Window& window) {
    if (network.settings.adapter_id != serving_) {
      serving_ = network.settings.adapter_id;
      decoders_.change_network(network.settings);
    }
    const auto first =
        static_cast<std::size_t>(network.settings.rate.samples_in(window.start - test::kEpoch));
    std::vector<float> p(kLength);
    for (std::size_t n = 0; n < p.size(); ++n) {
      p[n] = static_cast<float>(network.p[first + n]);
    }
    decoders_.push(window, p, std::vector<float>(kLength, 0.0F), out_);
  }
  /// Network A for the windows before `change`, B from there on.
  std::vector<Pick> picks_with_change_at(std::int64_t change) {
    for (std::int64_t number = 0; number < kWindows; ++number) {
      push(number < change ? a_ : b_, window(number));
    }
    decoders_.flush_all(out_);
    return out_.picks;
  }
  static std::int64_t point(const Pick& pick) {
    return test::rate_of(100).samples_in(pick.time - test::kEpoch);
  }

  Network a_{settings_of("a-1"), std::vector<double>(8000, 0.0)};
  Network b_{settings_of("b-1"), std::vector<double>(8000, 0.0)};
  std::string serving_ = "a-1";
  PickDecoders decoders_{a_.settings, {}};
  DecoderOutput out_;
};

TEST_F(NetworkChangeTest, EachPickCarriesTheAdapterWhoseScoresItHas) {
  for (double at = 550.0; at < 6000.0; at += 300.0) {
    arrival(at, at);
  }
  const std::vector<Pick> picks = picks_with_change_at(10);
  ASSERT_THAT(picks, SizeIs(19));
  for (const Pick& pick : picks) {
    const bool is_b = point(pick) >= kBorder;
    EXPECT_EQ(pick.adapter_hash, is_b ? "hash of b-1" : "hash of a-1");
    EXPECT_EQ(pick.adapter_id, is_b ? "b-1" : "a-1");
    EXPECT_NEAR(pick.score, is_b ? 0.9 : 0.5, 1e-3) << "no score is a mixture of two networks";
  }
}

class ArrivalAtTheBorder : public NetworkChangeTest, public ::testing::WithParamInterface<int> {};

TEST_P(ArrivalAtTheBorder, GivesOnePickThoughTheNetworksDifferInItsTime) {
  const double at = static_cast<double>(kBorder) + GetParam() % 60;
  arrival(at, at + GetParam() / 60.0);
  const std::vector<Pick> picks = picks_with_change_at(10);
  ASSERT_THAT(picks, SizeIs(1));
  EXPECT_NEAR(static_cast<double>(point(picks[0])), at, 31.0);
}

INSTANTIATE_TEST_SUITE_P(NearAndFar, ArrivalAtTheBorder, ::testing::Range(-1800, 1801, 37));

TEST_F(NetworkChangeTest, AChangeAtEveryWindowLosesAndDoublesNothing) {
  for (double at = 550.0; at < 6000.0; at += 130.0) {
    arrival(at, at);
  }
  for (std::int64_t number = 0; number < kWindows; ++number) {
    push(number % 2 == 0 ? a_ : b_, window(number));
  }
  decoders_.flush_all(out_);
  ASSERT_THAT(out_.picks, SizeIs(42));
  for (const Pick& pick : out_.picks) {
    // Where a border cuts a peak its flank is the highest: below 0.9, yet above all that A gives.
    EXPECT_EQ(pick.score > 0.501, pick.adapter_id == "b-1");
  }
}

TEST_F(NetworkChangeTest, SecondsScoredAreCountedOnce) {
  picks_with_change_at(10);
  double scored_s = 0.0;
  for (const CompletenessDelta& delta : out_.completeness) {
    scored_s += delta.scored_s;
  }
  EXPECT_NEAR(scored_s, static_cast<double>((kWindows - 1) * kHop + kLength) / 100.0, 1e-6);
}

TEST_F(NetworkChangeTest, AMaskThatTheFirstNewWindowBringsHoldsForScoresOfTheOldNetwork) {
  arrival(2700.0, 2700.0);
  for (std::int64_t number = 0; number < kWindows; ++number) {
    Window next = window(number);
    if (number == 10) {
      next.no_picks = {{150, 250}};
    }
    push(number < 10 ? a_ : b_, next);
  }
  decoders_.flush_all(out_);
  EXPECT_THAT(out_.picks, IsEmpty());
}

TEST_F(NetworkChangeTest, EachNetworkBringsItsOwnThreshold) {
  arrival(2000.0, 2000.0);
  arrival(4000.0, 4000.0);
  a_.settings.picks.threshold_p = 0.4;
  b_.settings.picks.threshold_p = 0.95;
  const std::vector<Pick> picks = picks_with_change_at(10);
  EXPECT_THAT(picks, SizeIs(1));
  EXPECT_THAT(picks, Each(Field(&Pick::adapter_id, "a-1")));
}

TEST_F(NetworkChangeTest, ANewNetworkWithBlindEdgesTakesOverWhereItSees) {
  for (double at = 550.0; at < 6000.0; at += 130.0) {
    arrival(at, at);
  }
  b_.settings.picks.blind_left_samples = 200;
  b_.settings.picks.blind_right_samples = 200;
  const std::vector<Pick> picks = picks_with_change_at(10);
  ASSERT_THAT(picks, SizeIs(42));
  for (const Pick& pick : picks) {
    EXPECT_EQ(pick.adapter_id, point(pick) < (2700 + 3250) / 2 ? "a-1" : "b-1");
  }
}

TEST_F(NetworkChangeTest, AHoleBetweenTheNetworksSeparatesThem) {
  arrival(2000.0, 2000.0);
  arrival(5000.0, 5000.0);
  for (std::int64_t number = 0; number < 8; ++number) {
    push(a_, window(number));
  }
  for (std::int64_t number = 16; number < kWindows; ++number) {
    push(b_, window(number));
  }
  decoders_.flush_all(out_);
  ASSERT_THAT(out_.picks, SizeIs(2));
  EXPECT_EQ(out_.picks[0].adapter_id, "a-1");
  EXPECT_EQ(out_.picks[1].adapter_id, "b-1");
}

TEST_F(NetworkChangeTest, AnInstrumentThatStartsAgainHasTheNewNetworkThroughout) {
  arrival(700.0, 700.0);
  push(a_, window(2));
  push(b_, window(0));  // back in time
  push(b_, window(1));
  push(b_, window(2));
  decoders_.flush_all(out_);
  ASSERT_THAT(out_.picks, SizeIs(2)) << "one of each pass";
  EXPECT_EQ(out_.picks[0].adapter_id, "a-1");
  EXPECT_EQ(out_.picks[1].adapter_id, "b-1");
}

}  // namespace
}  // namespace geod::models
