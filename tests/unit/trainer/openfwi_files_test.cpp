#include "trainer/openfwi_files.hpp"

#include <gmock/gmock.h>

#include "tests/unit/trainer/test_shards.hpp"
#include "tests/unit/trainer/tmp_dir.hpp"

namespace geod::trainer {
namespace {

using testing::HasSubstr;

class OpenFwiFiles : public testing::Test {
 protected:
  void touch(const std::string& name) { test::write_bytes(dir_.path() / name, "x"); }
  std::vector<OpenFwiShard> shards() {
    auto found = find_openfwi_shards(dir_.path());
    EXPECT_TRUE(found) << found.error().what;
    return found ? *found : std::vector<OpenFwiShard>{};
  }
  std::string fault() {
    const auto found = find_openfwi_shards(dir_.path());
    return found ? std::string("it is read") : found.error().what;
  }

  test::TmpDir dir_;
};

TEST_F(OpenFwiFiles, OfTheVelFamilyStandInTheOrderOfTheirNumbers) {
  for (const int number : {10, 2, 1}) {
    touch("data/data" + std::to_string(number) + ".npy");
    touch("model/model" + std::to_string(number) + ".npy");
  }
  touch("data/notes.txt");
  const auto found = shards();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].shots.filename(), "data1.npy");
  EXPECT_EQ(found[1].velocities.filename(), "model2.npy");
  EXPECT_EQ(found[2].shots.filename(), "data10.npy");
  EXPECT_FALSE(found[0].part);  // three shards are no published set
}

TEST_F(OpenFwiFiles, OfThePublishedNumberAreSplitAsPublished) {
  for (int i = 1; i <= 60; ++i) {
    touch("data/data" + std::to_string(i) + ".npy");
    touch("model/model" + std::to_string(i) + ".npy");
  }
  const auto found = shards();
  ASSERT_EQ(found.size(), 60U);
  EXPECT_EQ(found[47].part, InversionPart::kTraining);
  EXPECT_EQ(found[48].part, InversionPart::kValidation);
  EXPECT_EQ(found[48].shots.filename(), "data49.npy");
}

TEST_F(OpenFwiFiles, OfFaultsAreSplitWithinEachCountOfLayers) {
  for (const int layers : {2, 3, 4}) {
    for (int k = 0; k < 36; ++k) {
      const std::string tail = std::to_string(layers) + "_1_" + std::to_string(k) + ".npy";
      touch("seis" + tail);
      touch("vel" + tail);
    }
  }
  const auto found = shards();
  ASSERT_EQ(found.size(), 108U);
  for (const OpenFwiShard& shard : found) {
    const std::string name = shard.shots.stem().string();
    const int k = std::stoi(name.substr(name.rfind('_') + 1));
    EXPECT_EQ(shard.part, k < 32 ? InversionPart::kTraining : InversionPart::kValidation) << name;
    EXPECT_EQ(shard.layers, name[4] - '0');
  }
}

TEST_F(OpenFwiFiles, WithoutTheirPartnerAreNamed) {
  touch("seis2_1_0.npy");
  EXPECT_THAT(fault(), HasSubstr("seis2_1_0.npy: its velocities"));
  touch("vel2_1_0.npy");
  touch("vel2_1_1.npy");
  EXPECT_THAT(fault(), HasSubstr("vel2_1_1.npy: its shots"));
}

TEST_F(OpenFwiFiles, OfListsOfAnotherMachineAreFoundByTheirLastParts) {
  for (const char* name :
       {"data/data1.npy", "model/model1.npy", "data/data2.npy", "model/model2.npy"}) {
    touch(name);
  }
  touch("data/data3.npy");  // in no list, and without a partner
  dir_.write("flatvel_a_train.txt",
             "/lustre/x/flatvel_a/data/data1.npy\t/lustre/x/flatvel_a/model/model1.npy\r\n\n");
  dir_.write("flatvel_a_val.txt", "data/data2.npy\tmodel/model2.npy");  // ends without a newline
  const auto found = shards();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].shots, dir_.path() / "data/data1.npy");
  EXPECT_EQ(found[0].part, InversionPart::kTraining);
  EXPECT_EQ(found[1].velocities, dir_.path() / "model/model2.npy");
  EXPECT_EQ(found[1].part, InversionPart::kValidation);
}

TEST_F(OpenFwiFiles, OfWrongListsAreToldByFileAndLine) {
  touch("data/data1.npy");
  touch("model/model1.npy");
  dir_.write("a_train.txt", "data/data1.npy\tmodel/model1.npy\ndata/data1.npy\n");
  EXPECT_THAT(fault(), HasSubstr("a_train.txt, line 2: no tab"));
  dir_.write("a_train.txt", "data/data1.npy\tmodel/model9.npy\n");
  EXPECT_THAT(fault(), HasSubstr("model/model9.npy is neither there"));
  dir_.write("b_train.txt", "");
  EXPECT_THAT(fault(), HasSubstr("one list may end in train.txt"));
}

TEST_F(OpenFwiFiles, ThatAreNoneSayWhatIsExpected) {
  EXPECT_THAT(fault(), HasSubstr("data/data1.npy with model/model1.npy"));
  const auto gone = find_openfwi_shards(dir_ / "gone");
  EXPECT_EQ(gone.error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace geod::trainer
