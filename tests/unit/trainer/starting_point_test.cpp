#include "trainer/starting_point.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "models/import_model.hpp"
#include "models/safetensors.hpp"
#include "tests/unit/trainer/training_fixture.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {
namespace {

/// 64 wide with one head, as the tiny GPT-2 below; LoRA, so that its matrices stay as they are.
constexpr const char* kTrunkGeometry =
    R"({"window_samples": 1024, "sampling_rate": [100, 1],
  "embed_channels": [4, 8, 8, 8], "blocks": 1, "heads": 1, "positions": 128, "dropout": 0.1,
  "lora_rank": 2, "head_channels": [12, 8, 8]})";
constexpr std::int64_t kWidth = 64;
constexpr std::int64_t kPositions = 128;
constexpr std::int64_t kBlocks = 3;

class StartingPointTest : public test::TrainingTest {
 protected:
  void SetUp() override {
    TrainingTest::SetUp();
    dir_.write("trunk.json", kTrunkGeometry);
    write_gpt2();
    const auto folder = models::import_gpt2(dir_ / "gpt2.safetensors", dir_ / "models", kBlocks);
    ASSERT_TRUE(folder) << folder.error().what;
    trunk_ = *folder;
  }

  /// A GPT-2 of three blocks as Hugging Face lays it out, masks and word table included.
  void write_gpt2() {
    Rng rng(7);
    std::vector<models::FloatTensor> tensors;
    const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
      std::int64_t count = 1;
      for (const std::int64_t length : shape) {
        count *= length;
      }
      std::vector<float> values(static_cast<std::size_t>(count));
      for (float& value : values) {
        value = static_cast<float>(0.1 * rng.normal());
      }
      tensors.push_back({name, std::move(shape), std::move(values)});
    };
    add("wte.weight", {10, kWidth});
    add("wpe.weight", {kPositions, kWidth});
    for (std::int64_t block = 0; block < kBlocks; ++block) {
      const std::string h = fmt::format("h.{}.", block);
      for (const char* norm : {"ln_1", "ln_2"}) {
        add(h + norm + ".weight", {kWidth});
        add(h + norm + ".bias", {kWidth});
      }
      add(h + "attn.bias", {1, 1, kPositions, kPositions});
      add(h + "attn.c_attn.weight", {kWidth, 3 * kWidth});
      add(h + "attn.c_attn.bias", {3 * kWidth});
      add(h + "attn.c_proj.weight", {kWidth, kWidth});
      add(h + "attn.c_proj.bias", {kWidth});
      add(h + "mlp.c_fc.weight", {kWidth, 4 * kWidth});
      add(h + "mlp.c_fc.bias", {4 * kWidth});
      add(h + "mlp.c_proj.weight", {4 * kWidth, kWidth});
      add(h + "mlp.c_proj.bias", {kWidth});
    }
    add("ln_f.weight", {kWidth});
    add("ln_f.bias", {kWidth});
    ASSERT_TRUE(models::write_safetensors(dir_ / "gpt2.safetensors", std::move(tensors), {}));
  }

  TrainOptions one_step(const char* out) const {
    TrainOptions train = options(out);
    train.geometry = dir_ / "trunk.json";
    train.trunk = trunk_;
    train.steps = 1;
    return train;
  }

  std::filesystem::path trunk_;
};

TEST_F(StartingPointTest, TrainsFromTheFirstBlocksOfAnImportedGpt2) {
  const TrainOptions train = one_step("model");
  const auto report = run(train);
  ASSERT_TRUE(report) << report.error().what;
  const auto gpt2 = models::SafetensorsFile::open(dir_ / "gpt2.safetensors");
  const auto model = models::SafetensorsFile::open((dir_ / "model") / "model.safetensors");
  ASSERT_TRUE(gpt2 && model);
  int compared = 0;
  for (const auto& [name, entry] : model->tensors()) {
    if (!name.starts_with("gpt2.") || name.find("lora") != std::string::npos) {
      continue;
    }
    const auto trained = model->read_floats(name);
    const auto source = gpt2->read_floats(name.substr(5));
    ASSERT_TRUE(trained && source) << name;
    ASSERT_EQ(trained->size(), source->size()) << name;
    const bool is_frozen = name.find(".c_") != std::string::npos;
    // One step of AdamW moves a weight by its rate at most, and by the decay.
    const double tolerance = is_frozen ? 0.0 : 1.1 * train.learning_rate;
    for (std::size_t i = 0; i < source->size(); ++i) {
      ASSERT_LE(std::abs((*trained)[i] - (*source)[i]), tolerance) << name << " at " << i;
    }
    ++compared;
  }
  EXPECT_EQ(compared, 15);  // positions, 4 + 8 tensors of the one block, final norm
  const auto manifest = models::load_manifest(dir_ / "model");
  ASSERT_TRUE(manifest);
  const auto provenance = nlohmann::json::parse(manifest->provenance_json);
  EXPECT_EQ(provenance["started_from"]["provenance"]["imported_from"], "gpt2.safetensors");
}

TEST_F(StartingPointTest, RefusesATrunkThatDoesNotFitNamingWhat) {
  const auto expect_refused = [&](const std::string& geometry, const std::string& what) {
    TrainOptions train = one_step("model");
    train.geometry = geometry;
    const auto report = run(train);
    ASSERT_FALSE(report) << geometry;
    EXPECT_EQ(report.error().code, Errc::kModelMismatch);
    EXPECT_NE(report.error().what.find(what), std::string::npos) << report.error().what;
    EXPECT_NE(report.error().what.find(trunk_.string()), std::string::npos);
  };
  expect_refused("starter", "width is 64, the network's geometry needs 192");
  expect_refused(dir_ / "tiny.json", "attention heads are 1, the network's geometry needs 2");
  const std::string geometry = kTrunkGeometry;
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = geometry;
    changed.replace(changed.find(from), from.size(), to);
    dir_.write("changed.json", changed);
    return dir_ / "changed.json";
  };
  expect_refused(with("\"positions\": 128", "\"positions\": 32"), "positions are 128");
  expect_refused(with("\"blocks\": 1", "\"blocks\": 4"), "blocks are 3");
}

TEST_F(StartingPointTest, TellsAModelFromATrunk) {
  TrainOptions train = one_step("model");
  std::swap(train.init, train.trunk);
  const auto as_model = find_starting_point(train);
  ASSERT_FALSE(as_model);
  EXPECT_NE(as_model.error().what.find("--trunk"), std::string::npos);
  train.trunk = trunk_;
  const auto both = find_starting_point(train);
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, Errc::kConfig);
}

}  // namespace
}  // namespace geod::trainer
