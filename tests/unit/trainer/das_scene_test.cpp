#include "trainer/das_scene.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "trainer/das_labels.hpp"

namespace geod::trainer {
namespace {

DasSceneOptions small_options() {
  DasSceneOptions options;
  options.channels = 60;
  options.rows = 600;
  options.tile_rows = 100;
  options.quiet_rows = 100;
  return options;
}

DasScene scene_of(std::uint64_t seed, const DasSceneOptions& options) {
  Rng rng(seed);
  return make_das_scene(rng, options);
}

TEST(DasScene, IsTheSameForTheSameSeed) {
  const DasScene a = scene_of(4, small_options());
  const DasScene b = scene_of(4, small_options());
  EXPECT_EQ(a.samples.values, b.samples.values);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_NE(a.samples.values, scene_of(5, small_options()).samples.values);
}

TEST(DasScene, WithoutEventsHasNoLabels) {
  DasSceneOptions options = small_options();
  options.with_events = false;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const DasScene scene = scene_of(seed, options);
    EXPECT_TRUE(scene.events.empty());
    EXPECT_EQ(std::count(scene.labels.begin(), scene.labels.end(), 0),
              static_cast<std::ptrdiff_t>(scene.labels.size()));
    for (const float value : scene.samples.values) {
      ASSERT_TRUE(std::isfinite(value)) << "seed " << seed;
    }
  }
}

TEST(DasScene, LabelsBeginAtArrivals) {
  int borders = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const DasSceneOptions options = small_options();
    const DasScene scene = scene_of(seed, options);
    for (std::int64_t column = 0; column < options.channels; ++column) {
      const auto c = static_cast<std::size_t>(column);
      for (std::int64_t row = 1; row < options.rows; ++row) {
        const auto at = static_cast<std::size_t>(row * options.channels + column);
        const int now = scene.labels[at];
        const int before = scene.labels[at - static_cast<std::size_t>(options.channels)];
        if (now <= 0 || now == before) {  // also codas, of which nothing is said
          continue;
        }
        // A label that begins, or goes on where that of a later event ends, has an arrival behind.
        const bool begins_here =
            std::any_of(scene.events.begin(), scene.events.end(), [&](const DasSceneEvent& event) {
              const double onset = now == 1 ? event.p_row[c] : event.s_row[c];
              return std::ceil(onset) == static_cast<double>(row);
            });
        const bool goes_on =
            before != 0 &&
            std::any_of(scene.events.begin(), scene.events.end(), [&](const DasSceneEvent& event) {
              return (now == 1 ? event.p_row[c] : event.s_row[c]) < static_cast<double>(row);
            });
        EXPECT_TRUE(begins_here || goes_on) << "seed " << seed << " row " << row;
        borders += begins_here ? 1 : 0;
      }
    }
    for (const DasSceneEvent& event : scene.events) {
      for (std::size_t c = 0; c < event.p_row.size(); ++c) {
        EXPECT_LT(event.p_row[c], event.s_row[c]) << "seed " << seed;
        EXPECT_GE(event.p_row[c], 100.0 - 1e-6) << "seed " << seed;
      }
    }
  }
  EXPECT_GT(borders, 500);
}

TEST(DasScene, IsLouderWhereItIsLabelled) {
  double labelled = 0.0;
  double before = 0.0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const DasSceneOptions options = small_options();
    const DasScene scene = scene_of(seed, options);
    for (const DasSceneEvent& event : scene.events) {
      for (std::int64_t column = 0; column < options.channels; ++column) {
        const auto onset =
            static_cast<std::int64_t>(std::ceil(event.p_row[static_cast<std::size_t>(column)]));
        if (onset < 20 || onset + 10 > options.rows ||
            scene.labels[static_cast<std::size_t>(onset * options.channels + column)] != 1) {
          continue;
        }
        for (std::int64_t row = 0; row < 10; ++row) {
          // The median-like square root keeps a few loud events from deciding alone.
          labelled += std::sqrt(std::abs(scene.samples.at(onset + row, column)));
          before += std::sqrt(std::abs(scene.samples.at(onset - 1 - row, column)));
        }
      }
    }
  }
  EXPECT_GT(labelled, 1.3 * before);
}

TEST(PhaseExtent, CoversTheWaveAndNothingWhereItDrowns) {
  constexpr std::int64_t kRows = 200;
  constexpr std::int64_t kChannels = 60;
  FibreField signal(kRows, kChannels);
  const std::vector<double> onset(kChannels, 49.5);
  for (std::int64_t row = 50; row < 120; ++row) {
    for (std::int64_t column = 0; column < 30; ++column) {
      signal.at(row, column) = row % 2 == 0 ? 5.0F : -5.0F;
    }
  }
  std::vector<double> noise(kChannels, 1.0);
  noise[10] = 1e3;  // a noisy channel among good ones
  const PhaseExtent extent = phase_extent(onset, signal, noise, 100);
  for (std::size_t c = 0; c < 25; ++c) {
    EXPECT_EQ(extent.from[c], 50);
    EXPECT_EQ(extent.sure_to[c], 70) << c;  // a fifth of a tile
    EXPECT_NEAR(static_cast<double>(extent.to[c]), 120.0, 4.0) << c;
  }
  for (std::size_t c = 45; c < 60; ++c) {
    EXPECT_EQ(extent.sure_to[c], extent.from[c]) << c;
    EXPECT_EQ(extent.to[c], 70) << c;
  }
}

TEST(PhaseExtent, PEndsWhereSBegins) {
  PhaseExtent p{{10, 10, 10}, {60, 60, 30}, {80, 80, 40}};
  const PhaseExtent s{{50, 50, 50}, {70, 50, 70}, {90, 60, 90}};
  end_before(s, p);
  EXPECT_EQ(p.sure_to, (std::vector<std::int64_t>{50, 60, 30}));
  EXPECT_EQ(p.to, (std::vector<std::int64_t>{50, 80, 40}));
  std::vector<std::int8_t> labels(300, 0);
  write_label(p, 1, labels);
  write_label(s, 2, labels);
  const auto at = [&](std::size_t row, std::size_t column) { return labels[3 * row + column]; };
  EXPECT_EQ(at(9, 0), 0);
  EXPECT_EQ(at(10, 0), 1);
  EXPECT_EQ(at(49, 0), 1);
  EXPECT_EQ(at(50, 0), 2);
  EXPECT_EQ(at(69, 0), 2);
  EXPECT_EQ(at(70, 0), kUnknownLabel);
  EXPECT_EQ(at(90, 0), 0);
  EXPECT_EQ(at(49, 1), 1);  // S is not seen on this channel: P keeps what it has
  EXPECT_EQ(at(50, 1), kUnknownLabel);
  EXPECT_EQ(at(79, 1), kUnknownLabel);
  EXPECT_EQ(at(30, 2), kUnknownLabel);
  EXPECT_EQ(at(40, 2), 0);
}

}  // namespace
}  // namespace geod::trainer
