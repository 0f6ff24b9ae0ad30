#include "streams/fibre_buffer.hpp"

#include <cstring>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/das_blocks.hpp"

namespace geod::streams {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using GapKind = FibreGap::Kind;

class FibreBufferTest : public testing::Test {
 protected:
  Time at(std::int64_t sample) const { return kFibreStart + geometry_->rate.span_of(sample); }
  void push(std::int64_t first, std::int64_t samples, Duration shift = Duration{0}) {
    DasBlock block = test_block(geometry_, first, samples);
    block.start += shift;
    buffer_.push(std::move(block), gaps_);
    take();
  }
  void take() {
    while (auto piece = buffer_.next()) {
      pieces_.push_back(std::move(*piece));
    }
  }
  /// The kinds and sample ranges of the gaps so far.
  std::vector<std::tuple<GapKind, std::int64_t, std::int64_t>> gaps() const {
    std::vector<std::tuple<GapKind, std::int64_t, std::int64_t>> all;
    for (const FibreGap& gap : gaps_) {
      all.emplace_back(gap.kind,
                       geometry_->rate.samples_in(gap.from - kFibreStart),
                       geometry_->rate.samples_in(gap.to - kFibreStart));
    }
    return all;
  }
  static float value(const FibrePiece& piece, std::int64_t sample, std::int64_t channel) {
    float value = 0.0F;
    std::memcpy(&value, piece.layout().at(sample, channel), sizeof(value));
    return value;
  }

