#include "trainer/inversion_set.hpp"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "tests/unit/trainer/test_shards.hpp"
#include "tests/unit/trainer/tmp_dir.hpp"

namespace geod::trainer {
namespace {

using test::write_small_pair;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

class InversionFolders : public testing::Test {
 protected:
  void add(const std::string& folder, int number, std::int64_t count, int first = 0) {
    const auto base = dir_.path() / folder;
    const std::string n = std::to_string(number) + ".npy";
    write_small_pair(base / "data" / ("data" + n), base / "model" / ("model" + n), count, first);
  }
  InversionFolder open(const std::string& folder) {
    auto opened = InversionFolder::open(dir_.path() / folder);
    EXPECT_TRUE(opened) << opened.error().what;
    return std::move(*opened);
  }
  std::string fault(const std::string& folder) {
    const auto opened = InversionFolder::open(dir_.path() / folder);
    return opened ? std::string("it opens") : opened.error().what;
  }

  test::TmpDir dir_;
};

TEST_F(InversionFolders, ReadASampleOfAnyShard) {
  add("flatvel-a", 1, 3);
  add("flatvel-a", 2, 2, 100);
  const InversionFolder folder = open("flatvel-a");
  ASSERT_NE(folder.published(), nullptr);
  EXPECT_EQ(folder.published()->code, "FVA");
  EXPECT_EQ(to_string(folder.shape()), "1 x 2 x 3 over 2 x 2");
  std::vector<float> shots(6);
  std::vector<float> map(4);
  ASSERT_TRUE(folder.read({1, 1}, shots, map));
  EXPECT_THAT(shots, Each(101.0F));
  EXPECT_THAT(map, Each(2101.0F));
}

TEST_F(InversionFolders, AreOfTheSetThatTheirDescriptionNames) {
  add("mine", 1, 1);
  dir_.write("mine/openfwi.json", R"({"name": "STB", "licence": "none", "samples": 1})");
  const InversionFolder folder = open("mine");
  ASSERT_NE(folder.published(), nullptr);
  EXPECT_EQ(folder.published()->code, "STB");
  EXPECT_EQ(folder.licence(), "none");
  dir_.write("mine/openfwi.json", R"({"name": 7})");
  EXPECT_THAT(fault("mine"), HasSubstr("openfwi.json: name is no text"));
  dir_.write("mine/openfwi.json", "{");
  EXPECT_THAT(fault("mine"), HasSubstr("not a JSON object"));
}

TEST_F(InversionFolders, OfNoPublishedSizeValidateOnTheirLastFifth) {
  add("mine", 1, 6);
  add("mine", 2, 4);
  const InversionFolder folder = open("mine");
  EXPECT_EQ(folder.published(), nullptr);
  const auto training = folder.samples_of(InversionPart::kTraining);
  const auto validation = folder.samples_of(InversionPart::kValidation);
  EXPECT_THAT(training[0], ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(training[1], ElementsAre(0, 1));
  EXPECT_THAT(validation[1], ElementsAre(2, 3));
}

TEST_F(InversionFolders, TakeTheShareFromEachAndKeepThePartsApart) {
  add("a", 1, 50);
  add("b", 1, 100);
  const std::vector<InversionFolder> folders = [this] {
    std::vector<InversionFolder> both;
    both.push_back(open("a"));
    both.push_back(open("b"));
    return both;
  }();
  std::vector<InversionSample> half =
      samples_of(folders, InversionPart::kTraining, {0.5, false, 3});
  EXPECT_EQ(half.size(), 60U);
  EXPECT_EQ(std::ranges::count_if(half, [](const auto& each) { return each.folder == 0; }), 20);
  const auto first = samples_of(folders, InversionPart::kTraining, {0.5, true, 3});
  EXPECT_EQ(first[19].place.sample, 19);
  EXPECT_EQ(first[20].folder, 1U);

  const auto before = half;
  const auto held_out = take_out(half, 0.1, 5);
  EXPECT_EQ(held_out.size(), 6U);
  EXPECT_EQ(half.size(), 54U);
  EXPECT_EQ(std::ranges::count_if(held_out, [](const auto& each) { return each.folder == 0; }), 2);
  for (const InversionSample& each : held_out) {
    EXPECT_EQ(std::ranges::count(before, each), 1);
    EXPECT_EQ(std::ranges::count(half, each), 0);
  }
}

TEST_F(InversionFolders, ThatDoNotFitTogetherAreRefusedByName) {
  add("mine", 1, 2);
  test::write_shard(dir_.path() / "mine/data/data2.npy", {1, 1, 2, 4}, std::vector<float>(8, 1.0F));
  test::write_shard(dir_.path() / "mine/model/model2.npy", {1, 2, 2}, std::vector<float>(4, 2e3F));
  EXPECT_THAT(fault("mine"), HasSubstr("data2.npy: samples of 1 x 2 x 4"));
  test::write_shard(
      dir_.path() / "mine/data/data2.npy", {2, 1, 2, 3}, std::vector<float>(12, 1.0F));
  EXPECT_THAT(fault("mine"), HasSubstr("data2.npy holds 2 samples"));
  test::write_shard(dir_.path() / "mine/data/data2.npy", {1, 6}, std::vector<float>(6, 1.0F));
  EXPECT_THAT(fault("mine"), HasSubstr("shots are [samples, sources, times, receivers]"));
}

TEST_F(InversionFolders, WithVelocitiesInKilometresASecondAreRefused) {
  test::write_shard(dir_.path() / "km/data/data1.npy", {1, 1, 2, 3}, std::vector<float>(6, 1.0F));
  test::write_shard(dir_.path() / "km/model/model1.npy", {1, 1, 2, 2}, std::vector<float>(4, 2.0F));
  EXPECT_THAT(fault("km"), HasSubstr("must be in m/s"));
}

TEST_F(InversionFolders, AreToldApartByTheirFiles) {
  add("a", 1, 2);
  const std::string one = open("a").identity();
  add("a", 2, 2);
  EXPECT_NE(open("a").identity(), one);
  const std::vector<InversionFolder> folders = [this] {
    std::vector<InversionFolder> out;
    out.push_back(open("a"));
    return out;
  }();
  EXPECT_EQ(describe(folders).name, "a");
}

}  // namespace
}  // namespace geod::trainer
