#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "adapters/bundle.hpp"
#include "adapters/bundle_folder.hpp"
#include "adapters/export_trunk.hpp"
#include "adapters/pack_peft.hpp"
#include "models/safetensors.hpp"
#include "tests/support/image_bundles.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using models::Task;
using models::test::small_encoder;
using models::test::small_segmenter;
using models::test::TmpDir;
using nlohmann::json;
using test::image_content;
using test::write_image_bundle;

/// The files that a training run in Python leaves, taken out of a bundle.
class PackImage : public ::testing::Test {
 protected:
  PackImage() : bundle_(write_image_bundle(folder_.path() / "bundles")) {
    fs::create_directory(folder_.path() / "run");
    for (const char* file : {kConfigFile, kAdapterFile}) {
      fs::copy_file(bundle_ / file, folder_.path() / "run" / file);
    }
    request_.peft = folder_.path() / "run";
    request_.base = small_encoder();
    request_.task = Task::kSalt;
    request_.name = "packed";
    request_.version = "1";
  }

  fs::path write_settings(const json& settings) const {
    folder_.write("settings.json", settings.dump());
    return folder_.path() / "settings.json";
  }

  std::string refusal() const {
    const auto content = pack_peft(request_);
    EXPECT_FALSE(content);
    return content ? "" : content.error().what;
  }

  TmpDir folder_;
  fs::path bundle_;
  PackRequest request_;
};

TEST_F(PackImage, SaysWhatNetworkTheHeadMakesByAFile) {
  request_.head = bundle_ / kHeadFile;
  request_.settings =
      write_settings({{"geometry", {{"decoder", "pup"}, {"rows", 56}, {"columns", 42}}},
                      {"segments", {{"class_names", {"rock", "salt"}}}}});
  const auto content = pack_peft(request_);
  ASSERT_TRUE(content) << content.error().what;
  EXPECT_EQ(content->manifest.segmenter.width, 24);
  EXPECT_EQ(content->manifest.segmenter.rows, 56);
  EXPECT_EQ(content->manifest.segmenter.lora_rank, 2);
  EXPECT_EQ(content->manifest.segmenter.lora_alpha, 3.0);
  EXPECT_EQ(content->manifest.segments.class_names.back(), "salt");
  const BundleContent whole = image_content();
  ASSERT_EQ(content->tensors.size(), whole.tensors.size());
  for (const auto& [name, tensor] : content->tensors) {
    EXPECT_EQ(tensor.values, whole.tensors.at(name).values) << name;
  }
  const fs::path path = write_image_bundle(folder_.path(), *content);
  EXPECT_EQ(path.filename(), "packed-1");
  EXPECT_TRUE(read_bundle(path, small_encoder()));
}

TEST_F(PackImage, TakesHeadAndSettingsOfABundle) {
  request_.head_bundle = bundle_;
  const auto content = pack_peft(request_);
  ASSERT_TRUE(content) << content.error().what;
  EXPECT_EQ(content->manifest.segmenter, image_content().manifest.segmenter);
  EXPECT_TRUE(content->tensors.contains("decoder.decode_net.8.bias"));
  request_.task = Task::kCrater;
  EXPECT_NE(refusal().find("task salt, not crater"), std::string::npos);
}

TEST_F(PackImage, TakesTheAdapterAloneOverAWholeNetwork) {
  request_.base = small_segmenter();
  const auto content = pack_peft(request_);
  ASSERT_TRUE(content) << content.error().what;
  for (const auto& [name, tensor] : content->tensors) {
    EXPECT_TRUE(name.starts_with("encoder.blocks.")) << name;
  }
}

TEST_F(PackImage, AsksForTheDecoderOverAnEncoderAlone) {
  EXPECT_NE(refusal().find("encoder alone"), std::string::npos);
}

