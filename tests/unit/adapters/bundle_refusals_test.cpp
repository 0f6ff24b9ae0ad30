#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/bundle.hpp"
#include "adapters/bundle_folder.hpp"
#include "models/safetensors.hpp"
#include "models/sha256.hpp"
#include "tests/support/adapter_bundles.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using models::FloatTensor;
using models::test::TmpDir;
using nlohmann::json;
using test::small_base;
using test::small_content;
using test::write_small_bundle;

constexpr const char* kAllFiles[] = {kManifestFile, kConfigFile, kAdapterFile, kHeadFile};

std::string sha256_of(const std::string& text) {
  models::Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.finish();
}

/// A good bundle, to be spoilt one fault at a time.
class BundleRefusal : public ::testing::Test {
 protected:
  BundleRefusal() : path_(write_small_bundle(folder_.path())) {}

  std::string read(const char* file) const { return TmpDir::read(path_ / file); }
  void write(const char* file, const std::string& text) const {
    folder_.write((path_.filename() / file).string(), text);
  }

  /// Puts `text` in place of a file and its hash into the manifest, as a forger would.
  void forge(const char* file, const std::string& text) const {
    write(file, text);
    json manifest = json::parse(read(kManifestFile));
    manifest["files"][file] = sha256_of(text);
    write(kManifestFile, manifest.dump());
  }

  void forge_tensors(const char* file, std::vector<FloatTensor> tensors) const {
    const auto bytes = models::safetensors_bytes(std::move(tensors), {});
    forge(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  std::vector<FloatTensor> tensors_of(const char* file) const {
    std::vector<FloatTensor> tensors;
    const auto opened = models::SafetensorsFile::open(path_ / file);
    for (const auto& [name, entry] : opened->tensors()) {
      tensors.push_back({name, entry.shape, *opened->read_floats(name)});
    }
    return tensors;
  }

  void set_manifest(const char* pointer, const json& value) const {
    json manifest = json::parse(read(kManifestFile));
    manifest[json::json_pointer(pointer)] = value;
    write(kManifestFile, manifest.dump());
  }

  void expect_refused(Errc code, const std::string& says, const std::string& why = "") const {
    const auto bundle = read_bundle(path_, small_base());
    ASSERT_FALSE(bundle) << why << ": taken";
    EXPECT_EQ(bundle.error().code, code) << why << ": " << bundle.error().what;
    EXPECT_NE(bundle.error().what.find("valley-3"), std::string::npos) << bundle.error().what;
    EXPECT_NE(bundle.error().what.find(says), std::string::npos) << why << bundle.error().what;
  }

  TmpDir folder_;
  fs::path path_;
};

TEST_F(BundleRefusal, AFlippedBitInAnyFile) {
  for (const char* file : kAllFiles) {
    const std::string good = read(file);
    const std::size_t step = good.size() / 61 + 1;
    for (std::size_t at = 0; at < good.size(); at += step) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
      write(file, bad);
      // The manifest has no hash but the bundle's own: what stays readable is another bundle.
      const auto bundle = read_bundle(path_, small_base());
      EXPECT_TRUE(!bundle || file == kManifestFile) << file << " at " << at;
    }
    write(file, good);
  }
  EXPECT_TRUE(read_bundle(path_, small_base()));
}

TEST_F(BundleRefusal, AFlippedBitInTheManifestNeverKeepsTheHash) {
  const std::string hash = read_bundle(path_, small_base())->overlay->adapter_hash;
  const std::string good = read(kManifestFile);
  for (std::size_t at = 0; at < good.size(); at += good.size() / 97 + 1) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write(kManifestFile, bad);
    const auto bundle = read_bundle(path_, small_base());
    EXPECT_TRUE(!bundle || bundle->overlay->adapter_hash != hash) << at;
  }
}

TEST_F(BundleRefusal, ATruncatedFile) {
  for (const char* file : kAllFiles) {
    const std::string good = read(file);
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{7}, good.size() / 2, good.size() - 2}) {
      write(file, good.substr(0, size));
      EXPECT_FALSE(read_bundle(path_, small_base())) << file << " of " << size;
    }
    write(file, good);
  }
}

