#include "daemon/event_section.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/section_traces.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const Time kOrigin = *parse_iso("2019-07-04T17:02:55");

/// `seconds` of a sine from `start` on, at 100 Hz.
Waveform sine(Time start, double seconds, double frequency_hz, double amplitude = 1.0) {
  Waveform made{start, *SampleRate::make(100), {}, {}};
  for (int i = 0; i < static_cast<int>(100.0 * seconds); ++i) {
    made.samples.push_back(amplitude * std::sin(2.0 * std::numbers::pi * frequency_hz * 0.01 * i));
  }
  return made;
}

SectionTrace trace(const std::string& name, double distance_km) {
  return {name,
          distance_km,
          {sine(kOrigin - 10s, 60.0, 2.0)},
          {{Phase::kP, kOrigin + 5s, false}, {Phase::kS, kOrigin + 9s, false}}};
}

EventSection section() {
  EventSection made;
  made.event.event_id = "00c0ffee00c0ffee";
  made.event.time = kOrigin;
  made.event.epicentre = {35.7, -117.5};
  made.event.depth_km = 8.0;
  made.traces = {trace("XX.A..HHZ", 10.0), trace("XX.B..HHZ", 20.0)};
  made.curves = {{Phase::kP, {{0.0, 1.0}, {30.0, 6.0}}}, {Phase::kS, {{0.0, 2.0}, {30.0, 10.0}}}};
  made.curves_of = "iasp91";
  made.filter = "band-pass";
  made.after_s = 20.0;
  return made;
}

std::string svg_of(const EventSection& of) {
  const auto svg = event_section_svg(of);
  return svg ? *svg : "error: " + svg.error().what;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++found;
  }
  return found;
}

/// The y that stands beside a text.
double y_of(const std::string& svg, const std::string& text) {
  const std::size_t end = svg.find(text);
  const std::size_t begin = svg.rfind(" y=\"", end);
  return std::stod(svg.substr(begin + 4));
}

TEST(EventSection, ShowsTracesPicksAndCurvesWithTheirNames) {
  const std::string svg = svg_of(section());
  EXPECT_THAT(svg,
              HasSubstr("2019-07-04T17:02:55.00Z, 35.700\u00b0N 117.500\u00b0W, depth 8.0 km"));
  EXPECT_THAT(svg, HasSubstr("XX.A..HHZ  10.0 km"));
  EXPECT_THAT(svg, HasSubstr("2 traces, 2 P and 2 S picks"));
  EXPECT_THAT(svg, HasSubstr("P of iasp91"));
  EXPECT_EQ(count(svg, "<polyline class=\"trace\""), 2U);
  EXPECT_EQ(count(svg, "<polyline class=\"curve-"), 2U);
  EXPECT_EQ(count(svg, "<line class=\"pick-p\""), 3U);  // with the legend's
}

TEST(EventSection, PutsFartherTracesHigher) {
  const std::string svg = svg_of(section());
  EXPECT_GT(y_of(svg, "XX.A..HHZ"), y_of(svg, "XX.B..HHZ"));
}

TEST(EventSection, KeepsNamesOfCloseTracesApart) {
  EventSection close = section();
  close.traces = {trace("XX.A..HHZ", 10.0), trace("XX.B..HHZ", 10.01), trace("XX.C..HHZ", 60.0)};
  const std::string svg = svg_of(close);
  EXPECT_GE(y_of(svg, "XX.A..HHZ") - y_of(svg, "XX.B..HHZ"), 12.0);
}