  std::shared_ptr<const FibreGeometry> geometry_ =
      std::make_shared<const FibreGeometry>(test_geometry());
  FibreBuffer buffer_{"XX.CABLE1", 1 << 20};
  std::vector<FibreGap> gaps_;
  std::vector<FibrePiece> pieces_;
};

TEST_F(FibreBufferTest, JoinsBlocksThatFollowAndSharesTheirBytes) {
  const DasBlock block = test_block(geometry_, 0, 100);
  buffer_.push(block, gaps_);
  push(100, 50);
  ASSERT_THAT(pieces_, SizeIs(2));
  EXPECT_EQ(pieces_[0].block.raw, block.raw);
  EXPECT_TRUE(pieces_[0].begins_segment);
  EXPECT_FALSE(pieces_[1].begins_segment);
  EXPECT_EQ(pieces_[1].start, at(100));
  EXPECT_EQ(pieces_[1].end(), at(150));
  EXPECT_THAT(gaps_, IsEmpty());
}

TEST_F(FibreBufferTest, AddressesSamplesInBothOrders) {
  FibreGeometry channel_major = *geometry_;
  channel_major.order = DasOrder::kChannelMajor;
  for (const auto& geometry : {geometry_, std::make_shared<const FibreGeometry>(channel_major)}) {
    FibreBuffer buffer("XX.CABLE1", 1 << 20);
    buffer.push(test_block(geometry, 0, 10), gaps_);
    buffer.push(test_block(geometry, 6, 10), gaps_);
    buffer.next();
    const auto piece = buffer.next();
    ASSERT_TRUE(piece);
    EXPECT_EQ(piece->from, 4);
    EXPECT_EQ(value(*piece, 0, 2), test_value(10, 2));
    EXPECT_EQ(value(*piece, 5, 1), test_value(15, 1));
  }
}

TEST_F(FibreBufferTest, TellsAHoleAndBeginsASegmentBehindIt) {
  push(0, 100);
  push(130, 100);
  ASSERT_THAT(pieces_, SizeIs(2));
  EXPECT_TRUE(pieces_[1].begins_segment);
  EXPECT_THAT(gaps(), ElementsAre(std::tuple(GapKind::kMissing, 100, 130)));
  EXPECT_EQ(buffer_.counters().holes, 1U);
  EXPECT_EQ(buffer_.counters().missing_samples, 30U);
}

TEST_F(FibreBufferTest, DoesNotCallShedSpansMissing) {
  push(0, 100);
  buffer_.announce({"XX.CABLE1", GapKind::kShed, at(100), at(200), ""});
  push(200, 100);
  EXPECT_THAT(gaps_, IsEmpty());
  buffer_.announce({"XX.CABLE1", GapKind::kShed, at(320), at(400), ""});
  push(450, 50);
  EXPECT_THAT(gaps(),
              ElementsAre(std::tuple(GapKind::kMissing, 300, 320),
                          std::tuple(GapKind::kMissing, 400, 450)));
  EXPECT_TRUE(pieces_.back().begins_segment);
  EXPECT_EQ(buffer_.counters().holes, 1U);
}

TEST_F(FibreBufferTest, DropsDuplicatesAndTellsThemFromLateBlocks) {
  push(0, 100);
  push(500, 100);
  push(600, 100);
  push(550, 100);
  push(200, 100);
  EXPECT_THAT(pieces_, SizeIs(3));
  EXPECT_EQ(buffer_.counters().duplicates, 1U);
  EXPECT_EQ(buffer_.counters().late, 1U);
  push(700, 100);
  EXPECT_FALSE(pieces_.back().begins_segment);
}

TEST_F(FibreBufferTest, TakesAClockStepOfLessThanHalfASampleAsContiguous) {
  push(0, 100);
  push(100, 100, std::chrono::microseconds{400});
  push(200, 100, std::chrono::microseconds{400});
  EXPECT_EQ(buffer_.counters().steps, 1U);
  EXPECT_THAT(gaps_, IsEmpty());
  ASSERT_THAT(pieces_, SizeIs(3));
  EXPECT_EQ(pieces_[2].start, at(200) + std::chrono::microseconds{400});
}

TEST_F(FibreBufferTest, HasTheSameTimesForAnyCutOfAnExactStream) {
  FibreGeometry uneven = *geometry_;
  uneven.rate = *SampleRate::make(3000, 7);
  geometry_ = std::make_shared<const FibreGeometry>(uneven);
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::int64_t first = 0;
  while (first < 100'000) {
    const std::int64_t samples = std::uniform_int_distribution<std::int64_t>(1, 3000)(random);
    push(first, samples);
    EXPECT_EQ(pieces_.back().start, at(first));
    EXPECT_EQ(pieces_.back().begins_segment, first == 0);
    first += samples;
  }
  EXPECT_THAT(gaps_, IsEmpty());
  EXPECT_EQ(buffer_.counters().steps, 0U);
}

TEST_F(FibreBufferTest, BeginsASegmentWithANewGeometry) {
  push(0, 100);
  const auto wider = std::make_shared<const FibreGeometry>(test_geometry(4));
  buffer_.push(test_block(wider, 100, 100), gaps_);
  take();
  ASSERT_THAT(pieces_, SizeIs(2));
  EXPECT_TRUE(pieces_[1].begins_segment);
  EXPECT_EQ(pieces_[1].geometry().channels, 4);
  EXPECT_THAT(gaps(), ElementsAre(std::tuple(GapKind::kNewGeometry, 100, 100)));
}

TEST_F(FibreBufferTest, KeepsTheSegmentWhenAnEqualGeometryComesInAnotherObject) {
  push(0, 100);
  geometry_ = std::make_shared<const FibreGeometry>(*geometry_);
  push(100, 100);
  EXPECT_FALSE(pieces_.back().begins_segment);
}

TEST_F(FibreBufferTest, FollowsARestartToAnyTimeAndTellsWhatIsMissing) {
  push(1000, 100);
  buffer_.announce({"XX.CABLE1", GapKind::kRestart, at(0), at(0), ""});
  push(0, 100);
  EXPECT_TRUE(pieces_.back().begins_segment);
  EXPECT_THAT(gaps_, IsEmpty());
  buffer_.announce({"XX.CABLE1", GapKind::kRestart, at(300), at(300), ""});
  push(300, 100);
  EXPECT_THAT(gaps(), ElementsAre(std::tuple(GapKind::kMissing, 100, 300)));
  EXPECT_EQ(buffer_.counters().restarts, 2U);
}

TEST_F(FibreBufferTest, SeesNoHoleAfterAnOrderlyEnd) {
  push(0, 100);
  buffer_.end();
  push(5000, 100);
  EXPECT_THAT(gaps_, IsEmpty());
  EXPECT_TRUE(pieces_.back().begins_segment);
}

TEST_F(FibreBufferTest, FollowsAClockThatWentBackForGood) {
  push(1'000'000, 1000);
  std::int64_t first = 0;
  while (pieces_.size() == 1) {
    ASSERT_LT(first, 40'000);
    push(first, 1000);
    first += 1000;
  }
  EXPECT_EQ(first, 30'000);
  EXPECT_EQ(buffer_.counters().late, 29U);
  EXPECT_TRUE(pieces_.back().begins_segment);
  push(first, 1000);
  EXPECT_FALSE(pieces_.back().begins_segment);
}

TEST_F(FibreBufferTest, ShedsTheOldestWhenFullAndSaysSo) {
  FibreBuffer small("XX.CABLE1", 2 * 100 * 3 * 4);
  for (std::int64_t first = 0; first < 400; first += 100) {
    small.push(test_block(geometry_, first, 100), gaps_);
  }
  EXPECT_EQ(small.counters().shed_blocks, 2U);
  EXPECT_EQ(small.held_bytes(), 2U * 100 * 3 * 4);
  EXPECT_THAT(
      gaps(),
      ElementsAre(std::tuple(GapKind::kShed, 0, 100), std::tuple(GapKind::kShed, 100, 200)));
  const auto piece = small.next();
  ASSERT_TRUE(piece);
  EXPECT_TRUE(piece->begins_segment);
  EXPECT_EQ(piece->start, at(200));
  EXPECT_FALSE(small.next()->begins_segment);
}

TEST_F(FibreBufferTest, HoldsABlockLargerThanItsBound) {
  FibreBuffer small("XX.CABLE1", 16);
  small.push(test_block(geometry_, 0, 100), gaps_);
  EXPECT_TRUE(small.next());
  EXPECT_THAT(gaps_, IsEmpty());
}

}  // namespace
}  // namespace geod::streams
