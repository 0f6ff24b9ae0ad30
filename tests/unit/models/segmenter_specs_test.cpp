#include "models/segmenter_specs.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "models/model_summary.hpp"

namespace geod::models {
namespace {

SegmenterGeometry with_decoder(const char* name, SegmentDecoder decoder, std::int64_t classes = 2) {
  SegmenterGeometry geometry = *named_segmenter(name);
  geometry.decoder = decoder;
  geometry.decoder_width = published_decoder_width(decoder);
  geometry.classes = classes;
  return geometry;
}

PartCount count_of(const SegmenterGeometry& geometry, Part part) {
  for (const PartCount& count : count_parameters(segmenter_specs(geometry))) {
    if (count.part == part) {
      return count;
    }
  }
  return {part, 0, 0};
}

TEST(SegmenterSpecs, CountsTheEncodersAsPublished) {
  const struct {
    const char* name;
    std::int64_t parameters;
    std::size_t tensors;
    std::int64_t lora;
  } encoders[] = {{"dinov2-small", 22'056'576, 175, 221'184},
                  {"dinov2-base", 86'580'480, 175, 442'368},
                  {"dinov2-large", 304'368'640, 343, 1'179'648},
                  {"dinov2-small-reg4", 22'058'112, 176, 221'184},
                  {"dinov2-base-reg4", 86'583'552, 176, 442'368},
                  {"dinov2-large-reg4", 304'372'736, 344, 1'179'648}};
  for (const auto& encoder : encoders) {
    SegmenterGeometry geometry = *named_segmenter(encoder.name);
    EXPECT_EQ(count_of(geometry, Part::kEncoder).total, encoder.parameters) << encoder.name;
    EXPECT_EQ(segmenter_specs(geometry).size(), encoder.tensors) << encoder.name;
    geometry.lora_rank = 8;
    EXPECT_EQ(count_of(geometry, Part::kEncoder).total, encoder.parameters) << encoder.name;
    EXPECT_EQ(count_of(geometry, Part::kEncoder).trainable, 0) << encoder.name;
    EXPECT_EQ(count_of(geometry, Part::kLora), (PartCount{Part::kLora, encoder.lora, encoder.lora}))
        << encoder.name;
    EXPECT_EQ(encoder_specs(geometry).size(), encoder.tensors) << encoder.name;
  }
}

TEST(SegmenterSpecs, CountsTheDecodersAsPublished) {
  const struct {
    const char* name;
    SegmentDecoder decoder;
    std::int64_t classes, parameters;
  } decoders[] = {{"dinov2-small", SegmentDecoder::kLinear, 2, 770},
                  {"dinov2-small", SegmentDecoder::kLinear, 6, 2'310},
                  {"dinov2-small", SegmentDecoder::kPup, 2, 914'882},
                  {"dinov2-small", SegmentDecoder::kPup, 6, 915'270},
                  {"dinov2-small", SegmentDecoder::kMla, 2, 10'967'810},
                  {"dinov2-small", SegmentDecoder::kMla, 6, 10'969'350},
                  {"dinov2-small", SegmentDecoder::kDpt, 2, 13'579'490},
                  {"dinov2-small", SegmentDecoder::kDpt, 6, 13'579'622},
                  {"dinov2-small", SegmentDecoder::kUnet, 2, 4'317'858},
                  {"dinov2-small", SegmentDecoder::kUnet, 6, 4'317'990},
                  {"dinov2-base", SegmentDecoder::kLinear, 2, 1'538},
                  {"dinov2-base", SegmentDecoder::kPup, 2, 3'654'530},
                  {"dinov2-base", SegmentDecoder::kMla, 2, 43'832'834},
                  {"dinov2-base", SegmentDecoder::kDpt, 2, 17'118'434}};
  for (const auto& c : decoders) {
    EXPECT_EQ(count_of(with_decoder(c.name, c.decoder, c.classes), Part::kDecoder).total,
              c.parameters)
        << c.name << " " << to_string(c.decoder) << " " << c.classes;
  }
}

TEST(SegmenterSpecs, WhatTheForwardPassNeverReachesDoesNotTrain) {
  const SegmenterGeometry mla = with_decoder("dinov2-small", SegmentDecoder::kMla);
  const SegmenterGeometry dpt = with_decoder("dinov2-small", SegmentDecoder::kDpt);
  EXPECT_EQ(count_of(mla, Part::kDecoder).trainable, 10'303'106);
  EXPECT_EQ(count_of(dpt, Part::kDecoder).trainable, 12'398'818);
  EXPECT_EQ(count_of(mla, Part::kEncoder).trainable, 22'056'576 - 384);  // mask_token
}

TEST(SegmenterSpecs, TheUnetHasNoEncoder) {
  EXPECT_EQ(count_of(with_decoder("dinov2-small", SegmentDecoder::kUnet), Part::kEncoder).total, 0);
}

TEST(SegmenterSpecs, NamesEveryTensorOnce) {
  for (const SegmentDecoder decoder : {SegmentDecoder::kLinear,
                                       SegmentDecoder::kPup,
                                       SegmentDecoder::kMla,
                                       SegmentDecoder::kDpt,
                                       SegmentDecoder::kUnet}) {
    std::set<std::string> names;
    for (const TensorSpec& spec : segmenter_specs(with_decoder("dinov2-small", decoder))) {
      EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    }
  }
}

TEST(SegmenterSpecs, TheStarterFitsIntoItsFolder) {
  std::int64_t elements = 0;
  for (const TensorSpec& spec : segmenter_specs(*named_segmenter("starter-das"))) {
    elements += spec.elements();
  }
  EXPECT_LT(elements * 4, 15'000'000);
}

TEST(SegmenterSpecs, AFolderHoldsWhatItsFamilySays) {
  Manifest manifest;
  manifest.segmenter = with_decoder("dinov2-small", SegmentDecoder::kLinear);
  manifest.segmenter.lora_rank = 4;
  manifest.family = kSegmenterFamily;
  EXPECT_EQ(tensor_specs(manifest).size(), 175U + 4U * 12U + 2U);
  manifest.family = kEncoderFamily;
  EXPECT_EQ(tensor_specs(manifest).size(), 175U);
  manifest.family = kTrunkFamily;
  EXPECT_EQ(tensor_specs(manifest), trunk_specs(manifest.geometry));
  manifest.family = kNetworkFamily;
  EXPECT_EQ(tensor_specs(manifest), tensor_specs(manifest.geometry, manifest.task));
}

}  // namespace
}  // namespace geod::models
