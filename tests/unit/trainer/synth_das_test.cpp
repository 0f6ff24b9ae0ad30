#include "trainer/synth_das.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/fibre_tile.hpp"
#include "streams/das_file.hpp"
#include "tests/unit/trainer/tmp_dir.hpp"
#include "trainer/csv_table.hpp"
#include "trainer/das_tiles.hpp"
#include "trainer/npy.hpp"
#include "trainer/synth_das_recording.hpp"

namespace geod::trainer {
namespace {

SynthDasOptions options_for(const std::filesystem::path& out, std::uint64_t seed = 3) {
  SynthDasOptions options;
  options.out = out;
  options.tiles = 24;
  options.seed = seed;
  options.rows = 84;
  options.columns = 84;
  return options;
}

SynthDasReport make(const SynthDasOptions& options) {
  const auto report = synthesise_das(options, [](std::int64_t) {});
  EXPECT_TRUE(report) << report.error().what;
  return report.value_or(SynthDasReport{});
}

std::size_t count_files(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                                std::filesystem::directory_iterator()));
}

std::vector<double> array_of(const std::filesystem::path& file) {
  const auto bytes = test::read_all(file);
  const auto array = decode_npy(std::as_bytes(std::span(bytes.data(), bytes.size())));
  EXPECT_TRUE(array) << file;
  EXPECT_EQ(array->shape, (std::vector<std::int64_t>{84, 84}));
  return array->values;
}

TEST(SynthDas, GivesTheSameFilesForTheSameSeed) {
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
  EXPECT_EQ(files, 24U + 24U + 3U);
  EXPECT_NE(test::read_all((dir / "a") / "tiles.csv"), test::read_all((dir / "c") / "tiles.csv"));
}

TEST(SynthDas, WritesBytesOfImagesAndClasses) {
  const test::TmpDir dir;
  const SynthDasReport report = make(options_for(dir / "a"));
  EXPECT_EQ(report.tiles, 24);
  double labelled = 0.0;
  for (const auto& entry : std::filesystem::directory_iterator(dir / "a" / "images")) {
    const auto pixels = array_of(entry.path());
    EXPECT_GE(*std::min_element(pixels.begin(), pixels.end()), 0.0);
    EXPECT_LE(*std::max_element(pixels.begin(), pixels.end()), 255.0);
    const auto labels = array_of(dir / "a" / "labels" / entry.path().filename());
    EXPECT_GE(*std::min_element(labels.begin(), labels.end()), -1.0);
    EXPECT_LE(*std::max_element(labels.begin(), labels.end()), 2.0);
    labelled += static_cast<double>(
        std::count_if(labels.begin(), labels.end(), [](double label) { return label > 0.0; }));
  }
  EXPECT_NEAR(labelled / (24.0 * 84.0 * 84.0), report.p_share + report.s_share, 1e-9);
  EXPECT_GT(labelled, 0.0);
  const auto description = nlohmann::json::parse(test::read_all(dir / "a" / "images.json"));
  EXPECT_EQ(description.at("classes"), nlohmann::json({"background", "P", "S"}));
}

TEST(SynthDas, KeepsTilesOfASceneInOnePart) {
  const test::TmpDir dir;
  SynthDasOptions options = options_for(dir / "a");
  options.tiles = 60;
  options.held_out_share = 0.4;
  const SynthDasReport report = make(options);
  EXPECT_GT(report.held_out, 0);
  EXPECT_LT(report.held_out, report.tiles);
  const auto table = CsvTable::read(dir / "a" / "tiles.csv");
  ASSERT_TRUE(table);
  ASSERT_EQ(table->rows(), 60U);
  for (std::size_t row = 1; row < table->rows(); ++row) {
    if (table->field(row, "scene") == table->field(row - 1, "scene")) {
      EXPECT_EQ(table->field(row, "part"), table->field(row - 1, "part"));
    }
  }
}

TEST(SynthDas, WritesTheDatLayoutWithOneClass) {
  const test::TmpDir dir;
  SynthDasOptions options = options_for(dir / "a");
  options.format = DasTileFormat::kDat;
  options.one_class = true;
  options.held_out_share = 0.3;
  const SynthDasReport report = make(options);
  EXPECT_EQ(count_files(dir / "a" / "train" / "image"),
            static_cast<std::size_t>(report.tiles - report.held_out));
  EXPECT_EQ(count_files(dir / "a" / "valid" / "label"), static_cast<std::size_t>(report.held_out));
  const std::string image = test::read_all(dir / "a" / "train" / "image" / "0.dat");
  const std::string label = test::read_all(dir / "a" / "train" / "label" / "0.dat");
  EXPECT_EQ(image.size(), 84U * 84U * 4U);
  ASSERT_EQ(label.size(), 84U * 84U);
  EXPECT_LE(*std::max_element(label.begin(), label.end()), 1);
  EXPECT_GE(*std::min_element(label.begin(), label.end()), 0);  // the layout knows nothing else
}

