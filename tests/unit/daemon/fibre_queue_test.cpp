#include "daemon/fibre_queue.hpp"

#include <map>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/das_blocks.hpp"

namespace geod {
namespace {

using streams::kFibreStart;
using streams::test_block;
using streams::test_geometry;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kBlockSamples = 100;

/// A queue that holds about ten of the blocks below.
class FibreQueueTest : public ::testing::Test {
 protected:
  FibreQueueTest() {
    for (const char* id : {"XX.A", "XX.B"}) {
      FibreGeometry geometry = test_geometry(10);
      geometry.fibre_id = id;
      geometries_[id] = std::make_shared<const FibreGeometry>(geometry);
    }
  }
  DasBlock block(const std::string& id, std::int64_t number) {
    return test_block(geometries_.at(id), number * kBlockSamples, kBlockSamples);
  }
  void push(FibreItem item) {
    const std::size_t bytes = queue_bytes(item);
    queue_.push(std::move(item), bytes);
  }
  /// What waits, as "A0" for a block, "A[0,3)" for a shed span of three blocks, "A." for an end.
  std::vector<std::string> waiting() {
    std::vector<std::string> words;
    queue_.close();
    while (auto item = queue_.pop()) {
      if (const auto* block = std::get_if<DasBlock>(&*item)) {
        words.push_back(name(block->geometry->fibre_id) + std::to_string(number(block->start)));
      } else if (const auto* gap = std::get_if<FibreGap>(&*item)) {
        words.push_back(gap->kind == FibreGap::Kind::kShed
                            ? name(gap->fibre_id) + "[" + std::to_string(number(gap->from)) + "," +
                                  std::to_string(number(gap->to)) + ")"
                            : name(gap->fibre_id) + "!");
      } else if (const auto* metadata = std::get_if<streams::FibreMetadata>(&*item)) {
        words.push_back(name(metadata->fibre_id) + metadata->json);
      } else {
        words.push_back(name(std::get<FibreEnd>(*item).fibre_id) + ".");
      }
    }
    return words;
  }
  static std::string name(const std::string& id) { return id.substr(3); }
  static std::int64_t number(Time time) {
    return SampleRate::make(1000)->samples_in(time - kFibreStart) / kBlockSamples;
  }

  std::map<std::string, std::shared_ptr<const FibreGeometry>> geometries_;
  std::atomic<std::uint64_t> shed_{0};
  FibreQueue queue_{45'000,
                    [this](FibreQueue::Waiting& waiting, std::size_t limit, std::size_t weight) {
                      shed_blocks(waiting, limit, weight, shed_);
                    }};
};

TEST_F(FibreQueueTest, ShedsTheOldestHalfInOnePiece) {
  for (std::int64_t number = 0; number < 11; ++number) {
    push(block("XX.A", number));
  }
  EXPECT_THAT(waiting(), ElementsAre("A[0,6)", "A6", "A7", "A8", "A9", "A10"));
  EXPECT_EQ(shed_.load(), 6U);
}

TEST_F(FibreQueueTest, TheFibreThatFillsTheQueueLosesItsBlocksFirst) {
  push(block("XX.B", 0));
  push(block("XX.B", 1));
  for (std::int64_t number = 0; number < 9; ++number) {
    push(block("XX.A", number));
  }
  EXPECT_THAT(waiting(), ElementsAre("B0", "B1", "A[0,6)", "A6", "A7", "A8"));
}

TEST_F(FibreQueueTest, EndsAndBordersStayInTheirPlaces) {
  push(block("XX.A", 0));
  push(FibreGap{"XX.A", FibreGap::Kind::kRestart, kFibreStart, kFibreStart, ""});
  push(block("XX.A", 1));
  push(FibreEnd{"XX.A", ""});
  for (std::int64_t number = 2; number < 11; ++number) {
    push(block("XX.A", number));
  }
  EXPECT_THAT(waiting(),
              ElementsAre("A[0,1)", "A!", "A[1,2)", "A.", "A[2,6)", "A6", "A7", "A8", "A9", "A10"));
}

TEST_F(FibreQueueTest, SpansThatDoNotTouchStayApart) {
  for (std::int64_t number = 0; number < 11; ++number) {
    push(block("XX.A", number < 3 ? number : number + 5));
  }
  EXPECT_THAT(waiting(), ElementsAre("A[0,3)", "A[8,11)", "A11", "A12", "A13", "A14", "A15"));
}

TEST_F(FibreQueueTest, ABlockLargerThanTheQueueGoesInAlone) {
  push(block("XX.A", 0));
  push(test_block(geometries_.at("XX.A"), kBlockSamples, 20 * kBlockSamples));
  EXPECT_THAT(waiting(), ElementsAre("A[0,1)", "A1"));
}

TEST_F(FibreQueueTest, EveryBlockIsEitherThereOrShedWhateverComes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::map<std::string, std::int64_t> pushed{{"XX.A", 0}, {"XX.B", 0}};
  std::map<std::string, std::int64_t> seen = pushed;
  std::map<std::string, std::int64_t> shed = pushed;
  const auto take = [&](FibreItem item) {
    if (const auto* block = std::get_if<DasBlock>(&item)) {
      const std::string& id = block->geometry->fibre_id;
      EXPECT_EQ(number(block->start), seen[id] + shed[id]) << "in order";
      ++seen[id];
    } else if (const auto* gap = std::get_if<FibreGap>(&item)) {
      EXPECT_EQ(number(gap->from), seen[gap->fibre_id] + shed[gap->fibre_id]);
      shed[gap->fibre_id] += number(gap->to) - number(gap->from);
    }
  };
  for (int step = 0; step < 2000; ++step) {
    if (random() % 3 == 0) {
      if (auto item = queue_.pop_until({})) {
        take(std::move(*item));
      }
    } else {
      const std::string id = random() % 4 == 0 ? "XX.B" : "XX.A";
      push(block(id, pushed[id]++));
    }
  }
  queue_.close();
  while (auto item = queue_.pop()) {
    take(std::move(*item));
  }
  for (const auto& [id, count] : pushed) {
    EXPECT_EQ(seen[id] + shed[id], count) << id;
  }
  EXPECT_EQ(shed_.load(), static_cast<std::uint64_t>(shed["XX.A"] + shed["XX.B"]));
  EXPECT_GT(shed_.load(), 0U);
}

TEST_F(FibreQueueTest, OfTheMetadataOfAFibreStaysWhatCameLastBeforeABlock) {
  for (int i = 0; i < 40; ++i) {
    push(streams::FibreMetadata{"XX.A", "m" + std::to_string(i)});
    push(streams::FibreMetadata{"XX.B", std::string(1000, ' ')});
  }
  push(streams::FibreMetadata{"XX.B", "n"});
  for (int i = 0; i < 20; ++i) {
    push(block("XX.A", i));
  }
  const auto left = waiting();
  EXPECT_EQ(left.at(0), "Am39");
  EXPECT_EQ(left.at(1), "Bn");
  EXPECT_EQ(left.at(2).substr(0, 2), "A[");
}

}  // namespace
}  // namespace geod
