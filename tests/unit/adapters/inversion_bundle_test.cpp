#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "adapters/bundle.hpp"
#include "adapters/bundle_folder.hpp"
#include "adapters/peft_inversion.hpp"
#include "models/golden_image.hpp"
#include "models/safetensors.hpp"
#include "tests/support/inversion_bundles.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using models::BatchNormPolicy;
using models::InversionTuning;
using models::test::TmpDir;
using nlohmann::json;
using test::inversion_content;
using test::small_inverter;
using test::write_inversion_bundle;

TEST(InversionBundle, ComesBackAsItWasWrittenWhateverIsLaidOn) {
  for (const InversionTuning tuning : models::kAllInversionTunings) {
    for (const BatchNormPolicy policy : {BatchNormPolicy::kFrozen, BatchNormPolicy::kBatchStats}) {
      if (tuning == InversionTuning::kNone) {
        continue;
      }
      TmpDir folder;
      const BundleContent content = inversion_content(tuning, policy);
      const auto bundle =
          read_bundle(write_inversion_bundle(folder.path(), content), small_inverter());
      ASSERT_TRUE(bundle) << to_string(tuning) << ": " << bundle.error().what;
      const models::NetworkOverlay& overlay = *bundle->overlay;
      EXPECT_EQ(bundle->adapter_id(), "geology-2");
      EXPECT_EQ(overlay.manifest.task, models::Task::kFwi);
      EXPECT_EQ(overlay.manifest.inversion, content.manifest.inversion);
      ASSERT_EQ(overlay.tensors.size(), content.tensors.size()) << to_string(tuning);
      for (const auto& [name, tensor] : content.tensors) {
        EXPECT_EQ(overlay.tensors.at(name).shape, tensor.shape) << name;
        EXPECT_EQ(overlay.tensors.at(name).values, tensor.values) << name;
      }
      const auto& g = content.manifest.inversion;
      const auto map = test::shots_as_map(overlay, models::golden_shots(g));
      EXPECT_EQ(overlay.golden->output, models::golden_grid(*map, 1, g.depths, g.offsets));
    }
  }
}

TEST(InversionBundle, HoldsTheConvolutionsAsPeftDoesAndTheOthersBeside) {
  TmpDir folder;
  const fs::path path =
      write_inversion_bundle(folder.path(), inversion_content(InversionTuning::kLora));
  const json config = json::parse(TmpDir::read(path / kConfigFile));
  EXPECT_EQ(config["target_modules"].size(), 20U);
  EXPECT_EQ(config["r"], 2);
  EXPECT_EQ(config["lora_alpha"], 6.0);
  EXPECT_EQ(config["fan_in_fan_out"], false);
  EXPECT_EQ(config["auto_mapping"]["base_model_class"], "InversionNet");
  const auto adapter = models::SafetensorsFile::open(path / kAdapterFile);
  const auto head = models::SafetensorsFile::open(path / kHeadFile);
  ASSERT_TRUE(adapter && head);
  EXPECT_EQ(adapter->tensors().size(), 40U);
  EXPECT_TRUE(adapter->tensors().contains("base_model.model.deconv6.layers.0.lora_B.weight"));
  EXPECT_EQ(head->tensors().size(), 10U);
  EXPECT_TRUE(head->tensors().contains("deconv1_1.layers.0.lora_A.weight"));
}

TEST(InversionBundle, SaysItsFormulaAndRefusesAnother) {
  TmpDir folder;
  const fs::path path =
      write_inversion_bundle(folder.path(), inversion_content(InversionTuning::kLora));
  json manifest = json::parse(TmpDir::read(path / kManifestFile));
  EXPECT_NE(manifest["formula"].get<std::string>().find("alpha / r = 3"), std::string::npos);
  for (const json& other : {json("y = conv(x)"), json(nullptr), json(3)}) {
    manifest["formula"] = other;
    std::ofstream(path / kManifestFile) << manifest.dump();
    const auto bundle = read_bundle(path, small_inverter());
    ASSERT_FALSE(bundle) << other;
    EXPECT_EQ(bundle.error().code, Errc::kUnsupported);
  }
}

