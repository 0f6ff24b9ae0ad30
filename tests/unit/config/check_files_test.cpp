#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/validate.hpp"

namespace geod::config {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class CheckFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ("geod_check_files_" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::create_directories(folder_);
  }
  void TearDown() override {
    unsetenv("CREDENTIALS_DIRECTORY");
    fs::remove_all(folder_);
  }

  std::string file(const std::string& name, fs::perms mode) {
    const fs::path path = folder_ / name;
    std::ofstream(path) << "x\n";
    fs::permissions(path, mode);
    return path.string();
  }

  fs::path folder_;
};

constexpr fs::perms kOwner = fs::perms::owner_read | fs::perms::owner_write;

TEST_F(CheckFiles, TheDefaultsNameNoFiles) {
  EXPECT_TRUE(check_files(Config{}).empty());
}

TEST_F(CheckFiles, EveryMissingFileIsReported) {
  Config config;
  config.streams.curve = {(folder_ / "secret").string(), (folder_ / "allow").string()};
  config.streams.files.push_back({"recording", {(folder_ / "a.mseed").string()}});
  config.models.picker = (folder_ / "model").string();
  const std::vector<Fault> faults = check_files(config);
  ASSERT_EQ(faults.size(), 4U);
  EXPECT_EQ(faults[0].key, "streams.curve.secret_key_file");
  EXPECT_EQ(faults[1].key, "streams.curve.allow_list_file");
  EXPECT_EQ(faults[2].key, "streams.files[0].paths");
  EXPECT_EQ(faults[3].key, "models.picker");
}

TEST_F(CheckFiles, WhatTheCatalogueReadsMustBeThere) {
  Config config;
  config.catalog.inventory = {file("stations.csv", kOwner), (folder_ / "network.xml").string()};
  config.catalog.velocity_file = (folder_ / "crust.txt").string();
  config.catalog.fibres["XX.CABLE1"].positions = (folder_ / "cable.csv").string();
  const std::vector<Fault> faults = check_files(config);
  ASSERT_EQ(faults.size(), 3U);
  EXPECT_EQ(faults[0].key, "catalog.inventory");
  EXPECT_THAT(faults[0].what, HasSubstr("network.xml"));
  EXPECT_EQ(faults[1].key, "catalog.velocity_file");
  EXPECT_EQ(faults[2].key, "catalog.fibres.XX.CABLE1.positions");
}

TEST_F(CheckFiles, ASecretMustNotBeOpenToOthers) {
  Config config;
  config.streams.curve.secret_key_file = file("secret", kOwner);
  EXPECT_TRUE(check_files(config).empty());
  for (const fs::perms open : {fs::perms::group_read, fs::perms::others_read}) {
    fs::permissions(config.streams.curve.secret_key_file, kOwner | open);
    const std::vector<Fault> faults = check_files(config);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_THAT(faults[0].what, HasSubstr("run chmod 0600"));
  }
}

TEST_F(CheckFiles, ACredentialOfSystemdMayShowGroupRead) {
  Config config;
  config.streams.curve.secret_key_file = file("secret", kOwner | fs::perms::group_read);
  setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  EXPECT_TRUE(check_files(config).empty());
  fs::permissions(config.streams.curve.secret_key_file, kOwner | fs::perms::others_read);
  EXPECT_EQ(check_files(config).size(), 1U);
}

TEST_F(CheckFiles, AFolderIsNoSecret) {
  Config config;
  config.streams.curve.secret_key_file = folder_.string();
  const std::vector<Fault> faults = check_files(config);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_THAT(faults[0].what, HasSubstr("is not a file"));
}

}  // namespace
}  // namespace geod::config