TEST(EventSection, DrawsLongTracesWithAsManyPointsAsCanBeSeen) {
  EventSection fast = section();
  fast.traces = {trace("XX.A..HHZ", 10.0)};
  fast.traces[0].pieces[0].samples.resize(2'000'000, 0.5);
  fast.after_s = 15000.0;
  EXPECT_LT(svg_of(fast).size(), 80'000U);
}

TEST(EventSection, LeavesGapsOpen) {
  EventSection gapped = section();
  gapped.traces[0].pieces = {sine(kOrigin, 5.0, 2.0), sine(kOrigin + 8s, 5.0, 2.0)};
  EXPECT_EQ(count(svg_of(gapped), "<polyline class=\"trace\""), 3U);
}

TEST(EventSection, MarksReviewedPicks) {
  EventSection reviewed = section();
  EXPECT_THAT(svg_of(reviewed), Not(HasSubstr("reviewed pick")));
  reviewed.traces[0].picks[0].is_reviewed = true;
  EXPECT_THAT(svg_of(reviewed), HasSubstr("class=\"pick-p reviewed\""));
}

TEST(EventSection, NeedsWaveforms) {
  EventSection empty = section();
  empty.traces[0].pieces.clear();
  empty.traces[1].pieces = {sine(kOrigin + 100s, 5.0, 2.0)};
  const auto svg = event_section_svg(empty);
  ASSERT_FALSE(svg);
  EXPECT_EQ(svg.error().code, Errc::kNotFound);
  EXPECT_THAT(svg.error().what, HasSubstr("00c0ffee00c0ffee"));
}

TEST(EventSection, EscapesWhatOthersWrote) {
  EventSection hostile = section();
  hostile.event.event_id = "<script>";
  hostile.traces[0].name = "a&b<";
  const std::string svg = svg_of(hostile);
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  EXPECT_THAT(svg, HasSubstr("a&amp;b&lt;"));
}

TEST(EventSection, IsNotUpsetByWhatIsNoNumber) {
  EventSection odd = section();
  odd.traces[0].pieces[0].samples[1200] = std::nan("");
  EXPECT_THAT(svg_of(odd), Not(HasSubstr("nan")));
}

TEST(SpreadOut, KeepsTracesThatLieApart) {
  std::vector<SectionTrace> traces;
  for (int i = 0; i < 600; ++i) {
    traces.push_back({std::to_string(i), 0.1 * i, {}, {}});
  }
  const auto kept = spread_out(std::move(traces));
  EXPECT_GE(kept.size(), 50U);
  EXPECT_LE(kept.size(), 61U);
  EXPECT_EQ(kept.front().name, "0");
  EXPECT_TRUE(spread_out({}).empty());
}

TEST(SectionBand, ReadsTwoFrequencies) {
  const auto band = SectionBand::parse("0.5/20");
  ASSERT_TRUE(band);
  EXPECT_DOUBLE_EQ(band->low_hz, 0.5);
  EXPECT_DOUBLE_EQ(band->high_hz, 20.0);
  for (const char* wrong :
       {"", "1", "1/", "5/2", "0/3", "-1/3", "1/x", "1/2/3", "nan/2", "1/inf"}) {
    const auto refused = SectionBand::parse(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, Errc::kConfig);
  }
}

double largest_after(const Waveform& waveform, std::size_t first) {
  double most = 0.0;
  for (std::size_t i = first; i < waveform.samples.size(); ++i) {
    most = std::max(most, std::abs(waveform.samples[i]));
  }
  return most;
}

TEST(BandPassed, LetsTheBandThroughAndTakesTheRestAway) {
  const SectionBand band{1.0, 15.0};
  EXPECT_NEAR(largest_after(band_passed(sine(kOrigin, 30.0, 5.0), band), 1000), 1.0, 0.05);
  EXPECT_LT(largest_after(band_passed(sine(kOrigin, 30.0, 0.2), band), 1000), 0.01);
  EXPECT_LT(largest_after(band_passed(sine(kOrigin, 30.0, 40.0), band), 1000), 0.01);
}

TEST(BandPassed, IsNotSeenBeforeTheOnset) {
  Waveform step = sine(kOrigin, 10.0, 5.0);
  std::fill(step.samples.begin(), step.samples.end(), 0.0);
  step.samples[500] = 1000.0;
  const Waveform filtered = band_passed(step, {1.0, 15.0});
  // But for the mean, which is taken off the whole trace.
  const double before = *std::max_element(filtered.samples.begin(), filtered.samples.begin() + 500);
  EXPECT_LT(before, 0.01 * largest_after(filtered, 500));
}

TEST(BandPassed, TakesAnythingThatIsShort) {
  EXPECT_TRUE(band_passed(Waveform{kOrigin, *SampleRate::make(100), {}, {}}, {}).samples.empty());
  EXPECT_EQ(band_passed(Waveform{kOrigin, *SampleRate::make(1), {3.0}, {}}, {}).samples.size(), 1U);
}

}  // namespace
}  // namespace geod