TEST(InversionBundle, OfEachScaleOfLoraSaysItInPeftsWords) {
  for (const auto scaling : {models::LoraScaling::kAlphaOverR,
                             models::LoraScaling::kAlpha,
                             models::LoraScaling::kAlphaOverSqrtR}) {
    TmpDir folder;
    BundleContent content = inversion_content(InversionTuning::kLora);
    content.manifest.inversion.lora_scaling = scaling;
    const fs::path path = write_inversion_bundle(folder.path(), content);
    const json config = json::parse(TmpDir::read(path / kConfigFile));
    EXPECT_NEAR(config["lora_alpha"].get<double>() / config["r"].get<double>(),
                content.manifest.inversion.lora_scale(),
                1e-9);
    EXPECT_EQ(config["use_rslora"], false);
    const auto bundle = read_bundle(path, small_inverter());
    ASSERT_TRUE(bundle) << bundle.error().what;
    EXPECT_EQ(bundle->overlay->manifest.inversion.lora_scaling, scaling);
  }
}

TEST(InversionBundle, MustBringWhatTheBaseDoesNotHave) {
  const struct {
    InversionTuning tuning;
    BatchNormPolicy policy;
    const char* missing;
  } cases[] = {
      {InversionTuning::kSsf, BatchNormPolicy::kFrozen, "convblock3_1.layers.1.ssf.shift"},
      {InversionTuning::kPrompt, BatchNormPolicy::kFrozen, "prompt.shots"},
      {InversionTuning::kLora, BatchNormPolicy::kFrozen, "deconv2_1.layers.0.lora_B.weight"},
      {InversionTuning::kNorms, BatchNormPolicy::kBatchStats, "deconv6.layers.1.running_var"}};
  for (const auto& [tuning, policy, missing] : cases) {
    TmpDir folder;
    BundleContent content = inversion_content(tuning, policy);
    ASSERT_EQ(content.tensors.erase(missing), 1U) << missing;
    const auto bundle =
        read_bundle(write_inversion_bundle(folder.path(), content), small_inverter());
    ASSERT_FALSE(bundle) << missing;
    EXPECT_EQ(bundle.error().code, Errc::kModelMismatch);
    EXPECT_NE(bundle.error().what.find(missing), std::string::npos) << bundle.error().what;
  }
}

TEST(InversionBundle, FitsItsOwnBaseAlone) {
  TmpDir folder;
  const fs::path path =
      write_inversion_bundle(folder.path(), inversion_content(InversionTuning::kLora));
  models::Manifest other_weights = small_inverter();
  other_weights.weights_sha256 = std::string(64, 'd');
  models::Manifest wider = small_inverter();
  wider.inversion.width = 3;
  for (const models::Manifest& base : {other_weights, wider}) {
    const auto bundle = read_bundle(path, base);
    ASSERT_FALSE(bundle);
    EXPECT_EQ(bundle.error().code, Errc::kModelMismatch);
  }
}

TEST(PeftInversion, NamesConvolutionsAndNothingElse) {
  EXPECT_EQ(inversion_peft_name("convblock8.layers.0.lora_A.weight"),
            "base_model.model.convblock8.layers.0.lora_A.weight");
  EXPECT_EQ(inversion_canonical_name("base_model.model.deconv6.layers.0.lora_B.weight"),
            "deconv6.layers.0.lora_B.weight");
  for (const char* name : {"deconv1_1.layers.0.lora_A.weight",  // transposed
                           "convblock8.layers.0.weight",
                           "convblock9.layers.0.lora_A.weight",
                           "convblock8.layers.1.lora_A.weight",
                           ""}) {
    EXPECT_EQ(inversion_peft_name(name), std::nullopt) << name;
  }
  EXPECT_EQ(inversion_canonical_name("deconv6.layers.0.lora_B.weight"), std::nullopt);
  EXPECT_TRUE(is_transposed_lora("deconv1_1.layers.0.lora_A.weight"));
  EXPECT_FALSE(is_transposed_lora("deconv1_1.layers.0.weight"));
}

}  // namespace
}  // namespace geod::adapters