TEST(SynthDasRecording, IsReadForReplayWithoutBeingToldAnything) {
  const test::TmpDir dir;
  SynthDasRecordingOptions options;
  options.out = dir / "a";
  options.length_s = 8.0;
  options.channels = 48;
  options.rate_hz = 200.0;
  options.spacing_m = 4.0;
  const auto report = synthesise_das_recording(options);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->samples, 1600);
  EXPECT_GT(report->events, 0);
  const auto file = streams::DasFile::open(dir / "a" / "recording.h5", {});
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->geometry().rate, *SampleRate::make(200));
  EXPECT_EQ(file->geometry().channels, 48);
  EXPECT_DOUBLE_EQ(file->geometry().channel_spacing_m, 4.0);
  EXPECT_EQ(file->start(), options.start);
  EXPECT_EQ(file->samples(), 1600);
  const auto table = CsvTable::read(dir / "a" / "arrivals.csv");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->rows(), static_cast<std::size_t>(report->events) * 2U * 48U);
  const auto again = synthesise_das_recording(options);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kIo);
}

TEST(SynthDasRecording, RefusesMoreThanItMakesAtOnce) {
  const test::TmpDir dir;
  SynthDasRecordingOptions options;
  options.out = dir / "a";
  options.length_s = 86400.0;
  options.channels = 10000;
  const auto report = synthesise_das_recording(options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kConfig);
}

TEST(SynthDas, RefusesAFolderThatHoldsSomething) {
  const test::TmpDir dir;
  std::ofstream(dir / "mine.txt") << "x";
  const auto report = synthesise_das(options_for(dir.path()), [](std::int64_t) {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kIo);
  EXPECT_NE(report.error().what.find(dir.path().string()), std::string::npos);
}

DasScene spike_scene() {
  DasScene scene;
  Rng rng(2);
  scene.path = make_fibre_path(rng, FibreKind::kStraight, 40, 10.0);
  scene.rate_hz = 100.0;
  scene.samples = FibreField(600, 40);
  for (float& value : scene.samples.values) {
    value = static_cast<float>(rng.normal());
  }
  scene.labels.assign(scene.samples.values.size(), 0);
  scene.samples.at(400, 7) = 1000.0F;
  scene.labels[400 * 40 + 7] = 2;
  scene.dead_channels = {20};
  return scene;
}

TEST(DasTiles, LabelsStayOnTheirSamples) {
  const DasScene scene = spike_scene();
  models::DasSettings settings;
  for (const std::int64_t offset_ns :
       {std::int64_t{0}, std::int64_t{1'234'000'000}, std::int64_t{2'990'000'000}}) {
    const Time start = time_from_ns(1'600'000'000'000'000'000 + offset_ns);
    const auto tiles = cut_tiles(scene, settings, start, 128, 64);
    ASSERT_TRUE(tiles) << tiles.error().what;
    int found = 0;
    for (const DasTile& tile : *tiles) {
      ASSERT_EQ(tile.values.size(), 128U * 64U);
      for (std::int64_t row = 0; row < 128; ++row) {
        EXPECT_EQ(tile.values[static_cast<std::size_t>(row * 64 + 20)], kNoSample) << "dead";
        EXPECT_EQ(tile.values[static_cast<std::size_t>(row * 64 + 63)], kNoSample) << "no fibre";
        const auto at = static_cast<std::size_t>(row * 64 + 7);
        if (tile.labels[at] != 0) {
          EXPECT_EQ(tile.first_row + row, 400);
          EXPECT_EQ(tile.labels[at], 2);
          EXPECT_EQ(tile.values[at], 255.0F);
          ++found;
        }
      }
    }
    EXPECT_EQ(found, 1) << offset_ns;
  }
}

TEST(DasTiles, LeavesOutWhatIsAlmostEmpty) {
  const DasScene scene = spike_scene();
  const auto tiles =
      cut_tiles(scene, models::DasSettings{}, time_from_ns(1'600'000'000'000'000'000), 128, 64);
  ASSERT_TRUE(tiles);
  double rows = 0.0;
  for (const DasTile& tile : *tiles) {
    EXPECT_GE(tile.data_share, 0.25);
    rows += 128.0 * tile.data_share;
  }
  EXPECT_GT(rows, 600.0 - 2.0 * 32.0);
  EXPECT_LE(rows, 600.0);
}

}  // namespace
}  // namespace geod::trainer
