#include "trainer/synth_seismic.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "tests/unit/trainer/tmp_dir.hpp"
#include "trainer/csv_table.hpp"
#include "trainer/dataset.hpp"

namespace geod::trainer {
namespace {

SynthOptions options_for(const std::filesystem::path& out, std::uint64_t seed = 3) {
  SynthOptions options;
  options.out = out;
  options.events = 4;
  options.stations = 3;
  options.seed = seed;
  options.min_magnitude = 2.0;
  return options;
}

SynthReport make(const SynthOptions& options) {
  const auto report = synthesise_seismic(options, [](int) {});
  EXPECT_TRUE(report) << report.error().what;
  return report.value_or(SynthReport{});
}

TEST(SynthSeismic, GivesTheSameFilesForTheSameSeed) {
  const test::TmpDir dir;
  make(options_for(dir / "a"));
  make(options_for(dir / "b"));
  make(options_for(dir / "c", 4));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir / "a")) {
    if (entry.is_regular_file()) {
      const auto name = std::filesystem::relative(entry.path(), dir / "a");
      EXPECT_EQ(test::read_all(entry.path()), test::read_all((dir / "b") / name)) << name;
      ++files;
    }
  }
  EXPECT_EQ(files, 9U + 6U);
  EXPECT_NE(test::read_all((dir / "a") / "labels.csv"), test::read_all((dir / "c") / "labels.csv"));
}

TEST(SynthSeismic, IsReadAsADatasetWithItsLabels) {
  const test::TmpDir dir;
  const SynthReport report = make(options_for(dir / "a"));
  EXPECT_EQ(report.events, 4);
  const auto description = load_dataset_description(dir / "a");
  ASSERT_TRUE(description) << description.error().what;
  const auto dataset = load_dataset(*description, 100.0);
  ASSERT_TRUE(dataset) << dataset.error().what;
  EXPECT_EQ(dataset->recordings.size(), 12U);
  const DatasetSummary summary = dataset->summary();
  EXPECT_EQ(summary.labels_p, report.labels_p);
  EXPECT_EQ(summary.labels_s, report.labels_s);
  EXPECT_EQ(summary.labels_without_waveform, 0U);
  EXPECT_GT(report.labels_p + report.labels_s, 12U);
  EXPECT_GT(summary.noise_hours, 0.0);
}

TEST(SynthSeismic, PutsLabelsWhereTheSignalRises) {
  const test::TmpDir dir;
  make(options_for(dir / "a"));
  const auto dataset = load_dataset(*load_dataset_description(dir / "a"), 100.0);
  ASSERT_TRUE(dataset);
  int rises = 0;
  int labels = 0;
  for (const Recording& recording : dataset->recordings) {
    for (const PhaseLabel& label : recording.labels) {
      if (label.phase != Phase::kP) {
        continue;
      }
      const auto at = static_cast<std::size_t>(label.sample);
      const auto vertical = recording.component(0);
      const auto power = [&](std::size_t begin, std::size_t end) {
        double sum = 0.0;
        for (std::size_t i = begin; i < end; ++i) {
          sum += static_cast<double>(vertical[i]) * static_cast<double>(vertical[i]);
        }
        return sum / static_cast<double>(end - begin);
      };
      ++labels;
      rises += power(at, at + 50) > 1.5 * power(at - 60, at - 10) ? 1 : 0;
    }
  }
  ASSERT_GT(labels, 5);
  EXPECT_GE(rises * 10, labels * 8);
}

TEST(SynthSeismic, DelaysSBehindPByTheCrustsRatio) {
  const test::TmpDir dir;
  make(options_for(dir / "a"));
  const auto labels = CsvTable::read((dir / "a") / "labels.csv");
  const auto events = CsvTable::read((dir / "a") / "events.csv");
  ASSERT_TRUE(labels && events);
  int pairs = 0;
  for (std::size_t i = 0; i + 1 < labels->rows(); ++i) {
    if (labels->field(i, "phase") != "P" || labels->field(i + 1, "phase") != "S" ||
        labels->field(i, "station") != labels->field(i + 1, "station")) {
      continue;
    }
    for (std::size_t e = 0; e < events->rows(); ++e) {
      if (events->field(e, "event") == labels->field(i, "event")) {
        const Time origin = *parse_iso(events->field(e, "time"));
        const double p = to_seconds(*parse_iso(labels->field(i, "time")) - origin);
        const double s = to_seconds(*parse_iso(labels->field(i + 1, "time")) - origin);
        EXPECT_NEAR(s / p, 1.73, 2e-3);
        ++pairs;
      }
    }
  }
  EXPECT_GT(pairs, 2);
}

