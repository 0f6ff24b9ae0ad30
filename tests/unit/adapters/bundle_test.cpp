#include "adapters/bundle.hpp"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "adapters/bundle_folder.hpp"
#include "models/safetensors.hpp"
#include "tests/support/adapter_bundles.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using models::Task;
using models::test::TmpDir;
using nlohmann::json;
using test::small_base;
using test::small_content;
using test::write_small_bundle;

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.insert(entry.path().filename());
  }
  return names;
}

/// Every tensor that was written, no other but zero LoRA pairs.
void expect_tensors(const models::NetworkOverlay& overlay, const BundleContent& content) {
  for (const auto& [name, tensor] : content.tensors) {
    ASSERT_TRUE(overlay.tensors.contains(name)) << name;
    EXPECT_EQ(overlay.tensors.at(name).shape, tensor.shape) << name;
    EXPECT_EQ(overlay.tensors.at(name).values, tensor.values) << name;
  }
  for (const auto& [name, tensor] : overlay.tensors) {
    if (!content.tensors.contains(name)) {
      EXPECT_NE(name.find(".lora_"), std::string::npos) << name;
      EXPECT_EQ(tensor.values, std::vector<float>(tensor.values.size())) << name;
    }
  }
}

TEST(AdapterBundle, SurvivesItsFolder) {
  for (const Task task : {Task::kDpk, Task::kPmp, Task::kBaz, Task::kEmg, Task::kDis}) {
    const TmpDir folder;
    BundleContent content = small_content(task);
    content.manifest.picks.threshold_s = 0.45;
    content.manifest.scalar.sigma = 0.25;
    const fs::path path = write_small_bundle(folder.path() / "adapters", content);
    EXPECT_EQ(path.filename(), "valley-3");
    EXPECT_EQ(names_in(path),
              (std::set<std::string>{kManifestFile, kConfigFile, kAdapterFile, kHeadFile}));

    const auto bundle = read_bundle(path, small_base());
    ASSERT_TRUE(bundle) << bundle.error().what;
    EXPECT_EQ(bundle->adapter_id(), "valley-3");
    EXPECT_EQ(bundle->base_model_id, "base-1");
    EXPECT_EQ(bundle->overlay->adapter_hash.size(), 64U);
    EXPECT_EQ(bundle->overlay->manifest.task, task);
    EXPECT_EQ(bundle->overlay->manifest.geometry, content.manifest.geometry);
    EXPECT_EQ(bundle->overlay->manifest.weights_sha256, small_base().weights_sha256);
    EXPECT_EQ(bundle->overlay->manifest.picks.threshold_s, task == Task::kDpk ? 0.45 : 0.3);
    EXPECT_EQ(bundle->overlay->manifest.scalar.sigma, task == Task::kDpk ? 0.0 : 0.25);
    EXPECT_EQ(json::parse(bundle->scores_json)["p_f1"], 0.5);
    EXPECT_EQ(json::parse(bundle->overlay->manifest.provenance_json)["data"][0], "made up");
    ASSERT_TRUE(bundle->overlay->golden);
    EXPECT_EQ(bundle->overlay->golden->input, golden_window(content.manifest.geometry).data);
    expect_tensors(*bundle->overlay, content);
    EXPECT_TRUE(check_overlay(small_base(), *bundle->overlay));
  }
}

TEST(AdapterBundle, IsNamedByTheHashOfItsManifest) {
  const TmpDir folder;
  const fs::path path = write_small_bundle(folder.path());
  const auto bundle = read_bundle(path, small_base());
  ASSERT_TRUE(bundle) << bundle.error().what;
  const auto file = models::InputFile::open(path / kManifestFile);
  EXPECT_EQ(bundle->overlay->adapter_hash, *file->sha256());
  EXPECT_EQ(bundle->manifest_json, TmpDir::read(path / kManifestFile));
}

TEST(AdapterBundle, HoldsWhatPeftReads) {
  const TmpDir folder;
  const fs::path path = write_small_bundle(folder.path());
  const auto file = models::SafetensorsFile::open(path / kAdapterFile);
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->tensors().size(),
            2U * 8U + 2U * 4U + 2U + 1U);  // LoRA, ln of 2 blocks, ln_f, wpe
  EXPECT_EQ(file->find("base_model.model.h.1.mlp.c_fc.lora_B.weight")->shape,
            (std::vector<std::int64_t>{4 * 64, 2}));
  EXPECT_EQ(file->find("base_model.model.wpe.weight")->shape, (std::vector<std::int64_t>{64, 64}));
  EXPECT_EQ(file->metadata().at("format"), "pt");
  const json config = json::parse(TmpDir::read(path / kConfigFile));
  EXPECT_EQ(config["modules_to_save"], json({"ln_1", "ln_2", "ln_f", "wpe"}));
  EXPECT_EQ(config["target_modules"], json({"c_attn", "c_fc", "c_proj"}));
  const auto head = models::SafetensorsFile::open(path / kHeadFile);
  EXPECT_TRUE(head->find("convs.0.norm.running_mean"));
  EXPECT_TRUE(head->find("out_head.out_conv.bias"));
  EXPECT_FALSE(head->find("gpt2.wpe.weight"));
}

