#include <gtest/gtest.h>

#include "models/golden_image.hpp"
#include "models/network_shape.hpp"
#include "models/overlay.hpp"
#include "models/tensor_specs.hpp"
#include "tests/support/image_manifests.hpp"

namespace geod::models {
namespace {

using test::small_encoder;
using test::small_segmenter;

/// An encoder, and what training a decoder with LoRA on it gives.
class OverlayOfImages : public ::testing::Test {
 protected:
  OverlayOfImages() {
    overlay_.manifest = small_segmenter();
    overlay_.manifest.segmenter.lora_rank = 2;
    fill(Part::kLora);
    fill(Part::kDecoder);
  }

  void fill(Part part) {
    for (const TensorSpec& spec : tensor_specs(overlay_.manifest)) {
      if (spec.part == part) {
        overlay_.tensors[spec.name] = {
            spec.shape, std::vector<float>(static_cast<std::size_t>(spec.elements()), 0.5F)};
      }
    }
  }

  std::string refusal() const {
    const auto ok = check_overlay(base_, overlay_);
    EXPECT_FALSE(ok);
    EXPECT_EQ(ok ? Errc::kIo : ok.error().code, Errc::kModelMismatch);
    return ok ? "" : ok.error().what;
  }

  Manifest base_ = small_encoder();
  NetworkOverlay overlay_;
};

TEST_F(OverlayOfImages, TakesADecoderOverAnEncoder) {
  const auto ok = check_overlay(base_, overlay_);
  EXPECT_TRUE(ok) << ok.error().what;
  fill(Part::kEncoder);  // trained as a whole
  EXPECT_TRUE(check_overlay(base_, overlay_));
}

TEST_F(OverlayOfImages, NeedsTheWholeDecoderOverAnEncoder) {
  overlay_.tensors.erase("decoder.decode_net.8.weight");
  EXPECT_NE(refusal().find("decoder.decode_net.8.weight"), std::string::npos);
}

TEST_F(OverlayOfImages, TakesWhatLacksFromANetworkWithTheSameDecoder) {
  base_ = small_segmenter();
  base_.weights_sha256 = overlay_.manifest.weights_sha256;
  std::erase_if(overlay_.tensors,
                [](const auto& entry) { return entry.first.starts_with("decoder."); });
  EXPECT_TRUE(check_overlay(base_, overlay_));

  // Also at another size: decoders have no size of their own.
  overlay_.manifest.segmenter.rows = 112;
  EXPECT_TRUE(check_overlay(base_, overlay_));

  overlay_.manifest.task = Task::kCrater;  // same names and shapes, another meaning
  EXPECT_NE(refusal().find("task crater"), std::string::npos);
  overlay_.manifest.task = base_.task;
  overlay_.manifest.segmenter.classes = 4;
  overlay_.manifest.segments.class_names = {"0", "1", "2", "3"};
  EXPECT_NE(refusal().find("decoder."), std::string::npos);
}

TEST_F(OverlayOfImages, RefusesAnotherEncoder) {
  const SegmenterGeometry good = overlay_.manifest.segmenter;
  for (const auto& change : std::vector<void (*)(SegmenterGeometry&)>{
           [](SegmenterGeometry& g) { g.heads = 4; },
           [](SegmenterGeometry& g) { g.registers = 4; },
           [](SegmenterGeometry& g) { g.blocks = 5; },
           [](SegmenterGeometry& g) { g.position_grid = 5; },
           [](SegmenterGeometry& g) { g.position_rule = PositionRule::kSize; },
           [](SegmenterGeometry& g) { g.patch = 7; },
       }) {
    overlay_.manifest.segmenter = good;
    change(overlay_.manifest.segmenter);
    EXPECT_NE(refusal().find("geometry"), std::string::npos);
  }
}

TEST_F(OverlayOfImages, TakesAUNetOverAnyBaseOfImages) {
  overlay_.manifest = small_segmenter(Task::kSalt, SegmentDecoder::kUnet);
  overlay_.tensors.clear();
  fill(Part::kDecoder);
  const auto ok = check_overlay(base_, overlay_);
  EXPECT_TRUE(ok) << ok.error().what;
  overlay_.tensors.erase("unet.outc.conv.bias");
  EXPECT_NE(refusal().find("unet.outc.conv.bias"), std::string::npos);
}

TEST_F(OverlayOfImages, MakesNothingOfAUNet) {
  base_ = small_segmenter(Task::kSalt, SegmentDecoder::kUnet);
  EXPECT_NE(refusal().find("geometry"), std::string::npos);
}

TEST_F(OverlayOfImages, NeedsABaseOfImages) {
  base_.family = kTrunkFamily;
  EXPECT_NE(refusal().find("gpt2"), std::string::npos);
  base_.family = kNetworkFamily;
  EXPECT_NE(refusal().find("seismollm"), std::string::npos);
}

TEST_F(OverlayOfImages, ChecksTheGoldenCase) {
  const GoldenSizes sizes = golden_sizes(overlay_.manifest);
  EXPECT_EQ(sizes.input, 0U);
  EXPECT_EQ(sizes.output, 2U * kGoldenCells * kGoldenCells);
  overlay_.golden = GoldenCase{{}, std::vector<float>(sizes.output), 1e-4};
  EXPECT_TRUE(check_overlay(base_, overlay_));
  overlay_.golden->input = {1.0F};
  EXPECT_NE(refusal().find("golden"), std::string::npos);
  overlay_.golden->input.clear();
  overlay_.golden->output.pop_back();
  EXPECT_NE(refusal().find("golden"), std::string::npos);
}

TEST_F(OverlayOfImages, LoraIsFoundWhereTheFamilyHasIt) {
  EXPECT_EQ(lora_of(overlay_.manifest), (LoraSettings{2, 1.0, 0.0}));
  set_lora({6, 3.0, 0.1}, overlay_.manifest);
  EXPECT_EQ(overlay_.manifest.segmenter.lora_rank, 6);
  EXPECT_EQ(overlay_.manifest.segmenter.lora_alpha, 3.0);
  EXPECT_EQ(overlay_.manifest.segmenter.lora_dropout, 0.1);
}

}  // namespace
}  // namespace geod::models
