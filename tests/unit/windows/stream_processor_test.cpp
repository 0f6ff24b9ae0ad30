#include "streams/stream_processor.hpp"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_maker.hpp"
#include "tests/support/stream_shuffle.hpp"

namespace geod::streams {
namespace {

using test::at_s;
using test::make_record;
using test::rate_of;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

const WindowGeometry kGeometry{300, 75, rate_of(100)};

class StreamProcessorTest : public ::testing::Test {
 protected:
  config::ContinuityConfig continuity_;
  config::WindowsConfig windows_;
  StreamProcessor processor_{continuity_, windows_, kGeometry};
  StreamOutput out_;
};

/// Windows by instrument, without arrival times.
std::vector<Window> in_order(std::vector<Window> windows) {
  for (Window& window : windows) {
    window.completed_at = {};
  }
  std::stable_sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) {
    return std::tie(a.instrument, a.start) < std::tie(b.instrument, b.start);
  });
  return windows;
}

void expect_same(const std::vector<Window>& a, const std::vector<Window>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].instrument, b[i].instrument);
    ASSERT_EQ(a[i].start, b[i].start);
    const std::string name = a[i].instrument.to_string() + " " + to_iso(a[i].start);
    ASSERT_EQ(a[i].data, b[i].data) << name << " " << std::mismatch(a[i].data.begin(), a[i].data.end(), b[i].data.begin()).first - a[i].data.begin();
    ASSERT_EQ(a[i].missing, b[i].missing);
    ASSERT_EQ(a[i].no_picks, b[i].no_picks);
    ASSERT_EQ(a[i].subsource, b[i].subsource);
    ASSERT_EQ(a[i].timing_uncertainty_s, b[i].timing_uncertainty_s);
    ASSERT_EQ(a[i].is_last, b[i].is_last);
  }
}

std::vector<Window> run(const std::vector<Record>& records) {
  const config::ContinuityConfig continuity;
  const config::WindowsConfig windows;
  StreamProcessor processor(continuity, windows, kGeometry);
  StreamOutput out;
  for (const Record& record : records) {
    processor.push(record, {}, out);
  }
  processor.finish_all({}, out);
  return in_order(std::move(out.windows));
}

TEST_F(StreamProcessorTest, GivesTheSameWindowsForAnyCutAndInterleaving) {
  const std::vector<test::ChannelData> channels = test::sample_network();
  std::mt19937_64 random(1);
  const auto expected = run(test::shuffled_stream(channels, {.longest = 400}, random));
  ASSERT_GT(expected.size(), 100U);
  for (int round = 0; round < 20; ++round) {
    const test::ShuffleOptions options{.shortest = 1,
                                       .longest = 1U << (round % 8 + 1),
                                       .lag_s = 4.0,
                                       .duplicates = 0.1,
                                       .swaps = 0.2};
    expect_same(run(test::shuffled_stream(channels, options, random)), expected);
    ASSERT_FALSE(HasFatalFailure()) << "round " << round;
  }
}

TEST_F(StreamProcessorTest, PutsOneTwoThreeInTheirPlaces) {
  for (const char* code : {"HH1", "HH2", "HH3"}) {
    processor_.push(
        make_record("AAA", code, at_s(0), rate_of(100), test::bursts(1, 0, 600, 100, 3)), {}, out_);
  }
  ASSERT_FALSE(out_.windows.empty());
  EXPECT_EQ(out_.windows.back().subsource, (std::array<char, 3>{'3', '1', '2'}));
}

TEST_F(StreamProcessorTest, PrefersLettersOverDigits) {
  const auto samples = test::bursts(1, 0, 600, 100, 3);
  for (const char* code : {"HH1", "HHN", "HH1", "HHZ", "HH3", "HHE"}) {
    processor_.push(make_record("AAA", code, at_s(0), rate_of(100), samples), {}, out_);
  }
  ASSERT_FALSE(out_.windows.empty());
  EXPECT_EQ(out_.windows.back().subsource, (std::array<char, 3>{'Z', 'N', 'E'}));
}

TEST_F(StreamProcessorTest, FollowsButDoesNotWindowOtherChannels) {
  processor_.push(make_record("AAA", "BDF", at_s(0), rate_of(100), std::vector(5000, 1)), {}, out_);
  processor_.push(make_record("AAA", "LHZ", at_s(0), rate_of(1), std::vector(5000, 1)), {}, out_);
  processor_.push(
      make_record("AAA", "BDF", at_s(60), rate_of(100), std::vector(5000, 1)), {}, out_);
  processor_.finish_all({}, out_);
  EXPECT_THAT(out_.windows, IsEmpty());
  EXPECT_EQ(processor_.counters().not_windowed, 5U);  // with the ends of both channels
  EXPECT_EQ(processor_.counters().continuity.gaps, 1U);
  EXPECT_EQ(out_.ended.size(), 2U);
}

TEST_F(StreamProcessorTest, ADeadOrLateStationDelaysNoOther) {
  const auto samples = test::bursts(1, 0, 6000, 100, 3);
  for (const char* code : {"HHZ", "HHN", "HHE"}) {
    processor_.push(make_record("DEAD", code, at_s(-1000), rate_of(100), {1, 2, 3}), {}, out_);
    processor_.push(make_record("LATE", code, at_s(-3600), rate_of(100), samples), {}, out_);
  }
  out_.clear();
  for (const char* code : {"HHZ", "HHN", "HHE"}) {
    processor_.push(make_record("AAA", code, at_s(0), rate_of(100), samples), {}, out_);
  }
  EXPECT_EQ(out_.windows.back().start + 3s + 750ms, at_s(60.75));
}

