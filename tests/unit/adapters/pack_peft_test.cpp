#include "adapters/pack_peft.hpp"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "adapters/bundle.hpp"
#include "adapters/bundle_folder.hpp"
#include "adapters/export_trunk.hpp"
#include "models/safetensors.hpp"
#include "tests/support/adapter_bundles.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using models::FloatTensor;
using models::Task;
using models::test::TmpDir;
using nlohmann::json;
using test::small_base;
using test::small_content;
using test::write_small_bundle;

/// The two files of peft, taken out of a bundle, and other files as a training run leaves them.
class PackPeft : public ::testing::Test {
 protected:
  PackPeft() : bundle_(write_small_bundle(folder_.path() / "bundles")) {
    fs::create_directory(folder_.path() / "run");
    for (const char* file : {kConfigFile, kAdapterFile}) {
      fs::copy_file(bundle_ / file, folder_.path() / "run" / file);
    }
    folder_.write("run/training_args.txt", "lr 1e-3");
    request_.peft = folder_.path() / "run";
    request_.base = small_base();
    request_.name = "packed";
    request_.version = "1";
  }

  Error refusal() const {
    const auto content = pack_peft(request_);
    EXPECT_FALSE(content);
    return content ? Error{} : content.error();
  }

  TmpDir folder_;
  fs::path bundle_;
  PackRequest request_;
};

TEST_F(PackPeft, TakesTheAdapterAloneOverTheBasesOwnHead) {
  const auto content = pack_peft(request_);
  ASSERT_TRUE(content) << content.error().what;
  EXPECT_EQ(content->manifest.model_id(), "packed-1");
  EXPECT_EQ(content->manifest.geometry.lora_rank, 2);
  EXPECT_EQ(content->manifest.geometry.lora_alpha, 3.0);
  EXPECT_EQ(content->base_model_id, "base-1");
  const BundleContent whole = small_content();
  for (const auto& [name, tensor] : content->tensors) {
    EXPECT_TRUE(name.starts_with("gpt2.")) << name;
    EXPECT_EQ(tensor.values, whole.tensors.at(name).values) << name;
  }
  const auto path = write_bundle(folder_.path(), *content, test::golden_zeros);
  ASSERT_TRUE(path) << path.error().what;
  EXPECT_TRUE(read_bundle(*path, small_base()));
}

TEST_F(PackPeft, TakesAHeadAsPythonSavesIt) {
  std::vector<FloatTensor> tensors;
  const BundleContent whole = small_content(Task::kBaz);
  for (const auto& [name, tensor] : whole.tensors) {
    if (!name.starts_with("gpt2.")) {
      tensors.push_back({name, tensor.shape, tensor.values});
    }
  }
  tensors.push_back({"convs.0.norm.num_batches_tracked", {}, {1234.0F}});
  request_.head = folder_.path() / "head.safetensors";
  ASSERT_TRUE(models::write_safetensors(*request_.head, tensors, {}));
  request_.task = Task::kBaz;
  const auto content = pack_peft(request_);
  ASSERT_TRUE(content) << content.error().what;
  EXPECT_EQ(content->tensors.size(), whole.tensors.size());

  request_.task = Task::kDpk;  // that head is not a picker's
  EXPECT_EQ(refusal().code, Errc::kModelMismatch);
}

TEST_F(PackPeft, TakesHeadAndSettingsOfABundle) {
  BundleContent other = small_content(Task::kEmg);
  other.manifest.name = "other";
  other.manifest.scalar.sigma = 0.25;
  other.tensors["gpt2.wpe.weight"].values[0] = 9.0F;
  request_.head_bundle = write_small_bundle(folder_.path() / "bundles", other);
  request_.task = Task::kEmg;
  const auto content = pack_peft(request_);
  ASSERT_TRUE(content) << content.error().what;
  EXPECT_EQ(content->manifest.scalar.sigma, 0.25);
  EXPECT_EQ(content->tensors.at("out_head.lin.bias").values,
            other.tensors.at("out_head.lin.bias").values);
  EXPECT_EQ(content->tensors.at("gpt2.wpe.weight").values,
            small_content().tensors.at("gpt2.wpe.weight").values);

  request_.task = Task::kDis;
  EXPECT_NE(refusal().what.find("task emg"), std::string::npos);
}

