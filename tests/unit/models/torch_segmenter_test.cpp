#include "models/torch_segmenter.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace geod::models {
namespace {

constexpr SegmentDecoder kDecoders[] = {SegmentDecoder::kLinear,
                                        SegmentDecoder::kPup,
                                        SegmentDecoder::kMla,
                                        SegmentDecoder::kDpt,
                                        SegmentDecoder::kUnet};

SegmenterGeometry small_geometry(SegmentDecoder decoder) {
  SegmenterGeometry geometry;
  geometry.width = 16;
  geometry.blocks = 4;
  geometry.heads = 2;
  geometry.patch = 14;
  geometry.position_grid = 4;
  geometry.taps = {1, 2, 3, 4};
  geometry.decoder = decoder;
  geometry.decoder_width = 8;
  geometry.classes = 3;
  geometry.rows = 50;
  geometry.columns = 61;
  return geometry;
}

std::unique_ptr<TorchSegmenter> make(const SegmenterGeometry& geometry) {
  auto network = TorchSegmenter::make(geometry, 7);
  EXPECT_TRUE(network) << network.error().what;
  return std::move(*network);
}

at::Tensor tiles(const SegmenterGeometry& geometry, std::int64_t count) {
  return at::rand({count, geometry.rows, geometry.columns}).mul(255.0);
}

void draw(const TorchSegmenter& network, std::string_view suffix) {
  const at::NoGradGuard no_grad;
  for (const TensorSpec& spec : network.tensors().specs()) {
    if (spec.name.ends_with(suffix)) {
      at::Tensor tensor = network.tensors().at(spec.name);
      tensor.normal_(0.0, 0.2);
    }
  }
}

TEST(TorchSegmenter, ScoresEveryPixelOfTheTile) {
  const at::NoGradGuard no_grad;
  for (const SegmentDecoder decoder : kDecoders) {
    const SegmenterGeometry geometry = small_geometry(decoder);
    const auto network = make(geometry);
    EXPECT_EQ(network->logits(tiles(geometry, 2), false).sizes(), at::IntArrayRef({2, 3, 50, 61}))
        << to_string(decoder);
  }
}

TEST(TorchSegmenter, ScoresTheImagesOfAllFiveTasks) {
  const at::NoGradGuard no_grad;
  const struct {
    std::int64_t rows, columns, patches, tokens_down, tokens_across;
  } images[] = {{1006, 782, 0, 72, 56},
                {224, 224, 20, 20, 20},
                {1022, 1022, 0, 73, 73},
                {512, 512, 0, 37, 37},
                {896, 896, 0, 64, 64}};
  for (const auto& image : images) {
    for (const SegmentDecoder decoder : kDecoders) {
      if (image.rows % 16 == 0 && image.patches == 0 && decoder != SegmentDecoder::kLinear) {
        continue;  // sizes that halve without a rest are no case of their own
      }
      SegmenterGeometry geometry = small_geometry(decoder);
      geometry.width = 4;
      geometry.decoder_width = 2;
      geometry.blocks = 1;
      geometry.heads = 1;
      geometry.taps = {1, 1, 1, 1};
      geometry.rows = image.rows;
      geometry.columns = image.columns;
      geometry.patch_rows = image.patches;
      geometry.patch_columns = image.patches;
      const auto network = make(geometry);
      const at::Tensor x = tiles(geometry, 1);
      EXPECT_EQ(network->logits(x, false).sizes(),
                at::IntArrayRef({1, 3, image.rows, image.columns}));
      if (decoder == SegmentDecoder::kLinear) {
        EXPECT_EQ(network->features(x).sizes(),
                  at::IntArrayRef({1, 4, image.tokens_down, image.tokens_across}));
      }
    }
  }
}

TEST(TorchSegmenter, IsReproducibleForASeed) {
  const SegmenterGeometry geometry = small_geometry(SegmentDecoder::kPup);
  const at::Tensor x = tiles(geometry, 1);
  EXPECT_TRUE(at::equal(make(geometry)->logits(x, false), make(geometry)->logits(x, false)));
}

TEST(TorchSegmenter, ATileDoesNotDependOnItsBatch) {
  const at::NoGradGuard no_grad;
  for (const SegmentDecoder decoder : kDecoders) {
    const SegmenterGeometry geometry = small_geometry(decoder);
    const auto network = make(geometry);
    const at::Tensor x = tiles(geometry, 3);
    const at::Tensor alone = network->logits(x.narrow(0, 1, 1), false);
    EXPECT_TRUE(at::allclose(network->logits(x, false).narrow(0, 1, 1), alone, 1e-4, 1e-6))
        << to_string(decoder);
  }
}

TEST(TorchSegmenter, CutsResizesAndScalesTiles) {
  SegmenterGeometry geometry = small_geometry(SegmentDecoder::kLinear);
  geometry.patch = 16;
  geometry.rows = 16;
  geometry.columns = 16;
  geometry.patch_columns = 2;
  at::Tensor x = at::zeros({1, 16, 16});
  x[0][0][0] = 3.9F;
  x[0][0][1] = 255.9F;
  x[0][0][2] = -4.0F;
  const at::Tensor image = make(geometry)->prepare(x).mul(255.0).round();
  ASSERT_EQ(image.sizes(), at::IntArrayRef({1, 3, 16, 32}));
  // Columns at a quarter and three quarters between 3 and 255, then between 255 and 0.
  const float expected[] = {3, 66, 192, 191, 64, 0};
  for (std::int64_t j = 0; j < 6; ++j) {
    for (std::int64_t channel = 0; channel < 3; ++channel) {
      EXPECT_EQ(image[0][channel][0][j].item<float>(), expected[j]) << j;
    }
  }
  geometry.patch_columns = 0;
  const at::Tensor same = make(geometry)->prepare(x).mul(255.0).round();
  EXPECT_EQ(same[0][2][0][0].item<float>(), 3.0F);
  EXPECT_EQ(same[0][2][0][1].item<float>(), 255.0F);
  EXPECT_EQ(same[0][2][0][2].item<float>(), 0.0F);
}

TEST(TorchSegmenter, GivesTheUnetTheValuesUncut) {
  const SegmenterGeometry geometry = small_geometry(SegmentDecoder::kUnet);
  const at::Tensor x = tiles(geometry, 2);
  EXPECT_TRUE(at::equal(make(geometry)->prepare(x), x.unsqueeze(1).div(255.0)));
}

TEST(TorchSegmenter, LoraChangesNothingUntilItIsTrained) {
  const at::NoGradGuard no_grad;
  SegmenterGeometry geometry = small_geometry(SegmentDecoder::kMla);
  geometry.lora_rank = 4;
  const auto network = make(geometry);
  const at::Tensor x = tiles(geometry, 2);
  const at::Tensor fresh = network->logits(x, false);
  draw(*network, ".lora_A.weight");
  EXPECT_TRUE(at::equal(network->logits(x, false), fresh));
  draw(*network, ".lora_B.weight");
  EXPECT_FALSE(at::allclose(network->logits(x, false), fresh));
}

TEST(TorchSegmenter, MergedLoraGivesTheSameScores) {
  const at::NoGradGuard no_grad;
  SegmenterGeometry geometry = small_geometry(SegmentDecoder::kPup);
  geometry.lora_rank = 4;
  geometry.lora_alpha = 2.0;
  const auto network = make(geometry);
  draw(*network, ".lora_A.weight");
  draw(*network, ".lora_B.weight");
  const at::Tensor x = tiles(geometry, 2);
  const at::Tensor apart = network->features(x);
  const auto merged = network->merged();
  EXPECT_EQ(merged->geometry().lora_rank, 0);
  const at::Tensor difference = merged->features(x).sub(apart).abs().max();
  EXPECT_LT(difference.item<double>(), 3e-6 * apart.abs().max().item<double>());
  EXPECT_TRUE(at::equal(network->features(x), apart)) << "merging left the network as it was";
}

TEST(TorchSegmenter, GradientsReachWhatTrainsAndNothingElseInEveryEpoch) {
  for (const SegmentDecoder decoder : kDecoders) {
    for (const std::int64_t rank : {0, 4}) {
      SegmenterGeometry geometry = small_geometry(decoder);
      geometry.lora_rank = geometry.has_encoder() ? rank : 0;
      geometry.lora_dropout = 0.1;
      geometry.taps = {1, 2, 2, 3};  // nothing comes of the fourth block
      const auto network = make(geometry);
      draw(*network, ".lora_B.weight");
      const at::Tensor x = tiles(geometry, 2);
      for (int epoch = 0; epoch < 2; ++epoch) {
        for (const at::Tensor& parameter : network->parameters(false)) {
          parameter.mutable_grad() = at::Tensor();
        }
        network->logits(x, true).square().mean().backward();
        for (const TensorSpec& spec : network->tensors().specs()) {
          const at::Tensor& tensor = network->tensors().at(spec.name);
          EXPECT_EQ(tensor.grad().defined(), spec.is_trainable && !spec.is_buffer)
              << to_string(decoder) << " " << spec.name;
        }
        const at::NoGradGuard no_grad;  // the validation between two epochs
        network->logits(x, false);
      }
    }
  }
}

TEST(TorchSegmenter, OnlyTrainingMovesBatchStatistics) {
  const at::NoGradGuard no_grad;
  const SegmenterGeometry geometry = small_geometry(SegmentDecoder::kPup);
  const auto network = make(geometry);
  const at::Tensor mean = network->tensors().at("decoder.decode_net.0.1.running_mean");
  const at::Tensor before = mean.clone();
  const at::Tensor x = tiles(geometry, 2);
  network->logits(x, false);
  EXPECT_TRUE(at::equal(mean, before));
  network->logits(x, true);
  EXPECT_FALSE(at::equal(mean, before));
}

/// Weights of the bicubic kernel of A = -0.75 for the four cells around a position `t` after the
/// second of them.
std::array<double, 4> cubic(double t) {
  constexpr double kA = -0.75;
  const auto inner = [](double d) { return ((kA + 2) * d - (kA + 3)) * d * d + 1; };
  const auto outer = [](double d) { return ((kA * d - 5 * kA) * d + 8 * kA) * d - 4 * kA; };
  return {outer(t + 1), inner(t), inner(1 - t), outer(2 - t)};
}

/// What row `destination` of `rows` takes from each of the 37 rows of a position table.
std::vector<float> row_weights(PositionRule rule, std::int64_t rows, std::int64_t destination) {
  std::vector<float> weights;
  for (std::int64_t source = 0; source < 37; ++source) {
    at::Tensor table = at::zeros({1, 1370, 1});
    table.narrow(1, 1 + 37 * source, 37).fill_(1.0);
    const at::Tensor resampled = interpolate_positions(table, rule, rows, rows);
    weights.push_back(resampled[0][1 + rows * destination][0].item<float>());
  }
  return weights;
}

TEST(PositionTable, IsResampledByTheScaleThatDinov2Gives) {
  const struct {
    std::int64_t rows, destination;
    double source;
    std::array<double, 4> weights;
  } cases[] = {
      {72, 0, -0.243412, {-0.033621, 0.253405, 0.884716, -0.104501}},
      {72, 35, 17.717753, cubic(0.717753)},
      {20, 0, 0.420398, {-0.105921, 0.695221, 0.487527, -0.076827}},
  };
  for (const auto& c : cases) {
    std::vector<double> expected(37, 0.0);
    const auto base = static_cast<std::int64_t>(std::floor(c.source));
    for (std::int64_t k = 0; k < 4; ++k) {
      const auto row = std::clamp<std::int64_t>(base - 1 + k, 0, 36);
      expected[static_cast<std::size_t>(row)] += c.weights[static_cast<std::size_t>(k)];
    }
    const auto weights = row_weights(PositionRule::kOffset, c.rows, c.destination);
    for (std::size_t row = 0; row < expected.size(); ++row) {
      EXPECT_NEAR(weights[row], expected[row], 2e-6) << c.rows << " " << row;
    }
  }
}

TEST(PositionTable, RulesDifferButForItsOwnGrid) {
  const at::Tensor table = at::rand({1, 1370, 3});
  const auto resampled = [&table](PositionRule rule, std::int64_t side) {
    return interpolate_positions(table, rule, side, side);
  };
  for (const PositionRule rule :
       {PositionRule::kOffset, PositionRule::kSize, PositionRule::kAntialias}) {
    EXPECT_TRUE(at::equal(resampled(rule, 37), table));
    EXPECT_TRUE(at::equal(resampled(rule, 20).narrow(1, 0, 1), table.narrow(1, 0, 1)));
  }
  const at::Tensor offset = resampled(PositionRule::kOffset, 20);
  const at::Tensor size = resampled(PositionRule::kSize, 20);
  const at::Tensor antialias = resampled(PositionRule::kAntialias, 20);
  EXPECT_GT(offset.sub(size).abs().max().item<double>(), 0.01);
  EXPECT_GT(antialias.sub(size).abs().max().item<double>(), 0.01);
}

TEST(PositionTable, HasARowForEveryPatchWhereTheScaleAloneWouldRoundWrong) {
  const at::Tensor table = at::rand({1, 1370, 2});
  for (const std::int64_t side : {39, 43, 78, 86, 115, 123}) {
    EXPECT_EQ(interpolate_positions(table, PositionRule::kOffset, side, side).size(1),
              1 + side * side);
  }
}

TEST(Resizing, FollowsTheRuleThatEachDecoderNames) {
  const at::Tensor x = at::tensor({0.0F, 6.0F, 12.0F, 30.0F}).view({1, 1, 2, 2});
  const float corners[5][3] = {{0, 3, 6}, {3, 7.5, 12}, {6, 12, 18}, {9, 16.5, 24}, {12, 21, 30}};
  // Rows at -0.3, 0.1, 0.5, 0.9, 1.3 and columns at -1/6, 1/2, 7/6, cut to 0..1.
  const float centres[5][3] = {
      {0, 3, 6}, {1.2F, 4.8F, 8.4F}, {6, 12, 18}, {10.8F, 19.2F, 27.6F}, {12, 21, 30}};
  const float nearest[5][3] = {{0, 0, 6}, {0, 0, 6}, {0, 0, 6}, {12, 12, 30}, {12, 12, 30}};
  SegmenterGeometry geometry = small_geometry(SegmentDecoder::kLinear);
  const auto network = make(geometry);
  ASSERT_TRUE(network->tensors().assign("decoder.weight", at::zeros({3, 16, 1, 1}).fill_(1.0)));
  ASSERT_TRUE(network->tensors().assign("decoder.bias", at::zeros({3})));
  const std::vector<at::Tensor> features{x.div(16.0).expand({1, 16, 2, 2})};
  const at::Tensor blocky = network->head()->forward(features, {5, 3}, false);
  for (std::int64_t i = 0; i < 5; ++i) {
    for (std::int64_t j = 0; j < 3; ++j) {
      EXPECT_NEAR(resize_bilinear(x, {5, 3}, true)[0][0][i][j].item<float>(), corners[i][j], 1e-5);
      EXPECT_NEAR(resize_bilinear(x, {5, 3}, false)[0][0][i][j].item<float>(), centres[i][j], 1e-5);
      EXPECT_NEAR(blocky[0][1][i][j].item<float>(), nearest[i][j], 1e-5);
    }
  }
}

}  // namespace
}  // namespace geod::models