SynthOptions loud_and_far(const std::filesystem::path& out) {
  SynthOptions options = options_for(out, 11);
  options.events = 25;
  options.radius_km = 60.0;
  options.source_radius_km = 150.0;
  options.before_p_s = 10.0;
  options.min_magnitude = 3.0;
  options.max_magnitude = 4.0;
  options.even_magnitudes = true;
  return options;
}

/// The sum of a[i] b[i] in the 0.15 s after P.
double product(const Recording& recording, std::size_t a, std::size_t b, double p_sample) {
  double sum = 0.0;
  const auto begin = static_cast<std::size_t>(std::ceil(p_sample));
  for (std::size_t i = begin; i < begin + 15; ++i) {
    sum += static_cast<double>(recording.component(a)[i]) *
           static_cast<double>(recording.component(b)[i]);
  }
  return sum;
}

TEST(SynthSeismic, MovesTheGroundAlongTheBackAzimuth) {
  const test::TmpDir dir;
  make(loud_and_far(dir / "a"));
  const auto dataset = load_dataset(*load_dataset_description(dir / "a"), 100.0);
  ASSERT_TRUE(dataset) << dataset.error().what;
  std::vector<double> errors_deg;
  double farthest_km = 0.0;
  for (const Recording& recording : dataset->recordings) {
    for (const EventLabel& event : recording.events) {
      ASSERT_TRUE(event.back_azimuth_deg && event.distance_km && event.magnitude);
      EXPECT_NEAR(event.p_sample, 1000.0, 1.0);
      farthest_km = std::max(farthest_km, *event.distance_km);
      if (!event.first_motion_up) {
        continue;
      }
      // P moves up and away, or down and towards: both point from the source.
      const double from_source = std::atan2(product(recording, 0, 2, event.p_sample),
                                            product(recording, 0, 1, event.p_sample));
      const double error = from_source * 180.0 / std::numbers::pi + 180.0 - *event.back_azimuth_deg;
      errors_deg.push_back(std::abs(std::remainder(error, 360.0)));
    }
  }
  ASSERT_GT(errors_deg.size(), 30U);
  EXPECT_GT(farthest_km, 120.0);
  std::ranges::sort(errors_deg);
  EXPECT_LT(errors_deg[errors_deg.size() / 2], 20.0);
}

TEST(SynthSeismic, StartsUpwardsWhereTheFirstMotionIsUp) {
  const test::TmpDir dir;
  make(loud_and_far(dir / "a"));
  const auto dataset = load_dataset(*load_dataset_description(dir / "a"), 100.0);
  ASSERT_TRUE(dataset) << dataset.error().what;
  int right = 0;
  int labelled = 0;
  int up = 0;
  for (const Recording& recording : dataset->recordings) {
    for (const EventLabel& event : recording.events) {
      if (!event.first_motion_up) {
        continue;
      }
      const auto begin = static_cast<std::size_t>(std::ceil(event.p_sample));
      const auto vertical = recording.component(0);
      double swing = 0.0;
      for (std::size_t i = begin; i < begin + 6; ++i) {
        swing += static_cast<double>(vertical[i] - vertical[begin - 1]);
      }
      ++labelled;
      up += *event.first_motion_up ? 1 : 0;
      right += (swing > 0.0) == *event.first_motion_up ? 1 : 0;
    }
  }
  ASSERT_GT(labelled, 30);
  EXPECT_GT(up, labelled / 5);
  EXPECT_LT(up, labelled * 4 / 5);
  EXPECT_GE(right * 10, labelled * 9);
}

TEST(SynthSeismic, RefusesAFolderThatIsNotEmpty) {
  const test::TmpDir dir;
  dir.write("something", "here");
  const auto report = synthesise_seismic(options_for(dir.path()), [](int) {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kIo);
}

TEST(SynthSeismic, MixesRealNoiseIn) {
  const test::TmpDir dir;
  make(options_for(dir / "a"));
  SynthOptions options = options_for(dir / "b");
  options.noise = dir / "a";
  make(options);
  EXPECT_NE(test::read_all((dir / "a") / "mseed/SY.S001..HHZ.mseed") +
                test::read_all((dir / "a") / "mseed/SY.S001..EHZ.mseed"),
            test::read_all((dir / "b") / "mseed/SY.S001..HHZ.mseed") +
                test::read_all((dir / "b") / "mseed/SY.S001..EHZ.mseed"));
}

}  // namespace
}  // namespace geod::trainer
