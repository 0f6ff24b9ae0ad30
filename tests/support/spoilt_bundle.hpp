#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "adapters/bundle.hpp"
#include "adapters/bundle_folder.hpp"
#include "models/safetensors.hpp"
#include "models/sha256.hpp"
#include "tests/support/adapter_bundles.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::adapters::test {

inline constexpr const char* kAllFiles[] = {kManifestFile, kConfigFile, kAdapterFile, kHeadFile};

inline std::string sha256_of(const std::string& text) {
  models::Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.finish();
}

/// A good bundle, to be spoilt one fault at a time.
class SpoiltBundle : public ::testing::Test {
 protected:
  SpoiltBundle() : path_(write_small_bundle(folder_.path())) {}

  std::string read(const char* file) const { return models::test::TmpDir::read(path_ / file); }
  void write(const char* file, const std::string& text) const {
    folder_.write((path_.filename() / file).string(), text);
  }

  /// Puts `text` in place of a file and its hash into the manifest, as a forger would.
  void forge(const char* file, const std::string& text) const {
    write(file, text);
    nlohmann::json manifest = nlohmann::json::parse(read(kManifestFile));
    manifest["files"][file] = sha256_of(text);
    write(kManifestFile, manifest.dump());
  }

  void forge_tensors(const char* file, std::vector<models::FloatTensor> tensors) const {
    const auto bytes = models::safetensors_bytes(std::move(tensors), {});
    forge(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  std::vector<models::FloatTensor> tensors_of(const char* file) const {
    std::vector<models::FloatTensor> tensors;
    const auto opened = models::SafetensorsFile::open(path_ / file);
    for (const auto& [name, entry] : opened->tensors()) {
      tensors.push_back({name, entry.shape, *opened->read_floats(name)});
    }
    return tensors;
  }

  void set_manifest(const char* pointer, const nlohmann::json& value) const {
    nlohmann::json manifest = nlohmann::json::parse(read(kManifestFile));
    manifest[nlohmann::json::json_pointer(pointer)] = value;
    write(kManifestFile, manifest.dump());
  }

  void expect_refused(Errc code, const std::string& says, const std::string& why = "") const {
    const auto bundle = read_bundle(path_, small_base());
    ASSERT_FALSE(bundle) << why << ": taken";
    EXPECT_EQ(bundle.error().code, code) << why << ": " << bundle.error().what;
    EXPECT_NE(bundle.error().what.find("valley-3"), std::string::npos) << bundle.error().what;
    EXPECT_NE(bundle.error().what.find(says), std::string::npos) << why << bundle.error().what;
  }

  models::test::TmpDir folder_;
  std::filesystem::path path_;
};

}  // namespace geod::adapters::test
