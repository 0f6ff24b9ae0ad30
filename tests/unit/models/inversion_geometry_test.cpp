#include "models/inversion_geometry.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace geod::models {
namespace {

TEST(InversionGeometry, SurvivesItsJson) {
  InversionGeometry geometry;
  geometry.sources = 3;
  geometry.times = 200;
  geometry.receivers = 24;
  geometry.depths = 32;
  geometry.offsets = 40;
  geometry.width = 4;
  geometry.tuning = InversionTuning::kAdaptFormer;
  geometry.lora_rank = 8;
  geometry.lora_alpha = 4.0;
  geometry.lora_scaling = LoraScaling::kAlphaOverSqrtR;
  geometry.lora_dropout = 0.1;
  geometry.bottleneck = 16;
  geometry.bn_policy = BatchNormPolicy::kAffine;
  const auto read = inversion_from_json(geometry_to_json(geometry));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(*read, geometry);
}

TEST(InversionGeometry, MissingKeysAreThePublishedNetworks) {
  EXPECT_EQ(*inversion_from_json("{}"), *named_inversion("inversionnet"));
  EXPECT_EQ(named_inversion("unet").error().code, Errc::kNotFound);
}

TEST(InversionGeometry, RefusesWhatIsImpossibleNamingTheField) {
  const struct {
    const char* json;
    const char* named;
  } cases[] = {{R"({"sources": 0})", "sources"},
               {R"({"times": 99999})", "times"},
               {R"({"depths": 81})", "depths"},
               {R"({"offsets": -1})", "offsets"},
               {R"({"width": 256, "times": 16384, "receivers": 1024})", "convblock8"},
               {R"({"lora_alpha": 0})", "lora_alpha"},
               {R"({"lora_dropout": 1})", "lora_dropout"},
               {R"({"lora_rank": 0})", "lora_rank"},
               {R"({"tuning": "dora"})", "tuning 'dora'"},
               {R"({"lora_scaling": "r"})", "scaling of LoRA 'r'"},
               {R"({"bn_policy": "eval"})", "BatchNorms 'eval'"},
               {R"({"tuning": "norms", "bn_policy": "affine"})", "norms"},
               {R"({"skips": true})", "skips"},
               {R"({"width": 4, "width": 8})", "repeats"},
               {R"([])", "JSON"}};
  for (const auto& [json, named] : cases) {
    const auto read = inversion_from_json(json);
    ASSERT_FALSE(read) << json;
    EXPECT_EQ(read.error().code, Errc::kModelMismatch) << json;
    EXPECT_NE(read.error().what.find(named), std::string::npos) << read.error().what;
  }
}

TEST(InversionGeometry, NamesTheThreeScalesOfLora) {
  InversionGeometry geometry;
  geometry.lora_rank = 4;
  geometry.lora_alpha = 16.0;
  EXPECT_DOUBLE_EQ(geometry.lora_scale(), 4.0);
  geometry.lora_scaling = LoraScaling::kAlpha;
  EXPECT_DOUBLE_EQ(geometry.lora_scale(), 16.0);
  geometry.lora_scaling = LoraScaling::kAlphaOverSqrtR;
  EXPECT_DOUBLE_EQ(geometry.lora_scale(), 8.0);
}

}  // namespace
}  // namespace geod::models
