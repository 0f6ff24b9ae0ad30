#include "streams/windower.hpp"

#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_maker.hpp"

namespace geod::streams {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::int64_t kLength = 100;
constexpr std::int64_t kHop = 25;
constexpr std::int64_t kStart = 10'000;  // a multiple of the hop

constexpr std::size_t kRecord = 5;  ///< samples

class WindowerTest : public ::testing::Test {
 protected:
  WindowerTest() {
    windower_.set_subsource(Component::kZ, 'Z');
    windower_.set_subsource(Component::kN, 'N');
    windower_.set_subsource(Component::kE, 'E');
  }
  void append(Component component, std::int64_t first, std::int64_t end) {
    std::vector<double> values(static_cast<std::size_t>(end - first));
    std::iota(values.begin(), values.end(), static_cast<double>(first));
    for (std::size_t n = 0; n < values.size(); n += kRecord) {
      windower_.append(component,
                       first + static_cast<std::int64_t>(n),
                       std::span(values).subspan(n, std::min(kRecord, values.size() - n)));
    }
    windower_.cut({}, windows_);
  }
  void append_all(std::int64_t first, std::int64_t end) {
    append(Component::kZ, first, end);
    append(Component::kN, first, end);
    append(Component::kE, first, end);
  }
  void append_vertical_and_north(std::int64_t first, std::int64_t end) {
    for (std::int64_t k = first; k < end; k += 50) {
      append(Component::kZ, k, k + 50);
      append(Component::kN, k, k + 50);
    }
  }
  std::vector<std::int64_t> starts() const {
    std::vector<std::int64_t> starts;
    for (const Window& window : windows_) {
      starts.push_back(geometry_.rate.samples_in(window.start.time_since_epoch()) - kStart);
    }
    return starts;
  }

