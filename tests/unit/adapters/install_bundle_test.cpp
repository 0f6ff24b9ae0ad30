#include "adapters/install_bundle.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/models_tmp_dir.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class InstallBundle : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(source_);
    tmp_.write("source/manifest.json", "{}");
    tmp_.write("source/head.safetensors", std::string(3'000'000, 'x'));
  }
  std::size_t entries() const {
    std::error_code error;
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_, error), fs::directory_iterator()));
  }

  models::test::TmpDir tmp_;
  fs::path source_ = tmp_.path() / "source";
  fs::path folder_ = tmp_.path() / "adapters";
};

TEST_F(InstallBundle, CopiesTheWholeFolder) {
  const auto installed = install_bundle(source_, folder_, "ridge-1");
  ASSERT_TRUE(installed) << installed.error().what;
  EXPECT_EQ(models::test::TmpDir::read(folder_ / "ridge-1" / "manifest.json"), "{}");
  EXPECT_EQ(fs::file_size(folder_ / "ridge-1" / "head.safetensors"), 3'000'000U);
  EXPECT_EQ(entries(), 1U) << "nothing is left beside it";
}

TEST_F(InstallBundle, NeverOverwrites) {
  ASSERT_TRUE(install_bundle(source_, folder_, "ridge-1"));
  tmp_.write("source/manifest.json", "{\"other\": 1}");
  const auto again = install_bundle(source_, folder_, "ridge-1");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kIo);
  EXPECT_THAT(again.error().what, HasSubstr("another version"));
  EXPECT_EQ(models::test::TmpDir::read(folder_ / "ridge-1" / "manifest.json"), "{}");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(InstallBundle, RefusesNamesThatLeadElsewhere) {
  for (const char* name : {"../ridge-1", "..", "/tmp/ridge-1", ".hidden-1", "ridge", ""}) {
    const auto installed = install_bundle(source_, folder_, name);
    ASSERT_FALSE(installed) << name;
    EXPECT_EQ(installed.error().code, Errc::kConfig);
  }
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(InstallBundle, RefusesLinksFoldersAndPipesAndLeavesNothing) {
  const auto refused = [&](const char* what) {
    const auto installed = install_bundle(source_, folder_, "ridge-1");
    ASSERT_FALSE(installed) << what;
    EXPECT_EQ(installed.error().code, Errc::kUnsupported) << installed.error().what;
    EXPECT_THAT(installed.error().what, HasSubstr(what));
    EXPECT_EQ(entries(), 0U);
    fs::remove_all(source_ / what);
  };
  fs::create_symlink("/etc/passwd", source_ / "README.md");
  refused("README.md");
  fs::create_directory(source_ / "deeper");
  refused("deeper");
  ASSERT_EQ(::mkfifo((source_ / "pipe").c_str(), 0600), 0);
  refused("pipe");
  EXPECT_TRUE(install_bundle(source_, folder_, "ridge-1"));
}

TEST_F(InstallBundle, RefusesAFolderFullOfFiles) {
  for (int i = 0; i < 40; ++i) {
    tmp_.write("source/" + std::to_string(i), "");
  }
  EXPECT_FALSE(install_bundle(source_, folder_, "ridge-1"));
  EXPECT_EQ(entries(), 0U);
}

TEST_F(InstallBundle, NamesTheFolderThatIsNotThere) {
  const auto installed = install_bundle(tmp_.path() / "none", folder_, "ridge-1");
  ASSERT_FALSE(installed);
  EXPECT_THAT(installed.error().what, HasSubstr("none"));
}

}  // namespace
}  // namespace geod::adapters
