#include "trainer/image_set.hpp"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "tests/unit/trainer/test_images.hpp"
#include "tests/unit/trainer/tmp_dir.hpp"

namespace geod::trainer {
namespace {

using test::band_image;
using testing::ElementsAre;
using testing::HasSubstr;

class ImageSetTest : public testing::Test {
 protected:
  /// `count` pairs of 12 x 10 pixels.
  void write_pairs(int count) {
    for (int i = 0; i < count; ++i) {
      test::write_pair(dir_.path(), band_image(12, 10, i));
    }
  }
  void write_dat_set() {
    for (int i = 0; i < 10; ++i) {
      test::write_dat(dir_ / "train", i, band_image(12, 10, i));
    }
    for (int i = 0; i < 3; ++i) {
      test::write_dat(dir_ / "valid", i, band_image(12, 10, i));
    }
    dir_.write("images.json", R"({"rows": 12, "columns": 10, "licence": "CC0-1.0"})");
  }
  ImageRequest request() const {
    ImageRequest request;
    request.data = dir_.path();
    return request;
  }
  /// What goes wrong.
  std::string fault(const ImageRequest& request) const {
    const auto set = load_image_set(request);
    return set ? std::string("it loads") : set.error().what;
  }
  void write_npy(const char* file, const std::string& shape, const std::string& values) {
    std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }";
    header.resize(118, ' ');
    header.back() = '\n';
    dir_.write(file, std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + values);
  }

  test::TmpDir dir_;
};

TEST_F(ImageSetTest, ReadsPairsAndHoldsAFifthOut) {
  write_pairs(10);
  const auto set = load_image_set(request());
  ASSERT_TRUE(set) << set.error().what;
  EXPECT_EQ(set->training.size(), 8U);
  EXPECT_EQ(set->held_out.size(), 2U);
  EXPECT_TRUE(set->test.empty());
  EXPECT_THAT(set->class_names, ElementsAre("background", "event"));
  const LabelledImage& image = set->training.front();
  const LabelledImage written = band_image(12, 10, std::stoi(image.name.substr(5)));
  EXPECT_EQ(image.rows, 12);
  EXPECT_EQ(image.columns, 10);
  EXPECT_EQ(image.pixels, written.pixels);
  EXPECT_EQ(image.labels, written.labels);
}

TEST_F(ImageSetTest, SplitsTheSameWayForTheSameSeed) {
  write_pairs(10);
  ImageRequest shares = request();
  shares.split.shares = SplitShares{0.5, 0.3};
  const auto names = [](const ImageSet& set) {
    std::set<std::string> names;
    for (const LabelledImage& image : set.training) {
      names.insert(image.name);
    }
    return names;
  };
  const auto one = load_image_set(shares);
  const auto two = load_image_set(shares);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->training.size(), 5U);
  EXPECT_EQ(one->held_out.size(), 3U);
  EXPECT_EQ(one->test.size(), 2U);
  EXPECT_EQ(names(*one), names(*two));
}

TEST_F(ImageSetTest, TakesThePartsOfTheSplitFile) {
  write_pairs(3);
  dir_.write("split.csv", "name,part\nband-0,test\nband-1,training\nband-2,validation\n");
  const auto set = load_image_set(request());
  ASSERT_TRUE(set) << set.error().what;
  EXPECT_EQ(set->training.at(0).name, "band-1");
  EXPECT_EQ(set->held_out.at(0).name, "band-2");
  EXPECT_EQ(set->test.at(0).name, "band-0");
  dir_.write("split.csv", "name,part\nband-0,test\nband-1,training\n");
  EXPECT_THAT(fault(request()), HasSubstr("band-2 has no row"));
  dir_.write("split.csv", "name,part\nband-0,no\n");
  EXPECT_THAT(fault(request()), HasSubstr("split.csv:2"));
}

TEST_F(ImageSetTest, ReadsThePapersLayoutAndKeepsItsValidImagesForTheTest) {
  write_dat_set();
  const auto honest = load_image_set(request());
  ASSERT_TRUE(honest) << honest.error().what;
  EXPECT_EQ(honest->training.size(), 9U);
  EXPECT_EQ(honest->held_out.size(), 1U);
  EXPECT_EQ(honest->test.size(), 3U);
  EXPECT_EQ(honest->description.folders.at(0).licence, "CC0-1.0");
  ImageRequest published = request();
  published.published_parts = true;
  const auto as_published = load_image_set(published);
  ASSERT_TRUE(as_published);
  EXPECT_EQ(as_published->training.size(), 10U);
  EXPECT_EQ(as_published->held_out.size(), 3U);
  EXPECT_TRUE(as_published->test.empty());
  EXPECT_EQ(as_published->training.at(4).pixels, band_image(12, 10, 4).pixels);
}

