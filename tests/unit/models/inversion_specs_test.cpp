#include "models/inversion_specs.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "models/inversion_layers.hpp"
#include "models/model_summary.hpp"

namespace geod::models {
namespace {

struct Counts {
  std::int64_t total = 0;
  std::int64_t trainable = 0;
  std::int64_t buffers = 0;
};

Counts count(const InversionGeometry& geometry) {
  Counts counts;
  for (const TensorSpec& spec : inversion_specs(geometry)) {
    if (spec.is_buffer) {
      counts.buffers += spec.elements();
      EXPECT_FALSE(spec.is_trainable) << spec.name;
    } else {
      counts.total += spec.elements();
      counts.trainable += spec.is_trainable ? spec.elements() : 0;
    }
  }
  return counts;
}

constexpr std::int64_t kPublished = 24'409'123;

std::int64_t trainable(InversionTuning tuning, BatchNormPolicy policy) {
  InversionGeometry geometry;
  geometry.tuning = tuning;
  geometry.bn_policy = policy;
  return count(geometry).trainable;
}

TEST(InversionSpecs, CountsThePublishedNetwork) {
  const Counts counts = count({});
  EXPECT_EQ(counts.total, kPublished);
  EXPECT_EQ(counts.trainable, kPublished);
  EXPECT_EQ(counts.buffers, 8'642);
  // 175 entries of the published state dict, of which 25 count batches.
  EXPECT_EQ(inversion_specs({}).size(), 175U - 25U);
}

TEST(InversionSpecs, CountsLoraByRankOverABaseThatStays) {
  const struct {
    std::int64_t rank, parameters;
  } ranks[] = {{4, 287'120},
               {8, 574'240},
               {16, 1'148'480},
               {32, 2'296'960},
               {64, 4'593'920},
               {128, 9'187'840}};
  for (const auto& [rank, parameters] : ranks) {
    InversionGeometry geometry;
    geometry.tuning = InversionTuning::kLora;
    geometry.lora_rank = rank;
    const Counts counts = count(geometry);
    EXPECT_EQ(counts.trainable, parameters) << rank;
    EXPECT_EQ(counts.total, kPublished + parameters) << rank;
  }
}

TEST(InversionSpecs, CountsLoraOfEachLayerAsTheSheet) {
  InversionGeometry geometry;
  geometry.tuning = InversionTuning::kLora;
  std::map<std::string, std::int64_t> by_layer;
  for (const TensorSpec& spec : inversion_specs(geometry)) {
    if (spec.part == Part::kLora) {
      by_layer[spec.name.substr(0, spec.name.find('.'))] += spec.elements();
    }
  }
  EXPECT_EQ(by_layer.size(), 25U);
  EXPECT_EQ(by_layer["convblock1"], 1'072);
  EXPECT_EQ(by_layer["convblock4_2"], 8'192);
  EXPECT_EQ(by_layer["convblock8"], 303'104);
  EXPECT_EQ(by_layer["deconv1_1"], 212'992);
  EXPECT_EQ(by_layer["deconv5_1"], 16'896);
  EXPECT_EQ(by_layer["deconv6"], 4'624);
}

TEST(InversionSpecs, CountsWhatElseMayBeLaidOn) {
  constexpr auto kFrozen = BatchNormPolicy::kFrozen;
  constexpr auto kBatch = BatchNormPolicy::kBatchStats;
  constexpr auto kAffine = BatchNormPolicy::kAffine;
  EXPECT_EQ(trainable(InversionTuning::kLora, kBatch), 1'148'480);
  EXPECT_EQ(trainable(InversionTuning::kLora, kAffine), 1'157'122);
  EXPECT_EQ(trainable(InversionTuning::kSsf, kFrozen), 17'284);
  EXPECT_EQ(trainable(InversionTuning::kSsf, kBatch), 8'642);
  EXPECT_EQ(trainable(InversionTuning::kBitFit, kFrozen), 8'642);
  EXPECT_EQ(trainable(InversionTuning::kBitFit, kBatch), 4'321);
  EXPECT_EQ(trainable(InversionTuning::kNorms, kFrozen), 8'642);
  EXPECT_EQ(trainable(InversionTuning::kPrompt, kFrozen), 350'000);
  const struct {
    std::int64_t bottleneck, parameters;
  } widths[] = {{8, 32'184}, {16, 62'480}, {32, 123'072}, {64, 244'256}};
  for (const auto& [bottleneck, parameters] : widths) {
    InversionGeometry geometry;
    geometry.tuning = InversionTuning::kAdaptFormer;
    geometry.bottleneck = bottleneck;
    EXPECT_EQ(count(geometry).trainable, parameters) << bottleneck;
  }
}

TEST(InversionSpecs, NamesTheTensorsAsThePublishedCode) {
  const auto specs = inversion_specs({});
  const auto shape_of = [&specs](std::string_view name) {
    const auto it = std::find_if(
        specs.begin(), specs.end(), [name](const TensorSpec& spec) { return spec.name == name; });
    return it == specs.end() ? std::vector<std::int64_t>{} : it->shape;
  };
  using Shape = std::vector<std::int64_t>;
  EXPECT_EQ(specs.front().name, "convblock1.layers.0.weight");
  EXPECT_EQ(specs.front().shape, (Shape{32, 5, 7, 1}));
  EXPECT_EQ(shape_of("convblock8.layers.0.weight"), (Shape{512, 256, 8, 9}));
  EXPECT_EQ(shape_of("deconv2_1.layers.0.weight"), (Shape{512, 256, 4, 4}));  // [in, out, ...]
  EXPECT_EQ(shape_of("deconv6.layers.1.running_var"), (Shape{1}));
}

TEST(InversionLayers, LeaveOneValueAChannelAndMakeTheDecodersSquare) {
  for (const auto& [times, receivers] : {std::pair{1000, 70}, {1001, 71}, {250, 20}, {1, 1}}) {
    InversionGeometry geometry;
    geometry.times = times;
    geometry.receivers = receivers;
    std::int64_t rows = times;
    std::int64_t columns = receivers;
    const auto layers = inversion_layers(geometry);
    ASSERT_EQ(layers.size(), kInversionLayers);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      rows = layers[i].output_length(rows, 0);
      columns = layers[i].output_length(columns, 1);
      if (i + 1 == kInversionEncoderLayers) {
        EXPECT_EQ(rows, 1);
        EXPECT_EQ(columns, 1);
      }
    }
    EXPECT_EQ(rows, kDecoderSide);
    EXPECT_EQ(columns, kDecoderSide);
  }
}

TEST(InversionLayers, AdaptFormerStandsBesideElevenWhateverTheWidth) {
  for (const std::int64_t width : {1, 4, 32}) {
    InversionGeometry geometry;
    geometry.width = width;
    const auto layers = inversion_layers(geometry);
    EXPECT_EQ(std::count_if(layers.begin(),
                            layers.end(),
                            [](const InversionLayer& layer) { return layer.keeps_shape(); }),
              11)
        << width;
  }
}

}  // namespace
}  // namespace geod::models
