#include "streams/resampler.hpp"

#include <cmath>
#include <functional>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_maker.hpp"

namespace geod::streams {
namespace {

using test::at_s;
using test::rate_of;
using namespace std::chrono_literals;

const SampleRate kModelRate = rate_of(100);

/// `signal` (of seconds after at_s(0)) sampled at `rate` from `start`.
TracePiece sampled(const std::function<double(double)>& signal,
                   Time start,
                   SampleRate rate,
                   std::int64_t count,
                   bool begins_segment = true) {
  TracePiece piece;
  piece.start = start;
  piece.rate = rate;
  piece.begins_segment = begins_segment;
  const double first = to_seconds(start - at_s(0));
  for (std::int64_t i = 0; i < count; ++i) {
    piece.samples.push_back(signal(first + static_cast<double>(i) / rate.hz()));
  }
  return piece;
}

struct Series {
  std::int64_t first = 0;
  std::vector<double> values;
  double seconds(std::size_t i) const {
    return to_seconds(TimeGrid(kModelRate).time_of(first + static_cast<std::int64_t>(i)) - at_s(0));
  }
};

/// Everything, checked to be without holes.
Series joined(const std::vector<GridRun>& runs) {
  Series series;
  for (const GridRun& run : runs) {
    if (series.values.empty()) {
      series.first = run.first;
    }
    EXPECT_EQ(run.first, series.first + static_cast<std::int64_t>(series.values.size()));
    series.values.insert(series.values.end(), run.samples.begin(), run.samples.end());
  }
  return series;
}

Series resampled(const std::vector<TracePiece>& pieces) {
  FilterCache filters;
  Resampler resampler(TimeGrid(kModelRate), filters);
  std::vector<GridRun> runs;
  for (const TracePiece& piece : pieces) {
    resampler.push(piece, runs);
  }
  resampler.finish(runs);
  return joined(runs);
}

class ResamplerRates : public ::testing::TestWithParam<SampleRate> {};

TEST_P(ResamplerRates, RecoversAnOnsetAtEverySubSamplePhaseWithoutShift) {
  constexpr int kPhases = 23;
  constexpr double kWidthS = 0.08;  // spectrum below 1e-4 of its peak from 8.6 Hz on
  const SampleRate rate = GetParam();
  double sum = 0.0;
  for (int phase = 0; phase < kPhases; ++phase) {
    // Both the pulse and the sampling move against the model's grid.
    const double centre = 4.0 + phase / (kPhases * rate.hz());
    const Time start =
        at_s(0) + Duration{rate.period().count() * ((phase * 7) % kPhases) / kPhases};
    const auto pulse = [&](double t) {
      return std::exp(-0.5 * std::pow((t - centre) / kWidthS, 2));
    };
    const Series series =
        resampled({sampled(pulse, start, rate, static_cast<std::int64_t>(8 * rate.hz()))});
    double moment = 0.0;
    double mass = 0.0;
    for (std::size_t i = 0; i < series.values.size(); ++i) {
      moment += series.values[i] * series.seconds(i);
      mass += series.values[i];
    }
    const double shift = moment / mass - centre;
    EXPECT_LT(std::abs(shift), 0.01 * to_seconds(kModelRate.period())) << phase;
    sum += shift;
  }
  EXPECT_LT(std::abs(sum / kPhases), 0.001 * to_seconds(kModelRate.period()));
}

INSTANTIATE_TEST_SUITE_P(Rates,
                         ResamplerRates,
                         ::testing::Values(rate_of(100),
                                           rate_of(50),
                                           rate_of(125),
                                           rate_of(4096, 100),
                                           rate_of(200),
                                           rate_of(250),
                                           rate_of(20)),
                         [](const auto& instance) {
                           return "Hz" + std::to_string(instance.param.numerator()) + "over" +
                                  std::to_string(instance.param.denominator());
                         });

TEST(Resampler, PassesSamplesOnTheGridThroughUntouched) {
  const auto noise = [](double t) { return test::noise_at(1, std::llround(t * 100.0)); };
  const TracePiece piece = sampled(noise, at_s(10), kModelRate, 500);
  const Series series = resampled({piece});
  EXPECT_EQ(series.first, TimeGrid(kModelRate).ceil_index(at_s(10)));
  EXPECT_EQ(series.values, piece.samples);
}

TEST(Resampler, TakesOnePercentOffTheGridForOnTheGrid) {
  const auto noise = [](double t) { return test::noise_at(1, std::llround(t * 100.0)); };
  for (const Duration off : {100us, -100us}) {
    const TracePiece piece = sampled(noise, at_s(10) + off, kModelRate, 500);
    const Series series = resampled({piece});
    EXPECT_EQ(series.first, TimeGrid(kModelRate).ceil_index(at_s(10)));
    EXPECT_EQ(series.values, piece.samples);
  }
  const TracePiece filtered = sampled(noise, at_s(10) + 101us, kModelRate, 500);
  EXPECT_NE(resampled({filtered}).values, filtered.samples);
}

double largest_error(const Series& series,
                     const std::function<double(double)>& truth,
                     double from_s,
                     double to_s) {
  double largest = 0.0;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const double t = series.seconds(i);
    if (t >= from_s && t < to_s) {
      largest = std::max(largest, std::abs(series.values[i] - truth(t)));
    }
  }
  return largest;
}

std::function<double(double)> tone(double hz) {
  return [hz](double t) { return std::sin(2.0 * std::numbers::pi * hz * t + 0.3); };
}

TEST(Resampler, KeepsThePassBandAtAnyRate) {
  const auto error = [](SampleRate rate, double hz) {
    const auto count = static_cast<std::int64_t>(20 * rate.hz());
    return largest_error(
        resampled({sampled(tone(hz), at_s(0) + 1234567ns, rate, count)}), tone(hz), 5, 15);
  };
  EXPECT_LT(error(rate_of(100), 45.0), 1e-4);
  EXPECT_LT(error(rate_of(125), 42.0), 1e-4);
  EXPECT_LT(error(rate_of(200), 42.0), 1e-4);
  EXPECT_LT(error(rate_of(250), 42.0), 1e-4);
  EXPECT_LT(error(rate_of(4096, 100), 17.0), 1e-4);
  EXPECT_LT(error(rate_of(50), 21.0), 1e-4);
  EXPECT_LT(error(rate_of(20), 8.4), 1e-4);
}

TEST(Resampler, RemovesWhatWouldAlias) {
  const auto left = [](SampleRate rate, double hz) {
    const auto count = static_cast<std::int64_t>(20 * rate.hz());
    return largest_error(
        resampled({sampled(tone(hz), at_s(0), rate, count)}), [](double) { return 0.0; }, 5, 15);
  };
  constexpr double kMinus85Db = 5.6e-5;
  for (const double hz : {50.5, 60.0, 75.0, 99.0}) {
    EXPECT_LT(left(rate_of(200), hz), kMinus85Db) << hz;
    EXPECT_LT(left(rate_of(250), hz), kMinus85Db) << hz;
    EXPECT_LT(left(rate_of(1000), hz * 4), kMinus85Db) << hz;
  }
  EXPECT_LT(left(rate_of(125), 55.0), kMinus85Db);
}

TEST(Resampler, GivesTheSameForEverySplit) {
  const auto noise = [](double t) { return 1e4 * test::noise_at(2, std::llround(t * 1000.0)); };
  for (const SampleRate rate : {rate_of(100), rate_of(125), rate_of(200), rate_of(20)}) {
    const Time start = at_s(3) + 2ms;
    const TracePiece whole = sampled(noise, start, rate, 300);
    const Series expected = resampled({whole});
    for (std::size_t split = 1; split < 300; ++split) {
      TracePiece head = whole;
      head.samples.resize(split);
      TracePiece tail = whole;
      tail.begins_segment = false;
      tail.start = start + rate.span_of(static_cast<std::int64_t>(split));
      tail.samples.erase(tail.samples.begin(),
                         tail.samples.begin() + static_cast<std::ptrdiff_t>(split));
      const Series series = resampled({head, tail});
      ASSERT_EQ(series.first, expected.first);
      ASSERT_EQ(series.values, expected.values) << rate.to_string() << " at " << split;
    }
  }
}

TEST(Resampler, GivesTheSameSampleBySample) {
  const auto noise = [](double t) { return 1e4 * test::noise_at(2, std::llround(t * 1000.0)); };
  const TracePiece whole = sampled(noise, at_s(3) + 2ms, rate_of(125), 9000);
  std::vector<TracePiece> pieces;
  for (std::size_t i = 0; i < whole.samples.size(); ++i) {
    TracePiece piece = whole;
    piece.begins_segment = i == 0;
    piece.start = whole.start + whole.rate.span_of(static_cast<std::int64_t>(i));
    piece.samples = {whole.samples[i]};
    pieces.push_back(piece);
  }
  EXPECT_EQ(resampled(pieces).values, resampled({whole}).values);
}

TEST(Resampler, KeepsItsPrecisionOnALargeOffset) {
  const auto signal = tone(3.0);
  const auto raised = [&](double t) { return 1e9 + signal(t); };
  const Series low = resampled({sampled(signal, at_s(0), rate_of(200), 4000)});
  const Series high = resampled({sampled(raised, at_s(0), rate_of(200), 4000)});
  for (std::size_t i = 0; i < low.values.size(); ++i) {
    ASSERT_NEAR(high.values[i] - 1e9, low.values[i], 2e-6);
  }
}

TEST(Resampler, HoldsTheEndsOfASegment) {
  const Series series =
      resampled({sampled([](double) { return 42.0; }, at_s(0) + 3ms, rate_of(250), 1000)});
  EXPECT_EQ(series.seconds(0), 0.01);
  EXPECT_NEAR(series.seconds(series.values.size() - 1), 3.99, 1e-9);
  for (const double value : series.values) {
    ASSERT_NEAR(value, 42.0, 1e-12);
  }
}

TEST(Resampler, FollowsTheHeadersOfADriftingDigitizer) {
  // Truly 100.001 Hz, declared 100 Hz: the records' times tell, one sample in 1000 s.
  constexpr double kTrueHz = 100.001;
  constexpr std::int64_t kRecord = 400;
  const auto signal = tone(1.0);
  std::vector<TracePiece> pieces;
  for (std::int64_t first = 0; first < 300'000; first += kRecord) {
    TracePiece piece;
    piece.start = at_s(static_cast<double>(first) / kTrueHz);
    piece.rate = kModelRate;
    piece.begins_segment = first == 0;
    for (std::int64_t i = first; i < first + kRecord; ++i) {
      piece.samples.push_back(signal(static_cast<double>(i) / kTrueHz));
    }
    pieces.push_back(piece);
  }
  EXPECT_LT(largest_error(resampled(pieces), signal, 1, 2990), 1e-3);
}

TEST(Resampler, StartsAfreshAfterAGap) {
  FilterCache filters;
  Resampler resampler(TimeGrid(kModelRate), filters);
  std::vector<GridRun> runs;
  resampler.push(sampled([](double) { return 1.0; }, at_s(0), rate_of(200), 400), runs);
  resampler.push(sampled([](double) { return 5.0; }, at_s(10), rate_of(200), 400), runs);
  resampler.finish(runs);
  for (const GridRun& run : runs) {
    const bool before = run.first < TimeGrid(kModelRate).ceil_index(at_s(5));
    for (const double value : run.samples) {
      ASSERT_NEAR(value, before ? 1.0 : 5.0, 1e-12);
    }
  }
}

TEST(Resampler, TakesOnARangeOfRates) {
  EXPECT_TRUE(Resampler::supports(rate_of(10), kModelRate));
  EXPECT_TRUE(Resampler::supports(rate_of(10'000), kModelRate));
  EXPECT_FALSE(Resampler::supports(rate_of(1), kModelRate));
  EXPECT_FALSE(Resampler::supports(rate_of(100'000), kModelRate));
}

TEST(FilterCache, SharesFiltersAndStaysSmall) {
  FilterCache cache;
  EXPECT_EQ(cache.get(rate_of(200), kModelRate), cache.get(rate_of(200), kModelRate));
  EXPECT_EQ(cache.get(rate_of(100), rate_of(50)), cache.get(rate_of(200), kModelRate));
  EXPECT_NE(cache.get(rate_of(250), kModelRate), cache.get(rate_of(200), kModelRate));
}

}  // namespace
}  // namespace geod::streams