TEST_F(ImageSetTest, NamesWhatIsWrongWithThePapersLayout) {
  write_dat_set();
  std::filesystem::remove(dir_ / "images.json");
  EXPECT_THAT(fault(request()), HasSubstr("images.json"));  // 512 x 512 is expected
  write_dat_set();
  std::filesystem::remove(dir_ / "train" / "label" / "3.dat");
  EXPECT_THAT(fault(request()), HasSubstr("label/3.dat: is missing"));
}

TEST_F(ImageSetTest, ReadsNpyImagesAndMasksOfTwoFiftyFive) {
  std::filesystem::create_directories(dir_ / "images");
  std::filesystem::create_directories(dir_ / "labels");
  for (const std::string name : {"a", "b", "c"}) {
    write_npy(("images/" + name + ".npy").c_str(), "(2, 2)", "\x01\x02\x03\xff");
    write_npy(("labels/" + name + ".npy").c_str(), "(2, 2)", std::string("\0\xff\0\xff", 4));
  }
  const auto set = load_image_set(request());
  ASSERT_TRUE(set) << set.error().what;
  EXPECT_THAT(set->training.at(0).pixels, ElementsAre(1, 2, 3, 255));
  EXPECT_THAT(set->training.at(0).labels, ElementsAre(0, 1, 0, 1));
}

TEST_F(ImageSetTest, LeavesPixelsWithoutAClassOut) {
  std::filesystem::create_directories(dir_ / "images");
  std::filesystem::create_directories(dir_ / "labels");
  write_npy("images/a.npy", "(2, 2)", "\x01\x02\x03\xff");
  write_npy("labels/a.npy", "(2, 2)", std::string("\0\xff\1\0", 4));
  const auto set = load_image_set(request());
  ASSERT_TRUE(set) << set.error().what;
  EXPECT_THAT(set->training.at(0).labels, ElementsAre(0, kUnlabelled, 1, 0));
}

TEST_F(ImageSetTest, NamesTheFileOfEveryFault) {
  EXPECT_THAT(fault(request()), HasSubstr("images/ and labels/"));
  write_pairs(2);
  std::filesystem::remove(dir_ / "labels" / "band-1.png");
  EXPECT_THAT(fault(request()), HasSubstr("band-1.png: no labels"));
  write_npy("labels/band-1.npy", "(2, 2)", "\x01\x01\x01\x01");
  EXPECT_THAT(fault(request()), HasSubstr("2 x 2 labels for an image of 12 x 10"));
  write_npy("labels/band-1.npy", "(12, 10)", std::string(120, '\7'));
  EXPECT_THAT(fault(request()), HasSubstr("band-1.npy: class 7"));
  dir_.write("images.json", R"({"colour": 1})");
  EXPECT_THAT(fault(request()), HasSubstr("'colour' is not known"));
}

TEST_F(ImageSetTest, RefusesValuesThatAreNoBrightnessUnlessTheyWrapAsPublished) {
  write_dat_set();
  const std::vector<float> loud(120, 300.7F);
  std::ofstream(dir_ / "train" / "image" / "0.dat", std::ios::binary)
      .write(reinterpret_cast<const char*>(loud.data()), 480);
  EXPECT_THAT(fault(request()), HasSubstr("0.dat: a value of 300.7"));
  ImageRequest wrapping = request();
  wrapping.wraps = true;
  wrapping.published_parts = true;
  const auto set = load_image_set(wrapping);
  ASSERT_TRUE(set) << set.error().what;
  EXPECT_EQ(set->training.at(0).pixels.at(0), 300 - 256);
}

TEST_F(ImageSetTest, TellsTheShareOfEachClass) {
  write_pairs(1);
  const auto set = load_image_set(request());
  ASSERT_TRUE(set);
  const auto ones = std::ranges::count(set->training.at(0).labels, std::int8_t{1});
  EXPECT_DOUBLE_EQ(class_shares(set->training, 2).at(1), static_cast<double>(ones) / 120.0);
}

}  // namespace
}  // namespace geod::trainer
