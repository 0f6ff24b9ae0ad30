#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "models/manifest.hpp"
#include "tests/support/image_manifests.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::models {
namespace {

using nlohmann::json;
using test::small_encoder;
using test::small_segmenter;
using test::TmpDir;

/// Every setting of a fibre, none at its default.
Manifest das_example() {
  Manifest manifest = small_segmenter(Task::kDas);
  manifest.segmenter.classes = 3;
  manifest.segments.class_names = {"noise", "P", "S"};
  manifest.segments.das = {.sampling_rate_hz = 50.0,
                           .channel_spacing_m = 4.0,
                           .band_low = 0.02,
                           .band_high = 0.4,
                           .clip_sigmas = 5.0,
                           .row_hop = 14,
                           .column_hop = 42,
                           .threshold_on = 0.6,
                           .threshold_off = 0.2,
                           .min_channels = 7,
                           .min_rows = 8,
                           .min_probability = 0.7,
                           .min_velocity_m_s = 900.0,
                           .sigma_refined_samples = 2.0,
                           .sigma_border_samples = 9.0};
  return manifest;
}

TEST(ManifestOfImages, SurvivesItsFile) {
  TmpDir folder;
  const Manifest written = das_example();
  ASSERT_TRUE(save_manifest(folder.path(), written));
  const auto read = load_manifest(folder.path());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->family, kSegmenterFamily);
  EXPECT_EQ(read->task, Task::kDas);
  EXPECT_EQ(read->normalisation, kImageValues);
  EXPECT_EQ(read->segmenter, written.segmenter);
  EXPECT_EQ(read->segments.class_names, written.segments.class_names);
  // Every setting is written, and each is read into its own place.
  const json das = json::parse(TmpDir::read(folder.path() / "manifest.json"))["segments"]["das"];
  EXPECT_EQ(das.size(), 15U);
  EXPECT_EQ(*manifest_to_json(*read), *manifest_to_json(written));
  EXPECT_EQ(read->segments.das.sampling_rate_hz, 50.0);
  EXPECT_EQ(read->segments.das.row_hop, 14);
  EXPECT_EQ(read->segments.das.min_rows, 8);
  EXPECT_EQ(read->segments.das.sigma_border_samples, 9.0);
}

TEST(ManifestOfImages, HoldsSettingsOfFibresForFibresOnly) {
  const json salt = json::parse(*manifest_to_json(small_segmenter(Task::kSalt)));
  EXPECT_FALSE(salt["segments"].contains("das"));
  EXPECT_FALSE(salt.contains("picks"));
  EXPECT_FALSE(salt.contains("scalar"));
  EXPECT_EQ(salt["geometry"]["decoder"], "pup");
}

TEST(ManifestOfImages, DescribesAnEncoderWithoutSettings) {
  const auto text = manifest_to_json(small_encoder());
  ASSERT_TRUE(text) << text.error().what;
  EXPECT_FALSE(json::parse(*text).contains("segments"));
  const auto read = manifest_from_json(*text);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->family, kEncoderFamily);
  EXPECT_EQ(read->segmenter, small_encoder().segmenter);
}

struct Fault {
  const char* pointer;
  json value;
  const char* names;
};

void expect_named(const Manifest& example, const std::vector<Fault>& faults) {
  const json good = json::parse(*manifest_to_json(example));
  for (const Fault& fault : faults) {
    json bad = good;
    bad[json::json_pointer(fault.pointer)] = fault.value;
    const auto read = manifest_from_json(bad.dump());
    ASSERT_FALSE(read) << fault.pointer << " " << fault.value;
    EXPECT_NE(read.error().what.find(fault.names), std::string::npos) << read.error().what;
  }
}

TEST(ManifestOfImages, NamesTheFaultyKey) {
  expect_named(das_example(),
               {{"/task", "dpk", "dpk"},
                {"/task", "sky", "sky"},
                {"/normalisation", "zscore", "zscore"},
                {"/family", "dinov2", "segments"},
                {"/family", "seismollm", "task das"},
                {"/picks", json::object(), "picks"},
                {"/geometry", 3, "geometry"},
                {"/geometry/window_samples", 3, "window_samples"},
                {"/geometry/heads", 7, "heads"},
                {"/geometry/decoder", "none", "none"},
                {"/segments", json::array(), "segments"},
                {"/segments/classes", 3, "classes"},
                {"/segments/class_names", "P", "class_names"},
                {"/segments/class_names", json::parse(R"(["noise", "P"])"), "2 class_names"},
                {"/segments/class_names", json::parse(R"(["noise", "P", 3])"), "class_names"},
                {"/segments/class_names", json::parse(R"(["noise", "P", "P"])"), "differ"},
                {"/segments/class_names", json::parse(R"(["", "P", "S"])"), "1 to"},
                {"/segments/class_names", json::parse(R"(["a\nb", "P", "S"])"), "bytes"},
                {"/segments/class_names", json::parse(R"(["noise", "P", "Love"])"), "'event'"},
                {"/segments/das", 1, "das"},
                {"/segments/das/rate", 1, "rate"}});
}

TEST(ManifestOfImages, NamesTheFaultySettingOfAFibre) {
  const double nan = std::numeric_limits<double>::quiet_NaN();  // JSON null: no number
  expect_named(das_example(),
               {{"/segments/das/sampling_rate_hz", 0.0, "sampling_rate_hz"},
                {"/segments/das/sampling_rate_hz", nan, "sampling_rate_hz"},
                {"/segments/das/channel_spacing_m", -1.0, "channel_spacing_m"},
                {"/segments/das/band_low", -0.1, "band_low"},
                {"/segments/das/band_low", 0.4, "band_low"},
                {"/segments/das/band_high", 0.51, "band_high"},
                {"/segments/das/clip_sigmas", 0.0, "clip_sigmas"},
                {"/segments/das/row_hop", 0, "row_hop"},
                {"/segments/das/row_hop", 57, "row_hop"},
                {"/segments/das/row_hop", 1.5, "row_hop"},
                {"/segments/das/column_hop", 43, "column_hop"},
                {"/segments/das/threshold_on", 1.1, "threshold_on"},
                {"/segments/das/threshold_off", 0.0, "threshold_off"},
                {"/segments/das/threshold_off", 0.61, "threshold_off"},
                {"/segments/das/min_channels", 0, "min_channels"},
                {"/segments/das/min_rows", 0, "min_rows"},
                {"/segments/das/min_probability", 1.5, "min_probability"},
                {"/segments/das/min_velocity_m_s", -1.0, "min_velocity_m_s"},
                {"/segments/das/sigma_refined_samples", 0.0, "sigma_refined_samples"},
                {"/segments/das/sigma_border_samples", 57.0, "sigma_border_samples"}});
}

TEST(ManifestOfImages, RefusesAnImageTaskForANetworkOfSeismograms) {
  Manifest manifest = small_encoder();
  manifest.family = kNetworkFamily;
  manifest.normalisation = kWindowZscore;
  const auto text = manifest_to_json(manifest);
  ASSERT_FALSE(text);
  EXPECT_NE(text.error().what.find("task das"), std::string::npos) << text.error().what;
}

}  // namespace
}  // namespace geod::models
