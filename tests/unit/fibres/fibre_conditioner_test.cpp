#include "streams/fibre_conditioner.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/conditioned_rows.hpp"

namespace geod::streams {
namespace {

TEST(FibreConditioner, GivesTheSameRowsHoweverTheStreamIsCut) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (const DasOrder order : {DasOrder::kTimeMajor, DasOrder::kChannelMajor}) {
    const auto geometry = geometry_of([order](FibreGeometry& g) { g.order = order; });
    const auto signal = [](std::int64_t t, std::int64_t c) {
      if (c == 7 && t > 3000 && t < 3100) {
        return std::nan("");
      }
      return c == 9 && t > 1500 ? 4.0 : 1000.0 * static_cast<double>(c) + noise(t, c);
    };
    const auto whole = condition({signal_block(geometry, 0, 14000, signal)});
    ASSERT_EQ(whole.size(), 1U);
    const auto cut = condition(cut_blocks(geometry, 14000, 400, signal, random));
    ASSERT_EQ(cut.size(), 1U);
    EXPECT_EQ(cut[0].first_row, whole[0].first_row);
    EXPECT_EQ(cut[0].values, whole[0].values);
  }
}

TEST(FibreConditioner, CoversTheSegmentOnTheAbsoluteGrid) {
  const auto geometry = geometry_of();
  const auto rows = condition({signal_block(geometry, 5, 8000, noise)});
  ASSERT_EQ(rows.size(), 1U);
  // 5 ms to 8.004 s: the grid's points from 10 ms to 8.000 s.
  EXPECT_NEAR(seconds_of(rows[0], rows[0].first_row), 0.01, 1e-9);
  EXPECT_NEAR(seconds_of(rows[0], rows[0].end() - 1), 8.0, 1e-9);
  EXPECT_EQ(rows[0].grid.columns, kChannels);
  EXPECT_DOUBLE_EQ(rows[0].grid.column_spacing_m, 10.0);
}

TEST(FibreConditioner, ScalesNoiseToItsOwnSigma) {
  for (const double amplitude : {1e-12, 1.0, 1e6}) {
    const auto rows = condition({signal_block(
        geometry_of([](FibreGeometry& g) { g.type = DasSampleType::kFloat64; }),
        0,
        60000,
        [amplitude](std::int64_t t, std::int64_t c) { return amplitude * noise(t, c); })});
    ASSERT_EQ(rows.size(), 1U);
    for (const std::int64_t column : {0, 20, 39}) {
      EXPECT_NEAR(root_mean_square(rows[0], column), 127.5 / 6.0, 2.0) << amplitude;
    }
  }
}

TEST(FibreConditioner, ReadsEveryTypeAndOrderAlike) {
  const auto counts = [](std::int64_t t, std::int64_t c) {
    return std::round(100.0 * noise(t, c)) + 20.0 * static_cast<double>(c);
  };
  const auto reference = condition({signal_block(geometry_of(), 0, 6000, counts)});
  for (const DasSampleType type :
       {DasSampleType::kInt16, DasSampleType::kInt32, DasSampleType::kFloat64}) {
    for (const DasOrder order : {DasOrder::kTimeMajor, DasOrder::kChannelMajor}) {
      const auto geometry = geometry_of([&](FibreGeometry& g) {
        g.type = type;
        g.order = order;
      });
      EXPECT_EQ(condition({signal_block(geometry, 0, 6000, counts)})[0].values,
                reference[0].values);
    }
  }
}

TEST(FibreConditioner, AnOffsetOfMillionsCostsNothing) {
  const auto counts = [](std::int64_t t, std::int64_t c) { return std::round(50.0 * noise(t, c)); };
  const auto geometry = geometry_of([](FibreGeometry& g) { g.type = DasSampleType::kInt32; });
  const auto plain = condition({signal_block(geometry, 0, 6000, counts)});
  const auto offset = condition({signal_block(
      geometry, 0, 6000, [&](std::int64_t t, std::int64_t c) { return 1e9 + counts(t, c); })});
  EXPECT_EQ(offset[0].values, plain[0].values);
}

/// A burst of 8 Hz that begins at `onset_s` on channel 0 and 5 ms later on each next one.
double burst(std::int64_t t, std::int64_t c, double rate_hz, double onset_s) {
  const double after = static_cast<double>(t) / rate_hz - onset_s - 0.005 * static_cast<double>(c);
  return after < 0.0 ? 0.0
                     : 30.0 * std::sin(2.0 * std::numbers::pi * 8.0 * after) * std::exp(-after);
}

TEST(FibreConditioner, MovesNoArrivalAtAnyRate) {
  for (const int rate : {100, 200, 250, 417, 1000}) {
    const auto geometry = geometry_of([rate](FibreGeometry& g) {
      g.rate = *SampleRate::make(rate);
      g.channels = 100;  // most see nothing: the burst is not common mode
    });
    const auto rows =
        condition({signal_block(geometry, 0, 12 * rate, [rate](std::int64_t t, std::int64_t c) {
          return 0.5 * noise(t, c) + (c < 40 ? burst(t, c, rate, 6.0) : 0.0);
        })});
    ASSERT_EQ(rows.size(), 1U) << rate;
    for (const std::int64_t column : {2, 20, 37}) {
      std::int64_t first = rows[0].first_row;
      while (std::abs(rows[0].at(first, column) - 127.5F) < 110.0F) {
        ++first;
      }
      EXPECT_NEAR(seconds_of(rows[0], first), 6.0 + 0.005 * static_cast<double>(column), 0.021)
          << rate << " " << column;
    }
  }
}

TEST(FibreConditioner, TakesOffWhatAllChannelsShare) {
  const auto rows =
      condition({signal_block(geometry_of(), 0, 20000, [](std::int64_t t, std::int64_t c) {
        return noise(t, c) + 50.0 * fibre_noise(t, 0, 77);
      })});
  const auto without = condition({signal_block(geometry_of(), 0, 20000, noise)});
  double difference = 0.0;
  for (std::size_t i = 0; i < rows[0].values.size(); ++i) {
    difference = std::max(difference,
                          static_cast<double>(std::abs(rows[0].values[i] - without[0].values[i])));
  }
  EXPECT_LT(difference, 0.5);
}

TEST(FibreConditioner, KeepsTheBandAndNoMore) {
  // A tone beside noise on every second channel, so that it is not common mode.
  const auto level = [](double hz) {
    const auto rows =
        condition({signal_block(geometry_of([](FibreGeometry& g) { g.channels = 150; }),
                                0,
                                36000,
                                [hz](std::int64_t t, std::int64_t c) {
                                  const double tone = std::sin(2.0 * std::numbers::pi * hz *
                                                               static_cast<double>(t) / 1000.0);
                                  return 0.001 * noise(t, c) + (c == 100 && t > 30000 ? tone : 0.0);
                                })});
    double largest = 0.0;
    for (std::int64_t row = rows[0].end() - 300; row < rows[0].end() - 50; ++row) {
      largest = std::max(largest, std::abs(static_cast<double>(rows[0].at(row, 100)) - 127.5));
    }
    return largest;
  };
  // Noise of 0.001 at 1 kHz is 0.0003 on the grid: full scale is a tone of 0.002.
  EXPECT_GT(level(10.0), 127.0);
  EXPECT_LT(level(70.0), 110.0);   // would be an alias at 30 Hz
  EXPECT_LT(level(190.0), 110.0);  // and at 10 Hz
}

TEST(FibreConditioner, StrainAndPhaseBecomeRates) {
  for (const DasUnit unit : {DasUnit::kStrain, DasUnit::kPhase}) {
    const auto rows =
        condition({signal_block(geometry_of([unit](FibreGeometry& g) {
                                  g.unit = unit;
                                  g.type = DasSampleType::kFloat64;
                                }),
                                0,
                                20000,
                                [](std::int64_t t, std::int64_t c) {
                                  // Its derivative turns positive at 10 s + c 10 ms, halfway
                                  // between two samples.
                                  const double after = (static_cast<double>(t) + 0.5) / 1000.0 -
                                                       10.0 - 0.01 * static_cast<double>(c);
                                  const double w = 2.0 * std::numbers::pi * 8.0;
                                  return 1e-5 * noise(t, c) +
                                         (after > 0.0 ? (1.0 - std::cos(w * after)) / w : 0.0);
                                })});
    ASSERT_EQ(rows.size(), 1U);
    for (const std::int64_t column : {5, 30}) {
      std::int64_t first = rows[0].first_row;
      while (std::abs(rows[0].at(first, column) - 127.5F) < 110.0F) {
        ++first;
      }
      EXPECT_NEAR(seconds_of(rows[0], first), 10.0 + 0.01 * static_cast<double>(column), 0.021);
      EXPECT_GT(rows[0].at(first, column), 127.5F);
    }
  }
}

TEST(FibreConditioner, DeadChannelsReadNeutralAndComeBack) {
  const auto geometry = geometry_of();
  const auto signal = [](std::int64_t t, std::int64_t c) {
    if (c == 3 && t >= 10000 && t < 12000) {
      return t % 2 == 0 ? std::numeric_limits<double>::infinity() : std::nan("");
    }
    if (c == 4 && t >= 10000 && t < 20000) {
      return 12.0;  // stuck
    }
    return noise(t, c);
  };
  std::vector<DasBlock> blocks;
  for (std::int64_t first = 0; first < 60000; first += 1000) {
    blocks.push_back(signal_block(geometry, first, 1000, signal));
    blocks.back().dead = {{0, 2}};
    if (first == 30000) {
      blocks.back().dead.emplace_back(10, 11);
    }
  }
  const auto rows = condition(blocks);
  ASSERT_EQ(rows.size(), 1U);
  const auto is_neutral = [&](double second, std::int64_t column) {
    const std::int64_t row = rows[0].first_row + std::llround(second * 100.0);
    return rows[0].at(row, column) == kNoSample && rows[0].at(row + 1, column) == kNoSample;
  };
  for (const double second : {0.5, 20.0, 59.0}) {
    EXPECT_TRUE(is_neutral(second, 0) && is_neutral(second, 1)) << second;
    EXPECT_FALSE(is_neutral(second, 2)) << second;
  }
  EXPECT_FALSE(is_neutral(9.5, 3));
  EXPECT_TRUE(is_neutral(10.0, 3) && is_neutral(12.0, 3) && is_neutral(21.9, 3));
  EXPECT_FALSE(is_neutral(25.0, 3));
  EXPECT_TRUE(is_neutral(13.0, 4) && is_neutral(20.0, 4) && is_neutral(29.9, 4));
  EXPECT_FALSE(is_neutral(33.0, 4));
  EXPECT_FALSE(is_neutral(29.0, 10));
  EXPECT_TRUE(is_neutral(30.0, 10) && is_neutral(40.9, 10));
  EXPECT_FALSE(is_neutral(44.0, 10));
}

TEST(FibreConditioner, AveragesChannelsFinerThanTheGrid) {
  const auto geometry = geometry_of([](FibreGeometry& g) {
    g.channels = 203;
    g.channel_spacing_m = 2.0;
    g.first_channel = 1000;
    g.channel_stride = 2;  // 4 m apart: two or three make 10 m
  });
  const auto grid = FibreConditioner::grid_of(*geometry, {});
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->columns, 67);
  EXPECT_EQ(grid->first_channel, 1002);
  EXPECT_EQ(grid->channel_number(1), 1008);
  EXPECT_DOUBLE_EQ(grid->column_spacing_m, 12.0);
  // A signal on one channel of three that are averaged is seen in their column alone.
  const auto rows = condition({signal_block(geometry, 0, 20000, [](std::int64_t t, std::int64_t c) {
    return 0.01 * noise(t, c) + (c == 31 && t > 10000 ? noise(t, 7) : 0.0);
  })});
  ASSERT_EQ(rows[0].grid, *grid);
  for (std::int64_t column = 9; column < 12; ++column) {
    std::int64_t strong = 0;
    for (std::int64_t row = rows[0].end() - 500; row < rows[0].end(); ++row) {
      strong += std::abs(rows[0].at(row, column) - 127.5F) > 100.0F ? 1 : 0;
    }
    EXPECT_EQ(strong > 100, column == 10) << column;
  }
}

