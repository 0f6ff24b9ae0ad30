#include <algorithm>
#include <limits>

#include "tests/support/spoilt_bundle.hpp"

namespace geod::adapters {
namespace {

using models::FloatTensor;
using nlohmann::json;
using test::small_base;
using test::small_content;

class BundleRefusal : public test::SpoiltBundle {};

TEST_F(BundleRefusal, AWrongBase) {
  models::Manifest other = small_base();
  other.weights_sha256 = std::string(64, 'c');
  const auto bundle = read_bundle(path_, other);
  ASSERT_FALSE(bundle);
  EXPECT_EQ(bundle.error().code, Errc::kModelMismatch);
  EXPECT_NE(bundle.error().what.find("base"), std::string::npos);

  other = small_base();
  other.geometry.positions = 128;
  EXPECT_EQ(read_bundle(path_, other).error().code, Errc::kModelMismatch);
}

TEST_F(BundleRefusal, AWrongShape) {
  for (const char* file : {kAdapterFile, kHeadFile}) {
    const std::string good = read(file);
    const std::string manifest = read(kManifestFile);
    auto tensors = tensors_of(file);
    const auto matrix = std::find_if(tensors.begin(), tensors.end(), [](const FloatTensor& tensor) {
      return tensor.shape.size() > 1;
    });
    matrix->shape = {static_cast<std::int64_t>(matrix->values.size())};
    forge_tensors(file, tensors);
    expect_refused(Errc::kModelMismatch, matrix->name, file);
    write(file, good);
    write(kManifestFile, manifest);
  }
}

TEST_F(BundleRefusal, ValuesThatAreNotFinite) {
  for (const char* file : {kAdapterFile, kHeadFile}) {
    for (const float value :
         {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
      const std::string good = read(file);
      const std::string manifest = read(kManifestFile);
      auto tensors = tensors_of(file);
      tensors.back().values.back() = value;
      forge_tensors(file, tensors);
      expect_refused(Errc::kModelMismatch, "not finite", file);
      write(file, good);
      write(kManifestFile, manifest);
    }
  }
}

TEST_F(BundleRefusal, TensorsOfOtherNames) {
  const std::string manifest = read(kManifestFile);
  const std::string adapter = read(kAdapterFile);
  for (const char* name : {"base_model.model.h.0.attn.c_attn.base_layer.bias",  // trained biases
                           "base_model.model.h.7.attn.c_attn.lora_A.weight",
                           "base_model.model.wte.weight",
                           "gpt2.wpe.weight",
                           "weight"}) {
    auto tensors = tensors_of(kAdapterFile);
    tensors[0].name = name;
    forge_tensors(kAdapterFile, tensors);
    expect_refused(Errc::kModelMismatch, name);
    write(kAdapterFile, adapter);
    write(kManifestFile, manifest);
  }
  for (const char* name : {"gpt2.h.0.attn.c_attn.lora_A.weight", "out_head.lin.weight", "x"}) {
    auto tensors = tensors_of(kHeadFile);
    tensors[0].name = name;
    const std::string head = read(kHeadFile);
    forge_tensors(kHeadFile, tensors);
    expect_refused(Errc::kModelMismatch, name);
    write(kHeadFile, head);
    write(kManifestFile, manifest);
  }
}

TEST_F(BundleRefusal, HalfALoraPair) {
  auto tensors = tensors_of(kAdapterFile);
  std::erase_if(tensors, [](const FloatTensor& tensor) {
    return tensor.name == "base_model.model.h.1.mlp.c_fc.lora_B.weight";
  });
  forge_tensors(kAdapterFile, tensors);
  expect_refused(Errc::kModelMismatch, "h.1.mlp.c_fc.lora_B.weight");
}

TEST_F(BundleRefusal, ATensorInBothFiles) {
  auto tensors = tensors_of(kHeadFile);
  const auto wpe = small_content().tensors.at("gpt2.wpe.weight");
  tensors.push_back({"gpt2.wpe.weight", wpe.shape, wpe.values});
  forge_tensors(kHeadFile, tensors);
  expect_refused(Errc::kModelMismatch, "gpt2.wpe.weight");
}

TEST_F(BundleRefusal, AConfigThatIsNotThatOfTheTensors) {
  const std::string good = read(kConfigFile);
  const std::string manifest = read(kManifestFile);
  const struct {
    const char* key;
    json value;
    Errc code;
    const char* says;
  } cases[] = {
      {"r", 3, Errc::kModelMismatch, "rank 3"},
      {"lora_alpha", 4.0, Errc::kModelMismatch, "alpha 4"},
      {"use_rslora", true, Errc::kModelMismatch, "alpha"},
      {"target_modules", json({"c_attn"}), Errc::kModelMismatch, "target_modules"},
      {"modules_to_save", nullptr, Errc::kModelMismatch, "modules_to_save"},
      {"use_dora", true, Errc::kUnsupported, "use_dora"},
  };
  for (const auto& c : cases) {
    json config = json::parse(good);
    config[c.key] = c.value;
    forge(kConfigFile, config.dump());
    expect_refused(c.code, c.says, c.key);
    write(kManifestFile, manifest);
  }
}

TEST_F(BundleRefusal, AManifestWithAFault) {
  const std::string good = read(kManifestFile);
  const std::string hash(64, 'a');
  const struct {
    const char* pointer;
    json value;
    Errc code;
    const char* says;
  } cases[] = {
      {"/format", "geod-adapter/2", Errc::kUnsupported, "geod-adapter/2"},
      {"/name", "../valley", Errc::kModelMismatch, "name"},
      {"/version", "", Errc::kModelMismatch, "version"},
      {"/task", "tsunami", Errc::kUnsupported, "tsunami"},
      {"/normalisation", "max", Errc::kUnsupported, "normalisation"},
      {"/base", 1, Errc::kModelMismatch, "base"},
      {"/base/weights_sha256", "b", Errc::kModelMismatch, "weights_sha256"},
      {"/base/weights_sha256", hash, Errc::kModelMismatch, "base"},
      {"/geometry/heads", 2, Errc::kModelMismatch, "geometry"},
      {"/geometry/lora_rank", 3, Errc::kModelMismatch, "rank"},
      {"/geometry/blocks", 96, Errc::kModelMismatch, "geometry"},
      {"/picks/threshold_p", 2.0, Errc::kModelMismatch, "threshold"},
      {"/files/..~1head.safetensors", hash, Errc::kUnsupported, "../head.safetensors"},
      {"/files/README.md", hash, Errc::kUnsupported, "README.md"},
      {"/files/head.safetensors", "a", Errc::kModelMismatch, "head.safetensors"},
      {"/files/head.safetensors", hash, Errc::kModelMismatch, "SHA-256"},
      {"/golden/input", "AAAA", Errc::kModelMismatch, "input"},
      {"/golden/output", "AACAPw==", Errc::kModelMismatch, "golden"},
      {"/golden/tolerance", 1.0, Errc::kModelMismatch, "tolerance"},
      {"/golden", nullptr, Errc::kModelMismatch, "golden"},
      {"/scores", 1, Errc::kModelMismatch, "scores"},
      {"/provenance", "x", Errc::kModelMismatch, "provenance"},
      {"/surprise", 1, Errc::kModelMismatch, "surprise"},
  };
  for (const auto& c : cases) {
    set_manifest(c.pointer, c.value);
    expect_refused(c.code, c.says, c.pointer);
    write(kManifestFile, good);
  }
  for (const char* key :
       {"format", "base", "geometry", "files", "golden", "scores", "provenance"}) {
    json manifest = json::parse(good);
    manifest.erase(key);
    write(kManifestFile, manifest.dump());
    const auto bundle = read_bundle(path_, small_base());
    EXPECT_FALSE(bundle) << key;
  }
}

TEST_F(BundleRefusal, ARepeatedKeyInEitherJson) {
  const std::string manifest = read(kManifestFile);
  std::string twice = manifest;
  twice.insert(1, R"("name": "other",)");
  write(kManifestFile, twice);
  expect_refused(Errc::kModelMismatch, "repeats a key");
  write(kManifestFile, manifest);
  twice = read(kConfigFile);
  twice.insert(1, R"("r": 2,)");
  forge(kConfigFile, twice);
  expect_refused(Errc::kModelMismatch, "repeats a key");
}

TEST_F(BundleRefusal, AnAdapterWithoutItsConfig) {
  json manifest = json::parse(read(kManifestFile));
  manifest["files"].erase(kConfigFile);
  write(kManifestFile, manifest.dump());
  std::filesystem::remove(path_ / kConfigFile);
  expect_refused(Errc::kModelMismatch, "belong together");
}

}  // namespace
}  // namespace geod::adapters
