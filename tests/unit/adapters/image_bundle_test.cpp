#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "adapters/bundle.hpp"
#include "adapters/bundle_folder.hpp"
#include "models/golden_image.hpp"
#include "models/safetensors.hpp"
#include "models/sha256.hpp"
#include "tests/support/image_bundles.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using models::Task;
using models::test::small_encoder;
using models::test::TmpDir;
using nlohmann::json;
using test::image_content;
using test::write_image_bundle;

TEST(ImageBundle, ComesBackAsItWasWritten) {
  TmpDir folder;
  const BundleContent content = image_content(Task::kDas);
  const auto bundle = read_bundle(write_image_bundle(folder.path(), content), small_encoder());
  ASSERT_TRUE(bundle) << bundle.error().what;
  const models::NetworkOverlay& overlay = *bundle->overlay;
  EXPECT_EQ(bundle->adapter_id(), "shapes-2");
  EXPECT_EQ(overlay.manifest.family, models::kSegmenterFamily);
  EXPECT_EQ(overlay.manifest.task, Task::kDas);
  EXPECT_EQ(overlay.manifest.segmenter, content.manifest.segmenter);
  EXPECT_EQ(overlay.manifest.segments.das.row_hop, content.manifest.segments.das.row_hop);
  ASSERT_EQ(overlay.tensors.size(), content.tensors.size());
  for (const auto& [name, tensor] : content.tensors) {
    EXPECT_EQ(overlay.tensors.at(name).shape, tensor.shape) << name;
    EXPECT_EQ(overlay.tensors.at(name).values, tensor.values) << name;
  }
  const auto& g = content.manifest.segmenter;
  const auto expected =
      test::image_as_probability(overlay, models::golden_image(g.rows, g.columns));
  EXPECT_TRUE(overlay.golden->input.empty());
  EXPECT_EQ(overlay.golden->output, models::golden_grid(*expected, g.classes, g.rows, g.columns));
}

TEST(ImageBundle, HoldsTheLayersThatPeftAdapts) {
  TmpDir folder;
  const fs::path path = write_image_bundle(folder.path());
  const json config = json::parse(TmpDir::read(path / kConfigFile));
  EXPECT_EQ(config["target_modules"], json({"k_proj", "o_proj", "q_proj", "v_proj"}));
  EXPECT_EQ(config["modules_to_save"], nullptr);
  EXPECT_EQ(config["fan_in_fan_out"], false);
  EXPECT_EQ(config["auto_mapping"]["base_model_class"], "Dinov2Model");

  const auto adapter = models::SafetensorsFile::open(path / kAdapterFile);
  ASSERT_TRUE(adapter) << adapter.error().what;
  EXPECT_EQ(adapter->tensors().size(), 4U * 4U * 2U);  // blocks, layers, halves
  const std::string attention = "base_model.model.encoder.layer.1.attention.";
  const models::HostTensor fused =
      image_content().tensors.at("encoder.blocks.1.attn.qkv.lora_B.weight");
  const auto key = adapter->read_floats(attention + "k_proj.lora_B.weight");
  ASSERT_TRUE(key) << key.error().what;
  EXPECT_EQ(adapter->find(attention + "k_proj.lora_B.weight")->shape,
            (std::vector<std::int64_t>{24, 2}));
  EXPECT_TRUE(std::equal(key->begin(), key->end(), fused.values.begin() + 48));
  EXPECT_EQ(*adapter->read_floats(attention + "q_proj.lora_A.weight"),
            *adapter->read_floats(attention + "v_proj.lora_A.weight"));

  const auto head = models::SafetensorsFile::open(path / kHeadFile);
  ASSERT_TRUE(head) << head.error().what;
  EXPECT_TRUE(head->tensors().contains("decoder.decode_net.8.bias"));
}

TEST(ImageBundle, OfAnEncoderWithRegistersIsForItsOwnModel) {
  TmpDir folder;
  BundleContent content = image_content();
  content.manifest.segmenter.registers = 4;
  const json config =
      json::parse(TmpDir::read(write_image_bundle(folder.path(), content) / kConfigFile));
  EXPECT_EQ(config["auto_mapping"]["base_model_class"], "Dinov2WithRegistersModel");
}

TEST(ImageBundle, WithoutLoraHoldsItAllInItsHead) {
  TmpDir folder;
  BundleContent content = image_content();
  content.manifest.segmenter.lora_rank = 0;
  content.manifest.segmenter.lora_alpha = 1.0;
  content.tensors.clear();
  for (const auto& spec : models::tensor_specs(content.manifest)) {
    content.tensors[spec.name] = test::numbered(spec);
  }
  const fs::path path = write_image_bundle(folder.path(), content);
  EXPECT_FALSE(fs::exists(path / kAdapterFile));
  const auto bundle = read_bundle(path, small_encoder());
  ASSERT_TRUE(bundle) << bundle.error().what;
  EXPECT_EQ(bundle->overlay->tensors.size(), content.tensors.size());
}

TEST(ImageBundle, OfTheLargestImageHasASmallManifest) {
  TmpDir folder;
  BundleContent content = image_content(Task::kFacies);
  content.manifest.segmenter.rows = 1022;
  content.manifest.segmenter.columns = 1022;
  const fs::path path = write_image_bundle(folder.path(), content);
  EXPECT_LT(fs::file_size(path / kManifestFile), 16U << 10U);
  EXPECT_TRUE(read_bundle(path, small_encoder()));
}

TEST(ImageBundle, LeavesSeismogramsAsTheyWere) {
  TmpDir folder;
  const json manifest =
      json::parse(TmpDir::read(test::write_small_bundle(folder.path()) / kManifestFile));
  EXPECT_FALSE(manifest.contains("family"));
  EXPECT_FALSE(manifest.contains("segments"));
  EXPECT_TRUE(manifest["golden"].contains("input"));
}