TEST(FibreConditioner, AnEventDoesNotRaiseItsOwnLevel) {
  const auto geometry = geometry_of();
  const auto rows = condition({signal_block(geometry, 0, 60000, [](std::int64_t t, std::int64_t c) {
    const double strength = t > 20000 + 20 * c && t < 40000 ? 20.0 : 1.0;
    return strength * noise(t, c);
  })});
  // After 20 s of an event twenty times the noise, noise still fills its share of the scale.
  double sum = 0.0;
  for (std::int64_t row = rows[0].first_row + 4200; row < rows[0].first_row + 5200; ++row) {
    sum += std::pow(static_cast<double>(rows[0].at(row, 20)) - 127.5, 2);
  }
  EXPECT_NEAR(std::sqrt(sum / 1000.0), 127.5 / 6.0, 4.0);
}

TEST(FibreConditioner, ARecordingThatBeginsWithAnEventIsScaledByTheNoiseBeforeIt) {
  // Half a second of noise, then twenty times as much to the end.
  const auto rows =
      condition({signal_block(geometry_of(), 0, 5000, [](std::int64_t t, std::int64_t c) {
        return (t < 500 ? 1.0 : 20.0) * noise(t, c);
      })});
  double before = 0.0;
  std::int64_t clipped = 0;
  for (std::int64_t row = rows[0].first_row; row < rows[0].end(); ++row) {
    const double value = static_cast<double>(rows[0].at(row, 20)) - 127.5;
    const double second = seconds_of(rows[0], row);
    before += second < 0.45 ? value * value / 45.0 : 0.0;
    clipped += second > 0.6 && std::abs(value) > 127.0 ? 1 : 0;
  }
  EXPECT_NEAR(std::sqrt(before), 127.5 / 6.0, 8.0);
  EXPECT_GT(clipped, 200);
}

}  // namespace
}  // namespace geod::streams
