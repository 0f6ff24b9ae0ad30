#include "daemon/inventory_watch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

namespace geod {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class InventoryWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "geod-inventory-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    write("a.csv", kHeader + "XX,ONE,,,35.0,-117.0,100,,,\n");
    write("b.csv", kHeader + "XX,TWO,,,36.0,-117.0,200,,,\n");
    config_.inventory = {(folder_ / "a.csv").string(), (folder_ / "b.csv").string()};
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Each write is another file, however coarse the clock of the file system.
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / "new") << text;
    fs::rename(folder_ / "new", folder_ / name);
  }

  static bool knows(const InventoryWatch& watch, const std::string& station) {
    return watch.places()->inventory.position_at(StationId{"XX", station}, Time{}).has_value();
  }

  const std::string kHeader =
      "network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end\n";
  fs::path folder_;
  config::CatalogConfig config_;
};

TEST_F(InventoryWatchTest, ReadsAllFilesAtTheFirstLook) {
  InventoryWatch watch(config_);
  EXPECT_TRUE(watch.places()->inventory.stations().empty());
  EXPECT_TRUE(watch.look());
  EXPECT_TRUE(knows(watch, "ONE"));
  EXPECT_TRUE(knows(watch, "TWO"));
  EXPECT_FALSE(watch.look());
  EXPECT_EQ(watch.reloads(), 0U);
}

TEST_F(InventoryWatchTest, TakesUpAFileThatChangedWhenItStandsStill) {
  InventoryWatch watch(config_);
  watch.look();
  write("a.csv", kHeader + "XX,THREE,,,35.0,-117.0,100,,,\n");
  EXPECT_FALSE(watch.look());  // it may still be written
  EXPECT_TRUE(watch.look());
  EXPECT_TRUE(knows(watch, "THREE"));
  EXPECT_FALSE(knows(watch, "ONE"));
  EXPECT_TRUE(knows(watch, "TWO"));
  EXPECT_EQ(watch.reloads(), 1U);
}

TEST_F(InventoryWatchTest, ABrokenFileChangesNothingAndIsToldOnce) {
  InventoryWatch watch(config_);
  watch.look();
  write("a.csv", kHeader + "XX,THREE,,,135.0,-117.0,100,,,\n");
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(watch.look());
  }
  EXPECT_TRUE(knows(watch, "ONE"));
  EXPECT_EQ(watch.errors(), 1U);
  EXPECT_THAT(watch.faults(), ElementsAre(HasSubstr("a.csv")));
  write("a.csv", kHeader + "XX,THREE,,,35.0,-117.0,100,,,\n");
  watch.look();
  EXPECT_TRUE(watch.look());
  EXPECT_TRUE(knows(watch, "THREE"));
  EXPECT_TRUE(watch.faults().empty());
}

TEST_F(InventoryWatchTest, AFileThatIsGoneLeavesWhatItSaid) {
  InventoryWatch watch(config_);
  watch.look();
  fs::remove(folder_ / "b.csv");
  EXPECT_FALSE(watch.look());
  EXPECT_FALSE(watch.look());
  EXPECT_TRUE(knows(watch, "TWO"));
  EXPECT_THAT(watch.faults(), SizeIs(1));
}

TEST_F(InventoryWatchTest, OneBrokenFileAtTheStartLeavesTheOthers) {
  write("a.csv", "no inventory at all\n");
  write("cable.csv", "channel,latitude,longitude,elevation_m\n0,35,-117,0\n100,35.01,-117,0\n");
  config_.fibres["XX.CABLE1"].positions = (folder_ / "cable.csv").string();
  InventoryWatch watch(config_);
  EXPECT_TRUE(watch.look());
  EXPECT_TRUE(knows(watch, "TWO"));
  EXPECT_TRUE(watch.places()->fibres.contains("XX.CABLE1"));
  EXPECT_EQ(watch.errors(), 1U);
}

}  // namespace
}  // namespace geod