  WindowGeometry geometry_{kLength, kHop, test::rate_of(10)};
  // With records of at most half a second, a component may lag 10 s = 100 samples; 10 % valid.
  config::WindowsConfig config_{.component_timeout = std::chrono::milliseconds{9500}};
  WindowCounters totals_;
  InstrumentWindower windower_{{"XX", "AAA", "", "H", "H"}, geometry_, config_, totals_};
  std::vector<Window> windows_;
};

TEST_F(WindowerTest, StartsWindowsAtMultiplesOfTheHop) {
  append_all(kStart + 3, kStart + 153);
  EXPECT_THAT(starts(), ElementsAre(-75, -50, -25, 0, 25, 50));
  EXPECT_THAT(windows_[0].missing[0], ElementsAre(SampleSpan{0, 78}));
  EXPECT_THAT(windows_[4].missing[0], IsEmpty());
  EXPECT_EQ(windows_[4].samples, kLength);
  EXPECT_EQ(windows_[4].rate, geometry_.rate);
  EXPECT_EQ(windows_[4].data.size(), 3U * kLength);
  EXPECT_EQ(windows_[4].data[99], 99.0F);
}

TEST_F(WindowerTest, WaitsForEveryComponent) {
  append(Component::kZ, kStart, kStart + 120);
  append(Component::kN, kStart, kStart + 120);
  EXPECT_THAT(windows_, IsEmpty());
  append(Component::kE, kStart, kStart + 100);
  EXPECT_THAT(starts(), ElementsAre(-75, -50, -25, 0));
}

TEST_F(WindowerTest, GoesOnWithoutAComponentThatLagsTooFar) {
  append_all(kStart, kStart + 100);
  windows_.clear();
  append(Component::kE, kStart + 100, kStart + 110);
  append(Component::kZ, kStart + 100, kStart + 224);
  append(Component::kN, kStart + 100, kStart + 224);
  EXPECT_THAT(windows_, IsEmpty());
  append(Component::kN, kStart + 224, kStart + 225);
  append(Component::kZ, kStart + 224, kStart + 225);
  EXPECT_EQ(totals_.timed_out, 1U);
  // All that Z and N cover, at once.
  EXPECT_THAT(starts(), ElementsAre(25, 50, 75, 100, 125));
  EXPECT_THAT(windows_[0].missing[2], ElementsAre(SampleSpan{85, 100}));
  EXPECT_TRUE(windows_[0].has(Component::kE));
  EXPECT_FALSE(windows_[4].has(Component::kE));
  EXPECT_THAT(windows_[4].missing[2], ElementsAre(SampleSpan{0, 100}));
}

TEST_F(WindowerTest, WaitsAsMuchLongerAsTheLongestRecordOfTheInstrument) {
  append_all(kStart, kStart + 100);
  const std::vector<double> long_record(60, 1.0);
  windower_.append(Component::kN, kStart + 100, long_record);
  windows_.clear();
  append(Component::kZ, kStart + 100, kStart + 279);  // 125 + 95 + 60 - 1
  EXPECT_THAT(windows_, IsEmpty());
  append(Component::kZ, kStart + 279, kStart + 280);
  EXPECT_EQ(totals_.timed_out, 1U) << "E; N covers this window";
}

TEST_F(WindowerTest, WaitsAgainForAComponentThatCaughtUp) {
  append_vertical_and_north(kStart, kStart + 300);
  ASSERT_EQ(totals_.timed_out, 1U);
  windows_.clear();
  append(Component::kE, kStart + 225, kStart + 290);
  append(Component::kZ, kStart + 300, kStart + 350);
  append(Component::kN, kStart + 300, kStart + 350);
  EXPECT_THAT(windows_, IsEmpty()) << "E is back and is waited for";
  append(Component::kE, kStart + 290, kStart + 350);
  EXPECT_THAT(starts(), ElementsAre(225, 250));
  EXPECT_THAT(windows_[1].missing[2], IsEmpty());
}

TEST_F(WindowerTest, ServesASingleVerticalAfterOneTimeout) {
  append(Component::kZ, kStart, kStart + 124);
  EXPECT_THAT(windows_, IsEmpty());
  append(Component::kZ, kStart + 124, kStart + 125);
  EXPECT_EQ(totals_.timed_out, 2U);
  EXPECT_THAT(starts(), ElementsAre(-75, -50, -25, 0, 25));
  windows_.clear();
  append(Component::kZ, kStart + 125, kStart + 150);
  EXPECT_THAT(starts(), ElementsAre(50)) << "without waiting from then on";
  EXPECT_TRUE(windows_[0].has(Component::kZ));
  EXPECT_FALSE(windows_[0].has(Component::kN));
  EXPECT_FALSE(windows_[0].has(Component::kE));
}

TEST_F(WindowerTest, SkipsWindowsWithTooLittle) {
  append_all(kStart + 16, kStart + 100);
  // The window at -75 holds 9 of 100 samples, that at -50 holds 34.
  EXPECT_THAT(starts(), ElementsAre(-50, -25, 0));
  EXPECT_EQ(totals_.skipped, 1U);
}

TEST_F(WindowerTest, MasksAGapAndSkipsWhatIsEmpty) {
  append_all(kStart, kStart + 130);
  append_all(kStart + 1'000'000'000'000, kStart + 1'000'000'000'075);
  const auto all = starts();
  ASSERT_GE(all.size(), 11U);
  EXPECT_THAT(std::vector<std::int64_t>(all.begin(), all.begin() + 8),
              ElementsAre(-75, -50, -25, 0, 25, 50, 75, 100));
  EXPECT_EQ(all[8], 1'000'000'000'000 - 75);
  EXPECT_LT(all.size(), 16U);
  EXPECT_THAT(windows_[5].missing[0], ElementsAre(SampleSpan{80, 100}));
}

TEST_F(WindowerTest, EndsWithPartlyFilledWindows) {
  append_all(kStart, kStart + 130);
  windows_.clear();
  windower_.finish({}, windows_);
  EXPECT_THAT(starts(), ElementsAre(50, 75, 100));
  EXPECT_TRUE(windows_.back().is_last);
  EXPECT_FALSE(windows_.front().is_last);
  EXPECT_THAT(windows_[2].missing[1], ElementsAre(SampleSpan{30, 100}));
}

TEST_F(WindowerTest, MarksTheLastWindowEvenWhenItHoldsLittle) {
  geometry_.hop_samples = kLength;
  append_all(kStart, kStart + 105);
  ASSERT_THAT(starts(), ElementsAre(0));
  windower_.finish({}, windows_);
  ASSERT_THAT(starts(), ElementsAre(0, 100));
  EXPECT_TRUE(windows_.back().is_last);
}

TEST_F(WindowerTest, FinishesTheOldTimeLineWhenTheClockGoesBack) {
  append_all(kStart + 500, kStart + 700);
  windows_.clear();
  windower_.move_back(Component::kZ, kStart, {}, windows_);
  EXPECT_EQ(totals_.restarts, 1U);
  EXPECT_TRUE(windows_.back().is_last);
  windows_.clear();
  append_all(kStart, kStart + 100);
  EXPECT_THAT(starts(), ElementsAre(-75, -50, -25, 0));
}

TEST_F(WindowerTest, CountsWhatComesAfterItsWindow) {
  append_vertical_and_north(kStart, kStart + 300);
  append(Component::kE, kStart, kStart + 50);
  EXPECT_EQ(totals_.late_samples, 50U);
}

TEST_F(WindowerTest, RefusesPicksWhereAnyComponentIsMarked) {
  windower_.add_mark(Component::kE,
                     {TraceMark::Kind::kNoPicks,
                      Time{geometry_.rate.span_of(kStart + 10)},
                      Time{geometry_.rate.span_of(kStart + 20)},
                      Time{geometry_.rate.span_of(kStart + 10)},
                      0.0});
  append_all(kStart, kStart + 100);
  EXPECT_THAT(windows_.back().no_picks, ElementsAre(SampleSpan{10, 20}));
}

TEST_F(WindowerTest, RefusesPicksWhereAllComponentsAreSilentButNotForADeadOne) {
  const auto constant = [&](Component component, std::int64_t from, std::int64_t to) {
    windower_.add_mark(component,
                       {TraceMark::Kind::kConstant,
                        Time{geometry_.rate.span_of(kStart + from)},
                        Time{geometry_.rate.span_of(kStart + to)},
                        Time{geometry_.rate.span_of(kStart + from)},
                        0.0});
  };
  constant(Component::kZ, 20, 60);
  constant(Component::kN, 30, 70);
  constant(Component::kE, -100, 200);
  append_all(kStart, kStart + 100);
  EXPECT_THAT(windows_.back().no_picks, ElementsAre(SampleSpan{30, 60}));
}

TEST_F(WindowerTest, CarriesTheLargestTimingUncertainty) {
  for (const double uncertainty : {0.004, 0.5, 0.002}) {
    windower_.add_mark(Component::kN,
                       {TraceMark::Kind::kTiming,
                        Time{geometry_.rate.span_of(kStart + 10)},
                        Time{geometry_.rate.span_of(kStart + 20)},
                        Time{geometry_.rate.span_of(kStart + 10)},
                        uncertainty});
  }
  append_all(kStart, kStart + 100);
  append_all(kStart + 100, kStart + 200);
  EXPECT_EQ(windows_[3].timing_uncertainty_s, 0.5);
  EXPECT_EQ(windows_.back().timing_uncertainty_s, 0.0);
}

}  // namespace
}  // namespace geod::streams