TEST_F(PackPeft, NeedsAHeadForAnotherTaskThanTheBases) {
  request_.task = Task::kPmp;
  EXPECT_EQ(refusal().code, Errc::kModelMismatch);
  EXPECT_NE(refusal().what.find("out_head."), std::string::npos);
}

TEST_F(PackPeft, TurnsARankStabilisedScaleIntoAPlainOne) {
  json config = json::parse(TmpDir::read(request_.peft / kConfigFile));
  config["use_rslora"] = true;
  folder_.write("run/adapter_config.json", config.dump());
  const auto content = pack_peft(request_);
  ASSERT_TRUE(content) << content.error().what;
  EXPECT_DOUBLE_EQ(content->manifest.geometry.lora_alpha, 3.0 * std::sqrt(2.0));
}

TEST_F(PackPeft, NeverReadsAPickle) {
  fs::rename(request_.peft / kAdapterFile, request_.peft / "adapter_model.bin");
  EXPECT_EQ(refusal().code, Errc::kUnsupported);
  EXPECT_NE(refusal().what.find("pickle"), std::string::npos);
  fs::remove(request_.peft / "adapter_model.bin");
  EXPECT_EQ(refusal().code, Errc::kNotFound);
}

TEST_F(PackPeft, RefusesAnAdapterOfAnotherShape) {
  request_.base.geometry.embed_channels[3] = 16;
  EXPECT_EQ(refusal().code, Errc::kModelMismatch);
  EXPECT_NE(refusal().what.find("shape"), std::string::npos);
}

/// A model folder with weights that the names tell apart.
void write_base(const fs::path& folder, models::Manifest manifest) {
  std::vector<FloatTensor> tensors;
  for (const auto& spec : models::tensor_specs(manifest.geometry, manifest.task)) {
    tensors.push_back({spec.name, spec.shape, test::numbered(spec).values});
  }
  fs::create_directories(folder);
  ASSERT_TRUE(models::write_safetensors(folder / "model.safetensors", tensors, {}));
  manifest.weights_sha256 = *models::InputFile::open(folder / "model.safetensors")->sha256();
  ASSERT_TRUE(models::save_manifest(folder, manifest));
}

TEST(ExportTrunk, WritesTheBlocksAsTransformersNamesThem) {
  const TmpDir folder;
  write_base(folder.path() / "base", small_base());
  const fs::path out = folder.path() / "trunk";
  const auto done = export_trunk(folder.path() / "base", out);
  ASSERT_TRUE(done) << done.error().what;
  const json config = json::parse(TmpDir::read(out / "config.json"));
  EXPECT_EQ(config["model_type"], "gpt2");
  EXPECT_EQ(config["n_layer"], 2);
  EXPECT_EQ(config["n_embd"], 64);
  EXPECT_EQ(config["n_head"], 4);
  EXPECT_EQ(config["n_positions"], 64);
  const auto file = models::SafetensorsFile::open(out / "model.safetensors");
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->tensors().size(), models::trunk_specs(small_base().geometry).size() + 1);
  const auto base = models::SafetensorsFile::open(folder.path() / "base" / "model.safetensors");
  EXPECT_EQ(*file->read_floats("h.1.mlp.c_proj.weight"),
            *base->read_floats("gpt2.h.1.mlp.c_proj.weight"));
  EXPECT_EQ(export_trunk(folder.path() / "base", out).error().code, Errc::kIo);
}

TEST(ExportTrunk, LeavesNothingWhenTheWeightsAreNotTheManifests) {
  const TmpDir folder;
  write_base(folder.path() / "base", small_base());
  std::string bytes = TmpDir::read(folder.path() / "base" / "model.safetensors");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  folder.write("base/model.safetensors", bytes);
  const auto done = export_trunk(folder.path() / "base", folder.path() / "trunk");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kModelMismatch);
  EXPECT_FALSE(fs::exists(folder.path() / "trunk"));
}

}  // namespace
}  // namespace geod::adapters
