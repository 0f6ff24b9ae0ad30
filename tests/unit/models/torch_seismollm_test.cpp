#include "models/torch_seismollm.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

namespace geod::models {
namespace {

SeisMollmGeometry small_geometry() {
  SeisMollmGeometry geometry = *named_geometry("starter");
  geometry.window_samples = 1024;
  geometry.lora_rank = 4;
  geometry.lora_alpha = 4.0;
  return geometry;
}

std::unique_ptr<TorchSeisMollm> make(const SeisMollmGeometry& geometry, Task task) {
  auto network = TorchSeisMollm::make(geometry, task, 7);
  EXPECT_TRUE(network) << network.error().what;
  return std::move(*network);
}

at::Tensor noise(const SeisMollmGeometry& geometry, std::int64_t batch) {
  return at::randn({batch, geometry.in_channels, geometry.window_samples});
}

TEST(TorchSeisMollm, ReturnsEachTasksShapeInsideItsRange) {
  const SeisMollmGeometry geometry = small_geometry();
  const struct {
    Task task;
    std::vector<std::int64_t> shape;
    double low, high;
  } cases[] = {{Task::kDpk, {2, 3, 1024}, 0, 1},
               {Task::kPmp, {2, 2}, 0, 1},
               {Task::kBaz, {2, 2}, -1, 1},
               {Task::kEmg, {2, 1}, 0, 8},
               {Task::kDis, {2, 1}, 0, 500}};
  for (const auto& c : cases) {
    const auto network = make(geometry, c.task);
    const at::Tensor y = network->activate(network->logits(noise(geometry, 2), false));
    EXPECT_EQ(y.sizes(), at::IntArrayRef(c.shape));
    EXPECT_GE(y.min().item<double>(), c.low);
    EXPECT_LE(y.max().item<double>(), c.high);
  }
}

TEST(TorchSeisMollm, RunsBothPublishedWindows) {
  const at::NoGradGuard no_grad;
  for (const char* name : {"seismollm-diting", "seismollm-stead"}) {
    const SeisMollmGeometry geometry = *named_geometry(name);
    const auto network = make(geometry, Task::kDpk);
    const at::Tensor x = noise(geometry, 1);
    EXPECT_EQ(network->embedder().forward(x, false).size(2), geometry.feature_columns());
    EXPECT_EQ(network->logits(x, false).size(2), geometry.window_samples);
  }
}

TEST(TorchSeisMollm, IsReproducibleForASeed) {
  const SeisMollmGeometry geometry = small_geometry();
  const at::Tensor x = noise(geometry, 1);
  EXPECT_TRUE(at::equal(make(geometry, Task::kDpk)->logits(x, false),
                        make(geometry, Task::kDpk)->logits(x, false)));
}

TEST(TokenLayout, TokensComeBackFromTheirLayout) {
  const at::Tensor features = at::randn({2, 24, 128 + 3});
  const at::Tensor tokens = to_tokens(features, 8);
  ASSERT_EQ(tokens.sizes(), at::IntArrayRef({2, 16, 192}));
  // Channel major inside a token: entry c * 8 + p of token n is column 8 n + p of channel c.
  EXPECT_EQ(tokens[1][5][3 * 8 + 2].item<float>(), features[1][3][5 * 8 + 2].item<float>());
  EXPECT_TRUE(at::equal(from_tokens(tokens, 8), features.narrow(2, 0, 128)));
}

TEST(TorchSeisMollm, TrunkIsCausal) {
  const SeisMollmGeometry geometry = small_geometry();
  const auto network = make(geometry, Task::kDpk);
  const at::Tensor tokens = at::randn({1, 16, 192});
  at::Tensor changed = tokens.clone();
  changed[0][9].add_(1.0);
  const at::Tensor a = network->trunk().forward(tokens, false);
  const at::Tensor b = network->trunk().forward(changed, false);
  EXPECT_TRUE(at::equal(a.narrow(1, 0, 9), b.narrow(1, 0, 9)));
  EXPECT_FALSE(at::equal(a.narrow(1, 9, 1), b.narrow(1, 9, 1)));
}

TEST(TorchSeisMollm, PositionsMatter) {
  const SeisMollmGeometry geometry = small_geometry();
  const auto network = make(geometry, Task::kDpk);
  const at::Tensor tokens = at::randn({1, 16, 192});
  const at::Tensor before = network->trunk().forward(tokens, false);
  const at::Tensor positions = network->tensors().at("gpt2.wpe.weight").detach().flip(0);
  ASSERT_TRUE(network->tensors().assign("gpt2.wpe.weight", positions));
  EXPECT_FALSE(at::equal(before, network->trunk().forward(tokens, false)));
}

TEST(TorchSeisMollm, TrainsOnlyWhatLoraLeavesFree) {
  SeisMollmGeometry geometry = small_geometry();
  geometry.dropout = 0.1;
  const auto network = make(geometry, Task::kDpk);
  network->logits(noise(geometry, 2), true).square().mean().backward();
  for (const TensorSpec& spec : network->tensors().specs()) {
    const at::Tensor& tensor = network->tensors().at(spec.name);
    EXPECT_EQ(tensor.grad().defined(), spec.is_trainable && !spec.is_buffer) << spec.name;
  }
  EXPECT_FALSE(network->tensors().at("gpt2.h.0.attn.c_attn.weight").requires_grad());
  EXPECT_FALSE(network->tensors().at("gpt2.h.0.attn.c_attn.bias").requires_grad());
  const at::Tensor positions = network->tensors().at("gpt2.wpe.weight").grad();
  EXPECT_GT(positions.narrow(0, 0, 16).abs().sum().item<float>(), 0.0F);
  EXPECT_EQ(positions.narrow(0, 16, 48).abs().sum().item<float>(), 0.0F);
}

TEST(TorchSeisMollm, UpdatesRunningStatisticsOnlyInTraining) {
  const SeisMollmGeometry geometry = small_geometry();
  const auto network = make(geometry, Task::kDpk);
  const at::Tensor& mean = network->tensors().at("convs.1.convs.2.norm.running_mean");
  network->logits(noise(geometry, 2), false);
  EXPECT_EQ(mean.abs().sum().item<float>(), 0.0F);
  network->logits(noise(geometry, 2), true);
  EXPECT_GT(mean.abs().sum().item<float>(), 0.0F);
}

TEST(TorchSeisMollm, RefusesAWrongShapeAndAnUnknownName) {
  const auto network = make(small_geometry(), Task::kDpk);
  const auto shape = network->tensors().assign("gpt2.ln_f.weight", at::rand({191}));
  ASSERT_FALSE(shape);
  EXPECT_EQ(shape.error().code, Errc::kModelMismatch);
  EXPECT_NE(shape.error().what.find("[192]"), std::string::npos);
  EXPECT_EQ(network->tensors().assign("gpt2.wte.weight", at::rand({1})).error().code,
            Errc::kNotFound);
}

}  // namespace
}  // namespace geod::models