/// A good bundle of images, spoilt one fault at a time.
class SpoiltImageBundle : public ::testing::Test {
 protected:
  SpoiltImageBundle() : path_(write_image_bundle(folder_.path())) {}

  json manifest() const { return json::parse(TmpDir::read(path_ / kManifestFile)); }
  void write(const char* file, const std::string& text) const {
    folder_.write((path_.filename() / file).string(), text);
  }

  /// Puts changed tensors in place of a file's, and their hash into the manifest.
  template <class Change>
  void forge(const char* file, const Change& change) const {
    std::map<std::string, models::FloatTensor> tensors;
    const auto opened = models::SafetensorsFile::open(path_ / file);
    for (const auto& [name, entry] : opened->tensors()) {
      tensors[name] = {name, entry.shape, *opened->read_floats(name)};
    }
    change(tensors);
    std::vector<models::FloatTensor> list;
    for (auto& [name, tensor] : tensors) {
      tensor.name = name;
      list.push_back(tensor);
    }
    const auto bytes = models::safetensors_bytes(std::move(list), {});
    models::Sha256 hash;
    hash.update(bytes);
    write(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    json changed = manifest();
    changed["files"][file] = hash.finish();
    write(kManifestFile, changed.dump());
  }

  void expect_refused(const std::string& says) const {
    for (const bool has_base : {true, false}) {
      const auto bundle = has_base ? read_bundle(path_, small_encoder()) : read_bundle(path_);
      ASSERT_FALSE(bundle) << says;
      EXPECT_EQ(bundle.error().code, Errc::kModelMismatch) << bundle.error().what;
      EXPECT_NE(bundle.error().what.find(says), std::string::npos) << bundle.error().what;
      EXPECT_NE(bundle.error().what.find("shapes-2"), std::string::npos) << bundle.error().what;
    }
  }

  TmpDir folder_;
  fs::path path_;
};

TEST_F(SpoiltImageBundle, NamesTheFaultOfItsManifest) {
  const json good = manifest();
  const struct {
    const char* pointer;
    json value;
    const char* says;
  } faults[] = {{"/family", "dinov2", "segments"},
                {"/family", "seismollm", "task salt"},
                {"/task", "dpk", "dpk"},
                {"/picks", json::object(), "picks"},
                {"/segments/names", 1, "names"},
                {"/segments/class_names", {"a"}, "class_names"},
                {"/geometry/decoder", "cnn", "cnn"},
                {"/geometry/rows", 0, "rows"},
                {"/golden/image", "fronts-2", "image"},
                {"/golden/input", "AAAA", "input"},
                {"/golden/output", "####", "output"}};
  for (const auto& fault : faults) {
    json bad = good;
    bad[json::json_pointer(fault.pointer)] = fault.value;
    write(kManifestFile, bad.dump());
    expect_refused(fault.says);
  }
}

TEST_F(SpoiltImageBundle, NeedsOneAForQueryKeyAndValue) {
  forge(kAdapterFile, [](auto& tensors) {
    tensors["base_model.model.encoder.layer.2.attention.k_proj.lora_A.weight"].values[0] += 1.0F;
  });
  expect_refused("pack joins them");
}

TEST_F(SpoiltImageBundle, NeedsWholePairs) {
  forge(kAdapterFile, [](auto& tensors) {
    tensors.erase("base_model.model.encoder.layer.2.attention.o_proj.lora_B.weight");
  });
  expect_refused("layer.2.attention.o_proj.lora_B.weight' is missing");
}

TEST_F(SpoiltImageBundle, NeedsShapesOfItsRank) {
  forge(kAdapterFile, [](auto& tensors) {
    auto& tensor = tensors["base_model.model.encoder.layer.0.attention.q_proj.lora_A.weight"];
    std::swap(tensor.shape[0], tensor.shape[1]);
  });
  expect_refused("shape [24, 2]");
}

TEST_F(SpoiltImageBundle, TakesNoOtherTensors) {
  for (const std::string name : {"base_model.model.encoder.layer.4.attention.q_proj.lora_A.weight",
                                 "base_model.model.encoder.layer.0.mlp.fc1.lora_A.weight",
                                 "base_model.model.encoder.layer.0.norm1.weight",
                                 "encoder.blocks.0.attn.qkv.lora_A.weight"}) {
    forge(kAdapterFile, [&name](auto& tensors) { tensors[name] = {name, {1}, {0.0F}}; });
    expect_refused(name);
    forge(kAdapterFile, [&name](auto& tensors) { tensors.erase(name); });
  }
  EXPECT_TRUE(read_bundle(path_, small_encoder()));
  forge(kHeadFile, [](auto& tensors) {
    tensors["encoder.blocks.0.attn.qkv.lora_A.weight"] = {"", {2, 24}, std::vector<float>(48)};
  });
  expect_refused("but LoRA");
}

TEST_F(SpoiltImageBundle, NeedsItsWholeDecoder) {
  forge(kHeadFile, [](auto& tensors) { tensors.erase("decoder.decode_net.8.bias"); });
  const auto bundle = read_bundle(path_, small_encoder());
  ASSERT_FALSE(bundle);
  EXPECT_NE(bundle.error().what.find("decoder.decode_net.8.bias"), std::string::npos);
}

TEST_F(SpoiltImageBundle, IsForOneEncoder) {
  models::Manifest other = small_encoder();
  other.weights_sha256 = std::string(64, 'f');
  const auto bundle = read_bundle(path_, other);
  ASSERT_FALSE(bundle);
  EXPECT_NE(bundle.error().what.find("SHA-256"), std::string::npos);
}

}  // namespace
}  // namespace geod::adapters