TEST_F(StreamProcessorTest, CarriesTheArrivalThatCompletedTheWindow) {
  const auto samples = test::bursts(1, 0, 600, 100, 3);
  const StreamProcessor::SteadyTime t0{};
  processor_.push(make_record("AAA", "HHZ", at_s(0), rate_of(100), samples), t0 + 1s, out_);
  processor_.push(make_record("AAA", "HHN", at_s(0), rate_of(100), samples), t0 + 2s, out_);
  EXPECT_THAT(out_.windows, IsEmpty());
  processor_.push(make_record("AAA", "HHE", at_s(0), rate_of(100), samples), t0 + 3s, out_);
  ASSERT_FALSE(out_.windows.empty());
  EXPECT_EQ(out_.windows.front().completed_at, t0 + 3s);
}

TEST_F(StreamProcessorTest, AnnouncesAChannelOnceAMinuteAndWhenItsRateChanges) {
  for (int i = 0; i < 180; ++i) {
    processor_.push(
        make_record("AAA", "HHZ", at_s(i), rate_of(100), test::bursts(1, i * 100, 100, 100, 3)),
        {},
        out_);
  }
  ASSERT_EQ(out_.channels.size(), 3U);
  EXPECT_EQ(out_.channels[0].first_sample, at_s(0));
  EXPECT_EQ(out_.channels[0].last_sample, at_s(0.99));
  EXPECT_EQ(out_.channels[1].last_sample, at_s(60.99));
  processor_.push(
      make_record("AAA", "HHZ", at_s(180), rate_of(200), test::bursts(1, 0, 100, 200, 3)),
      {},
      out_);
  ASSERT_EQ(out_.channels.size(), 4U);
  EXPECT_EQ(out_.channels[3].sampling_rate_hz, 200.0);
}

TEST_F(StreamProcessorTest, EndsOneInstrumentAndForgetsIt) {
  const auto samples = test::bursts(1, 0, 1000, 100, 3);
  for (const char* station : {"AAA", "BBB"}) {
    for (const char* code : {"HHZ", "HHN", "HHE"}) {
      processor_.push(make_record(station, code, at_s(0), rate_of(100), samples), {}, out_);
    }
  }
  out_.clear();
  processor_.end({"XX", "AAA", "", "H", "H"}, {}, out_);
  ASSERT_FALSE(out_.windows.empty());
  EXPECT_TRUE(out_.windows.back().is_last);
  EXPECT_EQ(out_.windows.back().instrument.station, "AAA");
  EXPECT_EQ(out_.ended.size(), 1U);
  EXPECT_EQ(processor_.counters().channels, 3U);
  EXPECT_EQ(processor_.counters().instruments, 1U);
  out_.clear();
  processor_.end({"XX", "NONE", "", "H", "H"}, {}, out_);
  EXPECT_THAT(out_.ended, IsEmpty());
}

TEST_F(StreamProcessorTest, BoundsInventedChannels) {
  StreamProcessor small(continuity_, windows_, kGeometry, 10);
  for (int i = 0; i < 1000; ++i) {
    small.push(
        make_record("S" + std::to_string(i), "HHZ", at_s(0), rate_of(100), {1, 2}), {}, out_);
  }
  EXPECT_EQ(small.counters().channels, 10U);
  EXPECT_EQ(small.counters().refused_channels, 990U);
}

TEST_F(StreamProcessorTest, SurvivesTimesAllOverTheCalendar) {
  std::mt19937_64 random(3);
  std::size_t most = 0;
  for (int i = 0; i < 3000; ++i) {
    std::uniform_int_distribution<std::int64_t> second(-8'000'000'000, 8'000'000'000);
    Record record = make_record("AAA",
                                i % 3 == 0   ? "HHZ"
                                : i % 3 == 1 ? "HHN"
                                             : "HHE",
                                Time{std::chrono::seconds{second(random)}},
                                rate_of(i % 7 == 0 ? 40 : 100),
                                test::bursts(1, i, 1 + i % 500, 100, 3));
    const std::size_t before = out_.windows.size();
    processor_.push(std::move(record), {}, out_);
    most = std::max(most, out_.windows.size() - before);
  }
  processor_.finish_all({}, out_);
  EXPECT_LT(most, 60U);
  EXPECT_GT(processor_.counters().continuity.unusable, 0U);
}

TEST_F(StreamProcessorTest, RecoversFromAClockThatWentBack) {
  const auto push_all = [&](double second) {
    for (const char* code : {"HHZ", "HHN", "HHE"}) {
      const auto first = static_cast<std::int64_t>(second * 100);
      processor_.push(
          make_record("AAA", code, at_s(second), rate_of(100), test::bursts(1, first, 100, 100, 3)),
          {},
          out_);
    }
  };
  for (int i = 0; i < 20; ++i) {
    push_all(100'000 + i);
  }
  for (int i = 0; i < 60; ++i) {
    push_all(i);
  }
  EXPECT_EQ(processor_.counters().windows.restarts, 1U);
  EXPECT_EQ(processor_.counters().continuity.clock_resets, 3U);
  EXPECT_EQ(out_.windows.back().start + 3s + 750ms, at_s(60.75));
  EXPECT_THAT(out_.windows.back().missing[2], IsEmpty());
}

}  // namespace
}  // namespace geod::streams
