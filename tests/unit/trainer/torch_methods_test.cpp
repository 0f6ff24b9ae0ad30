#include "trainer/torch_methods.hpp"

#include <algorithm>

#include "adapters/bundle.hpp"
#include "tests/unit/trainer/training_fixture.hpp"

namespace geod::trainer {
namespace {

/// One letter a kind of tensor: what a method trains. Upper case: it does.
std::string trained(Method method, const LoraOptions& lora = {}) {
  const std::pair<const char*, const char*> kinds[] = {
      {"convs.0.convs.1.conv.weight", "convolution"},
      {"convs.0.convs.1.norm.weight", "batch norm"},
      {"convs.0.convs.1.norm.bias", "its bias"},
      {"gpt2.wpe.weight", "positions"},
      {"gpt2.h.0.ln_1.weight", "layer norm"},
      {"gpt2.h.0.ln_1.bias", "its bias"},
      {"gpt2.h.0.attn.c_attn.weight", "matrix"},
      {"gpt2.h.0.attn.c_attn.bias", "its bias"},
      {"gpt2.h.0.attn.c_attn.lora_A.weight", "attention pair"},
      {"gpt2.h.0.mlp.c_proj.lora_B.weight", "mlp pair"},
      {"out_head.lin.weight", "head"},
      {"convs.0.norm.running_mean", "statistics"}};
  models::SeisMollmGeometry geometry = *models::named_geometry("starter");
  geometry.lora_rank = 4;
  std::string text;
  for (const auto& [name, kind] : kinds) {
    for (const models::TensorSpec& spec : models::tensor_specs(geometry, models::Task::kEmg)) {
      if (spec.name == name && trains(spec, method, lora)) {
        text += (text.empty() ? "" : ", ") + std::string(kind);
      }
    }
  }
  return text;
}

TEST(Methods, TrainWhatTheTableOfTheDocumentationSays) {
  EXPECT_EQ(trained(Method::kLora),
            "convolution, batch norm, its bias, positions, layer norm, its bias, attention pair, "
            "mlp pair, head");
  EXPECT_EQ(trained(Method::kLora,
                    {.rank = {}, .alpha = {}, .dropout = {}, .targets = {LoraTarget::kMlpOut}}),
            "convolution, batch norm, its bias, positions, layer norm, its bias, mlp pair, head");
  EXPECT_EQ(trained(Method::kFull),
            "convolution, batch norm, its bias, positions, layer norm, its bias, matrix, its bias, "
            "attention pair, mlp pair, head");
  EXPECT_EQ(trained(Method::kBitFit), "its bias, its bias, its bias, head");
  EXPECT_EQ(trained(Method::kNorms), "batch norm, its bias, layer norm, its bias, head");
  EXPECT_EQ(trained(Method::kHead), "head");
}

class MethodRuns : public test::TrainingTest {
 protected:
  void SetUp() override {
    TrainingTest::SetUp();
    TrainOptions base = options("base");
    base.steps = 2;
    ASSERT_TRUE(run(base));
  }

  TrainOptions tuning(const char* out, Method method) const {
    TrainOptions tuned = options(out);
    tuned.init = dir_ / "base";
    tuned.task = models::Task::kEmg;
    tuned.method = method;
    tuned.steps = 3;
    return tuned;
  }

