#include "models/overlay.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "models/tensor_specs.hpp"

namespace geod::models {
namespace {

/// A base without LoRA, and an overlay of its task with LoRA and a head.
class Overlay : public ::testing::Test {
 protected:
  Overlay() {
    base_.name = "base";
    base_.version = "1";
    base_.geometry = *named_geometry("starter");
    base_.weights_sha256 = std::string(64, 'b');
    overlay_.manifest = base_;
    overlay_.manifest.geometry.lora_rank = 2;
    fill(Part::kLora);
  }

  /// Puts all tensors of a part of the overlay's network into it.
  void fill(Part part) {
    for (const TensorSpec& spec : specs()) {
      if (spec.part == part) {
        overlay_.tensors[spec.name] = {
            spec.shape, std::vector<float>(static_cast<std::size_t>(spec.elements()), 0.5F)};
      }
    }
  }

  std::vector<TensorSpec> specs() const {
    return tensor_specs(overlay_.manifest.geometry, overlay_.manifest.task);
  }

  /// The text of the refusal.
  std::string refusal() const {
    const auto ok = check_overlay(base_, overlay_);
    EXPECT_FALSE(ok);
    EXPECT_EQ(ok ? Errc::kIo : ok.error().code, Errc::kModelMismatch);
    return ok ? "" : ok.error().what;
  }

  Manifest base_;
  NetworkOverlay overlay_;
};

TEST_F(Overlay, TakesWhatFits) {
  EXPECT_TRUE(check_overlay(base_, overlay_));
  fill(Part::kHead);
  EXPECT_TRUE(check_overlay(base_, overlay_));
  overlay_.manifest.geometry.dropout = 0.2;
  overlay_.manifest.geometry.lora_dropout = 0.3;
  EXPECT_TRUE(check_overlay(base_, overlay_));
}

TEST_F(Overlay, RefusesAnotherBase) {
  overlay_.manifest.weights_sha256 = std::string(64, 'c');
  EXPECT_NE(refusal().find("SHA-256"), std::string::npos);
}

TEST_F(Overlay, RefusesAnotherGeometry) {
  overlay_.manifest.geometry.heads = 2;
  EXPECT_NE(refusal().find("geometry"), std::string::npos);
}

TEST_F(Overlay, RefusesATensorThatTheNetworkHasNot) {
  overlay_.tensors["gpt2.h.9.ln_1.weight"] = {{1}, {0.0F}};
  EXPECT_NE(refusal().find("gpt2.h.9.ln_1.weight"), std::string::npos);
}

TEST_F(Overlay, RefusesAnotherShape) {
  HostTensor& tensor = overlay_.tensors["gpt2.h.0.attn.c_attn.lora_A.weight"];
  std::swap(tensor.shape[0], tensor.shape[1]);
  EXPECT_NE(refusal().find("gpt2.h.0.attn.c_attn.lora_A.weight"), std::string::npos);
  std::swap(tensor.shape[0], tensor.shape[1]);
  tensor.values.pop_back();
  EXPECT_NE(refusal().find("does not fill"), std::string::npos);
}

TEST_F(Overlay, RefusesValuesThatAreNotFinite) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    overlay_.tensors["gpt2.h.1.mlp.c_fc.lora_B.weight"].values.back() = value;
    EXPECT_NE(refusal().find("not finite"), std::string::npos);
  }
}

TEST_F(Overlay, NeedsItsOwnHeadForAnotherTask) {
  // The heads of these two have the same names and shapes.
  base_.task = Task::kEmg;
  overlay_.manifest.task = Task::kDis;
  EXPECT_NE(refusal().find("out_head."), std::string::npos);
  fill(Part::kHead);
  EXPECT_TRUE(check_overlay(base_, overlay_));
  overlay_.tensors.erase("out_head.lin.bias");
  EXPECT_NE(refusal().find("out_head.lin.bias"), std::string::npos);
}

TEST_F(Overlay, NeedsLoraWholeOrTheBasesOwn) {
  overlay_.tensors.erase("gpt2.h.0.attn.c_attn.lora_A.weight");
  EXPECT_NE(refusal().find("LoRA"), std::string::npos);
  overlay_.tensors.clear();  // rank 2 over a base without LoRA
  EXPECT_NE(refusal().find("LoRA"), std::string::npos);

  base_.geometry.lora_rank = 2;
  EXPECT_TRUE(check_overlay(base_, overlay_));
  overlay_.manifest.geometry.lora_alpha += 1.0;
  EXPECT_NE(refusal().find("LoRA"), std::string::npos);
  overlay_.manifest.geometry = base_.geometry;
  overlay_.manifest.geometry.lora_rank = 0;  // would drop the base's own
  EXPECT_NE(refusal().find("LoRA"), std::string::npos);
}

TEST_F(Overlay, ChecksTheGoldenCase) {
  const auto samples = static_cast<std::size_t>(base_.geometry.window_samples);
  const GoldenCase good{std::vector<float>(3 * samples), std::vector<float>(2 * samples), 1e-4};
  overlay_.golden = good;
  EXPECT_TRUE(check_overlay(base_, overlay_));
  overlay_.golden->input.pop_back();
  EXPECT_NE(refusal().find("golden"), std::string::npos);
  overlay_.golden = good;
  overlay_.golden->output.resize(samples);
  EXPECT_NE(refusal().find("golden"), std::string::npos);
  overlay_.golden = good;
  overlay_.golden->output.front() = std::nanf("");
  EXPECT_NE(refusal().find("golden"), std::string::npos);
  for (const double tolerance : {0.0, -1.0, 0.5, std::nan("")}) {
    overlay_.golden = good;
    overlay_.golden->tolerance = tolerance;
    EXPECT_NE(refusal().find("tolerance"), std::string::npos);
  }
}

}  // namespace
}  // namespace geod::models
