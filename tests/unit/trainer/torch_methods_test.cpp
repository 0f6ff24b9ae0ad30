#include "trainer/torch_methods.hpp"

#include <set>

#include "models/safetensors.hpp"
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

  /// Names of the tensors of `out` that the base has, too, with other values.
  std::set<std::string> changed(const char* out) const {
    const auto base = models::SafetensorsFile::open((dir_ / "base") / "model.safetensors");
    const auto tuned = models::SafetensorsFile::open((dir_ / out) / "model.safetensors");
    std::set<std::string> names;
    for (const auto& [name, entry] : tuned->tensors()) {
      if (base->tensors().contains(name) && !name.starts_with("out_head.") &&
          *base->read_floats(name) != *tuned->read_floats(name)) {
        names.insert(name);
      }
    }
    return names;
  }
};

TEST_F(MethodRuns, HeadLeavesTheBackboneAndItsStatisticsBitForBit) {
  const auto report = run(tuning("tuned", Method::kHead));
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(changed("tuned"), std::set<std::string>{});
}

TEST_F(MethodRuns, LoraAddsPairsToABaseWithoutThemAndFreezesItsMatrices) {
  TrainOptions tuned = tuning("tuned", Method::kLora);
  tuned.lora.rank = 3;
  const auto report = run(tuned);
  ASSERT_TRUE(report) << report.error().what;
  const auto manifest = models::load_manifest(dir_ / "tuned");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->geometry.lora_rank, 3);
  EXPECT_EQ(manifest->geometry.lora_alpha, 3.0);
  EXPECT_EQ(manifest->task, models::Task::kEmg);
  const std::set<std::string> names = changed("tuned");
  EXPECT_TRUE(names.contains("gpt2.h.0.ln_1.weight"));
  EXPECT_FALSE(names.contains("gpt2.h.0.attn.c_attn.weight"));
  EXPECT_FALSE(names.contains("gpt2.h.0.mlp.c_fc.bias"));
  const auto file = models::SafetensorsFile::open((dir_ / "tuned") / "model.safetensors");
  const auto b = file->read_floats("gpt2.h.0.attn.c_attn.lora_B.weight");
  ASSERT_TRUE(b);
  EXPECT_GT(*std::max_element(b->begin(), b->end()), 0.0F);
}

TEST_F(MethodRuns, FullTrainsTheMatrices) {
  const auto report = run(tuning("tuned", Method::kFull));
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_TRUE(changed("tuned").contains("gpt2.h.0.attn.c_attn.weight"));
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