  /// The bundle that a run of `tuning` wrote, read over its base.
  adapters::Bundle bundle(const char* out) const {
    const auto base = models::load_manifest(dir_ / "base");
    const auto read = adapters::read_bundle((dir_ / out) / "picker-1", *base);
    EXPECT_TRUE(read) << read.error().what;
    return read ? *read : adapters::Bundle{};
  }
};

TEST_F(MethodRuns, HeadWritesABundleOfTheHeadAlone) {
  const auto report = run(tuning("tuned", Method::kHead));
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->out, (dir_ / "tuned") / "picker-1");
  const adapters::Bundle written = bundle("tuned");
  ASSERT_TRUE(written.overlay);
  EXPECT_EQ(written.overlay->manifest.task, models::Task::kEmg);
  EXPECT_EQ(written.overlay->tensors.size(), 6U);
  for (const auto& [name, tensor] : written.overlay->tensors) {
    EXPECT_TRUE(name.starts_with("out_head.")) << name;
  }
}

TEST_F(MethodRuns, LoraAddsPairsToABaseWithoutThemAndFreezesItsMatrices) {
  TrainOptions tuned = tuning("tuned", Method::kLora);
  tuned.lora.rank = 3;
  const auto report = run(tuned);
  ASSERT_TRUE(report) << report.error().what;
  const adapters::Bundle written = bundle("tuned");
  ASSERT_TRUE(written.overlay);
  EXPECT_EQ(written.overlay->manifest.geometry.lora_rank, 3);
  EXPECT_EQ(written.overlay->manifest.geometry.lora_alpha, 3.0);
  const auto& tensors = written.overlay->tensors;
  EXPECT_TRUE(tensors.contains("gpt2.h.0.ln_1.weight"));
  EXPECT_TRUE(tensors.contains("convs.0.norm.running_mean"));
  EXPECT_FALSE(tensors.contains("gpt2.h.0.attn.c_attn.weight"));
  EXPECT_FALSE(tensors.contains("gpt2.h.0.mlp.c_fc.bias"));
  const std::vector<float>& b = tensors.at("gpt2.h.0.attn.c_attn.lora_B.weight").values;
  EXPECT_GT(*std::max_element(b.begin(), b.end()), 0.0F);
}

TEST_F(MethodRuns, TwoTasksMayGoIntoOneFolder) {
  TrainOptions magnitude = tuning("bundles", Method::kHead);
  TrainOptions distance = magnitude;
  distance.task = models::Task::kDis;
  distance.name = "dis";
  ASSERT_TRUE(run(magnitude));
  const auto report = run(distance);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_TRUE(std::filesystem::exists((dir_ / "bundles") / "picker-1"));
  EXPECT_TRUE(std::filesystem::exists((dir_ / "bundles") / "dis-1"));
}

TEST_F(MethodRuns, LoraPairsOfLayersThatAreNoTargetStayAtZero) {
  TrainOptions tuned = tuning("tuned", Method::kLora);
  tuned.lora.targets = {LoraTarget::kMlp};
  const auto report = run(tuned);
  ASSERT_TRUE(report) << report.error().what;
  const adapters::Bundle written = bundle("tuned");
  ASSERT_TRUE(written.overlay);
  const auto& tensors = written.overlay->tensors;
  const auto moved = [&](const char* name) {
    const std::vector<float>& values = tensors.at(name).values;
    return std::any_of(values.begin(), values.end(), [](float v) { return v != 0.0F; });
  };
  EXPECT_TRUE(moved("gpt2.h.0.mlp.c_fc.lora_B.weight"));
  EXPECT_FALSE(moved("gpt2.h.0.attn.c_proj.lora_B.weight"));
}

TEST_F(MethodRuns, FullTrainsTheMatrices) {
  const auto report = run(tuning("tuned", Method::kFull));
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_GT(largest_difference("tuned/model.safetensors", "base/model.safetensors"), 0.0);
}

TEST_F(MethodRuns, ScratchRefusesABaseAndTheOthersRefuseNone) {
  const auto scratch = run(tuning("tuned", Method::kScratch));
  ASSERT_FALSE(scratch);
  EXPECT_EQ(scratch.error().code, Errc::kConfig);
  TrainOptions fresh = tuning("tuned", Method::kHead);
  fresh.init.clear();
  const auto head = run(fresh);
  ASSERT_FALSE(head);
  EXPECT_NE(head.error().what.find("--method head needs weights to start from"), std::string::npos);
}

}  // namespace
}  // namespace geod::trainer