TEST(AdapterBundle, NeedsNoLoraFiles) {
  const TmpDir folder;
  BundleContent content = small_content();
  content.manifest.geometry = small_base().geometry;
  std::erase_if(content.tensors,
                [](const auto& entry) { return entry.first.find(".lora_") != std::string::npos; });
  const fs::path path = write_small_bundle(folder.path(), content);
  EXPECT_EQ(names_in(path), (std::set<std::string>{kManifestFile, kHeadFile}));
  const auto bundle = read_bundle(path, small_base());
  ASSERT_TRUE(bundle) << bundle.error().what;
  EXPECT_FALSE(bundle->peft);
  expect_tensors(*bundle->overlay, content);
}

TEST(AdapterBundle, MayAdaptSomeModulesOnly) {
  const TmpDir folder;
  BundleContent content = small_content();
  std::erase_if(content.tensors, [](const auto& entry) {
    return entry.first.find(".lora_") != std::string::npos &&
           entry.first.find("c_attn") == std::string::npos;
  });
  const fs::path path = write_small_bundle(folder.path(), content);
  EXPECT_EQ(json::parse(TmpDir::read(path / kConfigFile))["target_modules"], json({"c_attn"}));
  const auto bundle = read_bundle(path, small_base());
  ASSERT_TRUE(bundle) << bundle.error().what;
  expect_tensors(*bundle->overlay, content);
}

TEST(AdapterBundle, ReadsWithoutItsBase) {
  const TmpDir folder;
  const fs::path path = write_small_bundle(folder.path());
  const auto bundle = read_bundle(path);
  ASSERT_TRUE(bundle) << bundle.error().what;
  EXPECT_EQ(bundle->adapter_id(), "valley-3");
  EXPECT_EQ(bundle->peft->rank, 2);
  EXPECT_GT(bundle->bytes, fs::file_size(path / kHeadFile) + fs::file_size(path / kAdapterFile));
}

TEST(AdapterBundle, MayHaveAReadme) {
  const TmpDir folder;
  const fs::path path = write_small_bundle(folder.path());
  TmpDir::read(path / kManifestFile);
  folder.write("valley-3/README.md", "Trained on the valley's events.");
  EXPECT_TRUE(read_bundle(path, small_base()));
}

TEST(AdapterBundle, OpensByAPathThatEndsInASlash) {
  const TmpDir folder;
  const fs::path path = write_small_bundle(folder.path());
  EXPECT_TRUE(read_bundle(path.string() + "/", small_base()));
}

TEST(WriteBundle, NeverOverwrites) {
  const TmpDir folder;
  const fs::path path = write_small_bundle(folder.path());
  const std::string before = TmpDir::read(path / kManifestFile);
  BundleContent other = small_content();
  other.scores_json = "{}";
  const auto again = write_bundle(folder.path(), other, test::golden_zeros);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kIo);
  EXPECT_NE(again.error().what.find("version"), std::string::npos);
  EXPECT_EQ(TmpDir::read(path / kManifestFile), before);
  EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{"valley-3"}));
}

TEST(WriteBundle, LeavesNothingWhenItFails) {
  const TmpDir folder;
  const auto failing = [](const models::NetworkOverlay&,
                          const Window&) -> Result<std::vector<float>> {
    return fail(Errc::kDevice, "no network");
  };
  EXPECT_EQ(write_bundle(folder.path(), small_content(), failing).error().code, Errc::kDevice);

  BundleContent content = small_content();
  content.manifest.name = "../valley";
  EXPECT_EQ(write_bundle(folder.path(), content, test::golden_zeros).error().code,
            Errc::kModelMismatch);
  content = small_content();
  content.scores_json = "[]";
  EXPECT_EQ(write_bundle(folder.path(), content, test::golden_zeros).error().code,
            Errc::kModelMismatch);
  content = small_content();
  content.tensors.erase("gpt2.h.1.ln_2.bias");  // peft saves a module whole
  EXPECT_EQ(write_bundle(folder.path(), content, test::golden_zeros).error().code,
            Errc::kModelMismatch);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(WriteBundle, GivesTheGoldenRunTheNetworkThatWillBeRead) {
  const TmpDir folder;
  BundleContent content = small_content();
  std::erase_if(content.tensors, [](const auto& entry) {
    return entry.first.find("c_fc.lora_") != std::string::npos;
  });
  models::NetworkOverlay given;
  const auto path = write_bundle(
      folder.path(), content, [&](const models::NetworkOverlay& overlay, const Window& window) {
        given = overlay;
        return test::golden_zeros(overlay, window);
      });
  ASSERT_TRUE(path) << path.error().what;
  const auto bundle = read_bundle(*path, small_base());
  ASSERT_TRUE(bundle) << bundle.error().what;
  ASSERT_EQ(given.tensors.size(), bundle->overlay->tensors.size());
  for (const auto& [name, tensor] : given.tensors) {
    EXPECT_EQ(bundle->overlay->tensors.at(name).values, tensor.values) << name;
  }
}

}  // namespace
}  // namespace geod::adapters
