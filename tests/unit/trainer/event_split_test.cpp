#include "trainer/event_split.hpp"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

using ::testing::ElementsAre;

std::vector<Recording> recordings(int events, int stations) {
  std::vector<Recording> all;
  for (int e = 0; e < events; ++e) {
    for (int s = 0; s < stations; ++s) {
      Recording recording;
      recording.folder = "set";
      recording.event = fmt::format("e{}", e);
      recording.id = fmt::format("set/e{}s{}", e, s);
      all.push_back(recording);
    }
  }
  return all;
}

std::map<Part, int> count(const std::vector<Recording>& all) {
  std::map<Part, int> counts;
  for (const Recording& recording : all) {
    ++counts[recording.part];
  }
  return counts;
}

TEST(SplitByEvent, NeverCutsAnEarthquake) {
  auto all = recordings(200, 5);
  split_by_event(all, {0.8, 0.1}, 3);
  std::map<std::string, Part> parts;
  for (const Recording& recording : all) {
    EXPECT_EQ(parts.emplace(recording.event, recording.part).first->second, recording.part);
  }
  auto counts = count(all);
  EXPECT_NEAR(counts[Part::kTrain], 800, 10);
  EXPECT_NEAR(counts[Part::kValidation], 100, 10);
  EXPECT_NEAR(counts[Part::kTest], 100, 10);
}

TEST(SplitByEvent, DependsOnTheSeedAndNotOnTheOrder) {
  auto all = recordings(60, 2);
  auto backwards = all;
  std::ranges::reverse(backwards);
  split_by_event(all, {0.5, 0.25}, 3);
  split_by_event(backwards, {0.5, 0.25}, 3);
  std::ranges::reverse(backwards);
  auto other = all;
  split_by_event(other, {0.5, 0.25}, 4);
  bool differs = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].part, backwards[i].part);
    differs = differs || all[i].part != other[i].part;
  }
  EXPECT_TRUE(differs);
}

// numpy.random.RandomState(seed).permutation(n)
TEST(NumpyPermutation, IsNumpys) {
  EXPECT_THAT(numpy_permutation(10, 0), ElementsAre(2, 8, 4, 9, 1, 6, 7, 3, 0, 5));
  EXPECT_THAT(numpy_permutation(7, 42), ElementsAre(0, 1, 5, 2, 4, 3, 6));
}

TEST(SplitByRow, CutsTheShuffledRowsAsPublished) {
  auto all = recordings(10, 1);
  split_by_row(all, {0.8, 0.1}, 0);
  // The last two of the order above.
  EXPECT_EQ(all[0].part, Part::kValidation);
  EXPECT_EQ(all[5].part, Part::kTest);
  EXPECT_EQ(count(all)[Part::kTrain], 8);
}

TEST(Split, IsReadFromThreeShares) {
  const auto shares = parse_split("0.8/0.15/0.05");
  ASSERT_TRUE(shares);
  EXPECT_EQ(shares->train, 0.8);
  EXPECT_EQ(shares->validation, 0.15);
  for (const char* bad :
       {"", "0.8", "0.8/0.1", "0.8/0.1/0.2", "0.8/0.1/0.1/0", "a/b/c", "1/-1/1"}) {
    EXPECT_FALSE(parse_split(bad)) << bad;
  }
}

}  // namespace
}  // namespace geod::trainer
