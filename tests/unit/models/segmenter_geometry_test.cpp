#include "models/segmenter_geometry.hpp"

#include <gtest/gtest.h>

namespace geod::models {
namespace {

TEST(SegmenterGeometry, SurvivesJson) {
  for (const char* name : {"dinov2-small",
                           "dinov2-base",
                           "dinov2-large",
                           "dinov2-small-reg4",
                           "dinov2-base-reg4",
                           "dinov2-large-reg4",
                           "starter-das"}) {
    auto geometry = named_segmenter(name);
    ASSERT_TRUE(geometry) << name;
    EXPECT_TRUE(geometry->validate()) << name;
    geometry->lora_rank = 8;
    geometry->lora_dropout = 0.05;
    geometry->patch_rows = 40;
    const auto back = segmenter_from_json(geometry_to_json(*geometry));
    ASSERT_TRUE(back) << back.error().what;
    EXPECT_EQ(*back, *geometry);
  }
}

TEST(SegmenterGeometry, NamesSurviveTheirText) {
  for (const PositionRule rule :
       {PositionRule::kOffset, PositionRule::kSize, PositionRule::kAntialias}) {
    EXPECT_EQ(parse_position_rule(to_string(rule)), rule);
  }
  for (const SegmentDecoder decoder : {SegmentDecoder::kNone,
                                       SegmentDecoder::kLinear,
                                       SegmentDecoder::kPup,
                                       SegmentDecoder::kMla,
                                       SegmentDecoder::kDpt,
                                       SegmentDecoder::kUnet}) {
    EXPECT_EQ(parse_segment_decoder(to_string(decoder)), decoder);
  }
  EXPECT_EQ(parse_position_rule("bilinear").error().code, Errc::kUnsupported);
  EXPECT_EQ(parse_segment_decoder("deeplab").error().code, Errc::kUnsupported);
  EXPECT_EQ(named_segmenter("dinov2-giant").error().code, Errc::kNotFound);
}

TEST(SegmenterGeometry, CoversEveryPublishedImageWithPatches) {
  const SegmenterGeometry small = *named_segmenter("dinov2-small");
  const struct {
    std::int64_t rows, columns, down, across;
  } images[] = {{512, 512, 37, 37},    // das
                {1006, 782, 72, 56},   // facies
                {1022, 1022, 73, 73},  // crater
                {896, 896, 64, 64}};   // fault
  for (const auto& image : images) {
    EXPECT_EQ(small.patches(image.rows), image.down);
    EXPECT_EQ(small.patches(image.columns), image.across);
  }
}

TEST(SegmenterGeometry, TakesMorePatchesThanCoverAnImage) {
  const auto salt = segmenter_from_json(
      R"({"rows": 224, "columns": 224, "patch_rows": 20, "patch_columns": 20})");
  ASSERT_TRUE(salt) << salt.error().what;
  EXPECT_EQ(salt->grid_rows(), 20);
  EXPECT_EQ(segmenter_from_json(R"({"rows": 224})")->grid_rows(), 16);
}

TEST(SegmenterGeometry, DecodersHaveTheirPublishedWidthUnlessToldOtherwise) {
  EXPECT_EQ(segmenter_from_json(R"({"decoder": "unet"})")->decoder_width, 32);
  EXPECT_EQ(segmenter_from_json(R"({"decoder": "dpt"})")->decoder_width, 256);
  EXPECT_EQ(segmenter_from_json(R"({"decoder_width": 64, "decoder": "unet"})")->decoder_width, 64);
}

TEST(SegmenterGeometry, NamesTheFaultyField) {
  const struct {
    const char* json;
    const char* names;
  } cases[] = {
      {R"({"widht": 384})", "widht"},
      {R"({"width": "384"})", "width"},
      {R"({"width": 0})", "width"},
      {R"({"width": 99999999999})", "width"},
      {R"({"width": 380})", "heads"},
      {R"({"width": 6, "heads": 1, "decoder": "pup"})", "divisible by 4"},
      {R"({"width": 6, "heads": 1, "decoder": "mla"})", "divisible by 4"},
      {R"({"decoder": "dpt", "decoder_width": 33})", "decoder_width"},
      {R"({"decoder": "unet", "lora_rank": 8})", "lora_rank"},
      {R"({"decoder": "segformer"})", "segformer"},
      {R"({"decoder": 4})", "decoder"},
      {R"({"position_rule": "nearest"})", "nearest"},
      {R"({"taps": [3, 6, 9]})", "taps"},
      {R"({"taps": [3, 6, 9, 13]})", "taps"},
      {R"({"taps": [3, 6, 5, 12]})", "taps"},
      {R"({"taps": [0, 6, 9, 12]})", "taps"},
      {R"({"taps": [3, 6, 9, "12"]})", "taps"},
      {R"({"blocks": 6})", "taps"},
      {R"({"classes": 1})", "classes"},
      {R"({"rows": 15})", "rows"},
      {R"({"rows": 16384, "columns": 16384})", "pixels"},
      {R"({"registers": -1})", "registers"},
      {R"({"patch_columns": 36})", "patch_columns"},
      {R"({"patch": 1})", "patch_rows"},
      {R"({"lora_alpha": 0})", "lora_alpha"},
      {R"({"lora_dropout": 1})", "lora_dropout"},
      {R"({"width": 384, "width": 768})", "repeats"},
      {R"([1])", "JSON"},
      {R"({"heads": )", "JSON"},
  };
  for (const auto& c : cases) {
    const auto geometry = segmenter_from_json(c.json);
    ASSERT_FALSE(geometry) << c.json;
    EXPECT_EQ(geometry.error().code, Errc::kModelMismatch);
    EXPECT_NE(geometry.error().what.find(c.names), std::string::npos) << geometry.error().what;
  }
}

}  // namespace
}  // namespace geod::models