TEST_F(PackImage, NamesTheFaultOfItsSettings) {
  request_.head = bundle_ / kHeadFile;
  const struct {
    json settings;
    const char* says;
  } faults[] = {{{{"picks", json::object()}}, "picks"},
                {{{"geometry", 1}}, "geometry"},
                {{{"geometry", {{"decoder", "pup"}, {"width", 48}}}}, "shape [2, 24]"},
                {{{"geometry", {{"decoder", "pup"}, {"depth", 4}}}}, "depth"},
                {{{"geometry", {{"decoder", "pup"}, {"classes", 3}}}}, "class_names"},
                {{{"geometry", json::object()}}, "decoder 'none'"},
                {json::array(), "no JSON object"}};
  for (const auto& fault : faults) {
    request_.settings = write_settings(fault.settings);
    const std::string said = refusal();
    EXPECT_NE(said.find(fault.says), std::string::npos) << said;
  }
  request_.settings = folder_.path() / "nothing.json";
  EXPECT_NE(refusal().find("nothing.json"), std::string::npos);
}

TEST_F(PackImage, NeedsATaskOfImages) {
  request_.head_bundle.reset();
  request_.base = small_segmenter();
  request_.task = Task::kDpk;
  EXPECT_NE(refusal().find("task dpk"), std::string::npos);
}

TEST(ExportEncoder, WritesTheNamesOfTransformers) {
  TmpDir folder;
  models::Manifest manifest = small_encoder();
  manifest.segmenter.registers = 2;
  manifest.segmenter.position_rule = models::PositionRule::kAntialias;
  std::vector<models::FloatTensor> tensors;
  for (const auto& spec : models::tensor_specs(manifest)) {
    tensors.push_back({spec.name, spec.shape, test::numbered(spec).values});
  }
  fs::create_directory(folder.path() / "base");
  ASSERT_TRUE(models::write_safetensors(folder.path() / "base" / "model.safetensors", tensors, {}));
  manifest.weights_sha256 =
      *models::SafetensorsFile::open(folder.path() / "base" / "model.safetensors")->sha256();
  ASSERT_TRUE(models::save_manifest(folder.path() / "base", manifest));
  const auto exported = export_trunk(folder.path() / "base", folder.path() / "encoder");
  ASSERT_TRUE(exported) << exported.error().what;

  const json config = json::parse(TmpDir::read(folder.path() / "encoder" / "config.json"));
  EXPECT_EQ(config["model_type"], "dinov2_with_registers");
  EXPECT_EQ(config["num_register_tokens"], 2);
  EXPECT_EQ(config["hidden_size"], 24);
  EXPECT_EQ(config["image_size"], 56);
  const auto file = models::SafetensorsFile::open(folder.path() / "encoder" / "model.safetensors");
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->tensors().size(), tensors.size() + 4U * 4U);  // qkv and its bias: two more each
  for (const char* name : {"embeddings.cls_token",
                           "embeddings.mask_token",
                           "embeddings.register_tokens",
                           "embeddings.position_embeddings",
                           "embeddings.patch_embeddings.projection.bias",
                           "encoder.layer.3.norm1.weight",
                           "encoder.layer.3.attention.attention.value.bias",
                           "encoder.layer.3.attention.output.dense.weight",
                           "encoder.layer.3.layer_scale2.lambda1",
                           "encoder.layer.3.mlp.fc2.bias",
                           "layernorm.weight"}) {
    EXPECT_TRUE(file->tensors().contains(name)) << name;
  }
  const auto fused = std::find_if(tensors.begin(), tensors.end(), [](const auto& tensor) {
    return tensor.name == "encoder.blocks.0.attn.qkv.weight";
  });
  const auto key = *file->read_floats("encoder.layer.0.attention.attention.key.weight");
  ASSERT_EQ(key.size(), 24U * 24U);
  EXPECT_TRUE(std::equal(key.begin(), key.end(), fused->values.begin() + 24 * 24));
}

}  // namespace
}  // namespace geod::adapters