TEST_F(BundleRefusal, AMissingFile) {
  for (const char* file : kAllFiles) {
    const std::string good = read(file);
    fs::remove(path_ / file);
    expect_refused(Errc::kNotFound, file);
    write(file, good);
  }
  EXPECT_EQ(read_bundle(folder_.path() / "none", small_base()).error().code, Errc::kNotFound);
}

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

/// Bytes of a safetensors file with any header.
std::string file_of(const std::string& header, const std::string& data, std::uint64_t length) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

TEST_F(BundleRefusal, HeadersThatLie) {
  const std::string one = R"("x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  const std::string two = R"("y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]})";
  const std::string twice = "{" + one + "," + one + "}";
  const std::string overlap = "{" + one + "," + two + "}";
  const std::string huge(std::size_t{1} << 20, ' ');
  const struct {
    const char* what;
    std::string bytes;
  } cases[] = {
      {"huge length", file_of("{}", "", ~std::uint64_t{0})},
      {"long header", file_of("{}" + huge, "", huge.size() + 2)},
      {"overlap", file_of(overlap, std::string(12, '\0'), overlap.size())},
      {"repeated key", file_of(twice, std::string(8, '\0'), twice.size())},
      {"bytes beyond", file_of("{" + one + "}", std::string(9, '\0'), one.size() + 2)},
      {"no JSON", file_of("{x}", "", 3)},
  };
  const std::string manifest = read(kManifestFile);
  for (const char* file : {kAdapterFile, kHeadFile}) {
    const std::string good = read(file);
    for (const auto& c : cases) {
      forge(file, c.bytes);
      expect_refused(Errc::kCorruptRecord, file, c.what);
      write(file, good);
      write(kManifestFile, manifest);
    }
  }
}

