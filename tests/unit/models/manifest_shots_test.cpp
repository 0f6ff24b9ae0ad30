#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "models/manifest.hpp"
#include "models/network_shape.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::models {
namespace {

using nlohmann::json;
using test::TmpDir;

/// Every setting of an inverter, none at its default.
Manifest example() {
  Manifest manifest;
  manifest.name = "inverter";
  manifest.version = "1";
  manifest.family = kInversionFamily;
  manifest.task = Task::kFwi;
  manifest.normalisation = kShotsLog;
  manifest.weights_sha256 = std::string(64, 'a');
  manifest.inversion.width = 4;
  manifest.inversion.tuning = InversionTuning::kLora;
  manifest.inversion_settings = {.bounds_of = "flatvel-b",
                                 .amplitude_min = -27.17,
                                 .amplitude_max = 56.05,
                                 .log_k = 2.0,
                                 .log_c = 0.5,
                                 .velocity_min_m_s = 1400.0,
                                 .velocity_max_m_s = 4800.0,
                                 .cell_m = 12.5};
  return manifest;
}

TEST(ManifestOfShots, SurvivesItsFile) {
  TmpDir folder;
  ASSERT_TRUE(save_manifest(folder.path(), example()));
  const auto read = load_manifest(folder.path());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->input(), InputKind::kShots);
  EXPECT_EQ(read->task, Task::kFwi);
  EXPECT_EQ(read->inversion, example().inversion);
  EXPECT_EQ(read->inversion_settings.bounds_of, "flatvel-b");
  EXPECT_EQ(read->inversion_settings.amplitude_min, -27.17);
  EXPECT_EQ(read->inversion_settings.velocity_max_m_s, 4800.0);
  EXPECT_EQ(read->inversion_settings.cell_m, 12.5);
  EXPECT_EQ(*manifest_to_json(*read), *manifest_to_json(example()));
  EXPECT_EQ(json::parse(TmpDir::read(folder.path() / "manifest.json"))["shots"].size(), 8U);
}

TEST(ManifestOfShots, RefusesImpossibleSettingsNamingThem) {
  const struct {
    const char* key;
    json value;
    const char* named;
  } cases[] = {{"amplitude_min", 60.0, "amplitude_min"},
               {"amplitude_max", 1e13, "amplitude_max"},
               {"log_k", 0.0, "log_k"},
               {"log_c", -1.0, "log_c"},
               {"velocity_min_m_s", 0.0, "velocity_min_m_s"},
               {"velocity_max_m_s", 1000.0, "velocity_max_m_s"},
               {"cell_m", 0.0, "cell_m"},
               {"cell_m", "ten", "cell_m"},
               {"bounds_of", std::string(65, 'x'), "bounds_of"},
               {"clip", true, "clip"}};
  for (const auto& [key, value, named] : cases) {
    json object = json::parse(*manifest_to_json(example()));
    object["shots"][key] = value;
    const auto read = manifest_from_json(object.dump());
    ASSERT_FALSE(read) << key;
    EXPECT_EQ(read.error().code, Errc::kModelMismatch) << key;
    EXPECT_NE(read.error().what.find(named), std::string::npos) << read.error().what;
  }
}

TEST(ManifestOfShots, FamilyTaskAndNormalisationBelongTogether) {
  Manifest picker = example();
  picker.task = Task::kDpk;
  EXPECT_FALSE(manifest_to_json(picker));
  Manifest values = example();
  values.normalisation = kImageValues;
  EXPECT_EQ(manifest_to_json(values).error().code, Errc::kUnsupported);
  Manifest network;
  network.task = Task::kFwi;
  EXPECT_EQ(check_task(network).error().code, Errc::kModelMismatch);
}

TEST(ManifestOfShots, SaysLoraByItsQuotientAndTakesItSo) {
  Manifest manifest = example();
  manifest.inversion.lora_rank = 4;
  manifest.inversion.lora_alpha = 16.0;
  manifest.inversion.lora_scaling = LoraScaling::kAlphaOverSqrtR;
  EXPECT_EQ(lora_of(manifest), (LoraSettings{4, 32.0, 0.0}));
  set_lora({8, 2.0, 0.1}, manifest);
  EXPECT_EQ(manifest.inversion.tuning, InversionTuning::kLora);
  EXPECT_DOUBLE_EQ(manifest.inversion.lora_scale(), 0.25);
  manifest.inversion.tuning = InversionTuning::kSsf;
  EXPECT_EQ(lora_of(manifest), LoraSettings{});
}

}  // namespace
}  // namespace geod::models
