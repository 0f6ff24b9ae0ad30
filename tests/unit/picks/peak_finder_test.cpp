#include "models/peak_finder.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::models {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::int64_t> places(const std::vector<Peak>& peaks) {
  std::vector<std::int64_t> places;
  for (const Peak& peak : peaks) {
    places.push_back(peak.k);
  }
  return places;
}

std::vector<Peak> find(const std::vector<double>& series,
                       double threshold,
                       std::int64_t min_distance,
                       std::size_t decide_every = 1'000'000) {
  PeakFinder finder(threshold, min_distance);
  std::vector<Peak> kept;
  for (std::size_t k = 0; k < series.size(); ++k) {
    finder.add(static_cast<std::int64_t>(k), series[k], true);
    if ((k + 1) % decide_every == 0) {
      finder.decide(false, kept);
    }
  }
  finder.end_series();
  finder.decide(true, kept);
  std::sort(kept.begin(), kept.end(), [](const Peak& a, const Peak& b) { return a.k < b.k; });
  return kept;
}

/// Greedy by height over the whole series, as one would write it down.
std::vector<std::int64_t> greedy(const std::vector<double>& series,
                                 double threshold,
                                 std::int64_t min_distance) {
  std::vector<std::int64_t> maxima;
  for (std::size_t k = 1; k + 1 < series.size(); ++k) {
    if (series[k] >= threshold && series[k] > series[k - 1] && series[k] > series[k + 1]) {
      maxima.push_back(static_cast<std::int64_t>(k));
    }
  }
  std::stable_sort(maxima.begin(), maxima.end(), [&](std::int64_t a, std::int64_t b) {
    return series[static_cast<std::size_t>(a)] > series[static_cast<std::size_t>(b)];
  });
  std::vector<std::int64_t> kept;
  for (const std::int64_t k : maxima) {
    if (std::none_of(kept.begin(), kept.end(), [&](std::int64_t other) {
          return std::abs(other - k) < min_distance;
        })) {
      kept.push_back(k);
    }
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

TEST(PeakFinder, TakesLocalMaximaFromTheThresholdOn) {
  EXPECT_THAT(places(find({0, .3, 0, .29, 0, .5, 0}, 0.3, 1)), ElementsAre(1, 5));
}

TEST(PeakFinder, SuppressesTheLowerOfTwoPeaksTooClose) {
  EXPECT_THAT(places(find({0, .5, 0, .6, 0, 0, 0, .4, 0}, 0.3, 3)), ElementsAre(3, 7));
  EXPECT_THAT(places(find({0, .5, 0, .6, 0}, 0.3, 2)), ElementsAre(1, 3));
}

TEST(PeakFinder, KeepsAPeakWhoseHigherNeighbourWasSuppressed) {
  // 0.7 suppresses 0.6, which therefore does not suppress 0.5.
  EXPECT_THAT(places(find({0, .5, 0, .6, 0, .7, 0}, 0.3, 3)), ElementsAre(1, 5));
}

TEST(PeakFinder, TakesTheMiddleOfAPlateau) {
  const auto peaks = find({0, 1, 1, 1, 1, 0}, 0.3, 1);
  ASSERT_EQ(peaks.size(), 1U);
  EXPECT_EQ(static_cast<double>(peaks[0].k) + peaks[0].offset, 2.5);
}

TEST(PeakFinder, FitsAParabolaThroughTheApex) {
  std::vector<double> series;
  for (int k = 0; k < 9; ++k) {
    series.push_back(0.9 - 0.05 * std::pow(k - 4.2, 2));
  }
  const auto peaks = find(series, 0.3, 1);
  ASSERT_EQ(peaks.size(), 1U);
  EXPECT_NEAR(static_cast<double>(peaks[0].k) + peaks[0].offset, 4.2, 1e-12);
}

TEST(PeakFinder, TakesAPeakAtTheEdgeOfWhatIsScored) {
  const auto peaks = find({-1, .8, .5, -1, .2, .9}, 0.3, 1);
  EXPECT_THAT(places(peaks), ElementsAre(1, 5));
  EXPECT_EQ(peaks[0].offset, 0.0);
}

TEST(PeakFinder, LeavesOutPeaksWherePicksAreNotAllowed) {
  PeakFinder finder(0.3, 5);
  std::vector<Peak> kept;
  finder.add(0, 0.0, true);
  finder.add(1, 0.9, false);
  finder.add(2, 0.1, true);
  finder.add(3, 0.5, true);
  finder.add(4, 0.1, true);
  finder.decide(true, kept);
  EXPECT_THAT(places(kept), ElementsAre(3)) << "a suppressed peak suppresses nothing";
  EXPECT_EQ(finder.take_suppressed(), 1U);
  EXPECT_EQ(finder.take_suppressed(), 0U);
}

TEST(PeakFinder, DecidesAsSoonAsNothingLaterCanMatter) {
  PeakFinder finder(0.3, 4);
  std::vector<Peak> kept;
  finder.add(0, 0.0, true);
  finder.add(1, 0.5, true);
  for (std::int64_t k = 2; k <= 3; ++k) {
    finder.add(k, 0.0, true);
    finder.decide(false, kept);
    EXPECT_THAT(kept, IsEmpty()) << k;
  }
  finder.add(4, 0.0, true);
  finder.decide(false, kept);
  EXPECT_THAT(places(kept), ElementsAre(1)) << "the next peak is at 5 or later";
}

TEST(PeakFinder, WaitsForARiseThatIsNotOver) {
  PeakFinder finder(0.3, 4);
  std::vector<Peak> kept;
  finder.add(0, 0.0, true);
  finder.add(1, 0.5, true);
  finder.add(2, 0.0, true);
  for (std::int64_t k = 3; k < 100; ++k) {
    finder.add(k, 0.6, true);
    finder.decide(false, kept);
  }
  finder.add(100, 0.0, true);
  finder.decide(true, kept);
  EXPECT_THAT(places(kept), ElementsAre(1, 51));
}

TEST(PeakFinder, AgreesWithTheGreedyRuleHoweverItIsCut) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> score(0.0, 1.0);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> series(400);
    for (double& value : series) {
      value = score(random);
    }
    series.front() = series.back() = 0.0;
    const std::int64_t distance = 1 + round % 17;
    const auto expected = greedy(series, 0.4, distance);
    for (const std::size_t every : {1U, 3U, 50U, 1000U}) {
      ASSERT_EQ(places(find(series, 0.4, distance, every)), expected);
    }
  }
}

}  // namespace
}  // namespace geod::models