TEST_F(BundleRefusal, AFileLargerThanItsNetwork) {
  const std::string manifest = read(kManifestFile);
  ASSERT_EQ(::truncate((path_ / kHeadFile).c_str(), off_t{1} << 33), 0);  // sparse
  expect_refused(Errc::kCorruptRecord, "allowed are");
  write(kHeadFile, "");
  write(kManifestFile, manifest + std::string(kMaxManifestBytes, ' '));
  expect_refused(Errc::kCorruptRecord, "allowed are");
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
      {"/task", "das", Errc::kUnsupported, "das"},
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

TEST_F(BundleRefusal, JsonThatNestsWithoutEnd) {
  std::string deep = R"({"name":)" + std::string(1 << 20, '[');
  write(kManifestFile, deep);
  expect_refused(Errc::kModelMismatch, "JSON");
}

TEST_F(BundleRefusal, ANetworkBeyondAllMeasureWithoutItsBase) {
  json manifest = json::parse(read(kManifestFile));
  manifest["geometry"]["patch"] = 1024;
  manifest["geometry"]["embed_channels"] = {4, 4, 4, 4096};
  manifest["geometry"]["positions"] = 65536;
  manifest["geometry"]["window_samples"] = 8192;
  write(kManifestFile, manifest.dump());
  const auto bundle = read_bundle(path_);
  ASSERT_FALSE(bundle);
  EXPECT_EQ(bundle.error().code, Errc::kUnsupported);
}

TEST_F(BundleRefusal, SymbolicLinksAndStrangers) {
  const fs::path outside = folder_.path() / "outside";
  for (const char* file : kAllFiles) {
    fs::rename(path_ / file, outside);
    fs::create_symlink("../outside", path_ / file);
    expect_refused(Errc::kUnsupported, file);
    fs::remove(path_ / file);
    fs::rename(outside, path_ / file);
  }
  const fs::path link = folder_.path() / "linked-1";
  fs::create_directory_symlink(path_, link);
  EXPECT_EQ(read_bundle(link, small_base()).error().code, Errc::kUnsupported);
  EXPECT_EQ(read_bundle(link.string() + "/", small_base()).error().code, Errc::kUnsupported);

  write("extra.pickle", "x");
  expect_refused(Errc::kUnsupported, "extra.pickle");
  fs::remove(path_ / "extra.pickle");
  fs::create_directory(path_ / kReadmeFile);
  expect_refused(Errc::kUnsupported, kReadmeFile);
  fs::remove(path_ / kReadmeFile);
  fs::rename(path_ / kHeadFile, outside);
  ASSERT_EQ(::mkfifo((path_ / kHeadFile).c_str(), 0600), 0);
  expect_refused(Errc::kUnsupported, kHeadFile);
}

TEST_F(BundleRefusal, AFileThatIsNotListedOrListedAndNotThere) {
  json manifest = json::parse(read(kManifestFile));
  manifest["files"].erase(kHeadFile);
  write(kManifestFile, manifest.dump());
  expect_refused(Errc::kModelMismatch, kHeadFile);
}

TEST_F(BundleRefusal, AnAdapterWithoutItsConfig) {
  json manifest = json::parse(read(kManifestFile));
  manifest["files"].erase(kConfigFile);
  write(kManifestFile, manifest.dump());
  fs::remove(path_ / kConfigFile);
  expect_refused(Errc::kModelMismatch, "belong together");
}

TEST_F(BundleRefusal, FilesOfAnotherBundle) {
  TmpDir other;
  BundleContent content = small_content();
  for (auto& [name, tensor] : content.tensors) {
    tensor.values[0] += 1.0F;
  }
  const fs::path path = write_small_bundle(other.path(), content);
  for (const char* file : {kAdapterFile, kHeadFile}) {
    const std::string good = read(file);
    fs::copy_file(path / file, path_ / file, fs::copy_options::overwrite_existing);
    expect_refused(Errc::kModelMismatch, file);
    write(file, good);
  }
}

TEST_F(BundleRefusal, ReadsTheFolderThatItOpenedWhateverItsNameMeansByNow) {
  const auto folder = BundleFolder::open(path_);
  ASSERT_TRUE(folder) << folder.error().what;
  const std::string manifest = read(kManifestFile);
  fs::rename(path_, folder_.path() / "moved");
  fs::create_directory(path_);
  write(kManifestFile, "another");
  const auto bytes = folder->read(kManifestFile, kMaxManifestBytes);
  ASSERT_TRUE(bytes) << bytes.error().what;
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()), manifest);
}

/// Another process exchanges the weight files of two bundles again and again: a reader sees one of
/// them whole, or is told that they differ.
TEST_F(BundleRefusal, ABundleThatIsExchangedWhileItIsRead) {
  TmpDir other;
  BundleContent content = small_content();
  for (auto& [name, tensor] : content.tensors) {
    tensor.values[0] += 1.0F;
  }
  const fs::path path = write_small_bundle(other.path(), content);
  const auto first = read_bundle(path_, small_base());
  const auto second = read_bundle(path, small_base());
  ASSERT_TRUE(first && second);

  std::atomic<bool> is_done = false;
  std::jthread exchanger([&] {
    while (!is_done) {
      for (const char* file : {kManifestFile, kAdapterFile, kHeadFile}) {
        ASSERT_EQ(
            ::renameat2(
                AT_FDCWD, (path_ / file).c_str(), AT_FDCWD, (path / file).c_str(), RENAME_EXCHANGE),
            0);
      }
    }
  });
  for (int round = 0; round < 200; ++round) {
    const auto bundle = read_bundle(path_, small_base());
    if (!bundle) {
      EXPECT_EQ(bundle.error().code, Errc::kModelMismatch) << bundle.error().what;
      continue;
    }
    const auto& hash = bundle->overlay->adapter_hash;
    const Bundle& expected = hash == first->overlay->adapter_hash ? *first : *second;
    ASSERT_EQ(hash, expected.overlay->adapter_hash);
    for (const auto& [name, tensor] : bundle->overlay->tensors) {
      ASSERT_EQ(tensor.values, expected.overlay->tensors.at(name).values) << name;
    }
  }
  is_done = true;
}

}  // namespace
}  // namespace geod::adapters
