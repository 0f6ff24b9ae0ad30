#include "streams/trace_buffer.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_maker.hpp"

namespace geod::streams {
namespace {

using test::at_s;
using test::make_record;
using test::rate_of;
using namespace std::chrono_literals;

constexpr std::int64_t kRate = 100;

class TraceBufferTest : public ::testing::Test {
 protected:
  /// Samples of the ramp 0, 1, 2, ... that starts at at_s(0), `count` from `first` on.
  static Record ramp(std::int64_t first, std::int64_t count, Duration shift = 0ns) {
    std::vector<std::int32_t> samples(static_cast<std::size_t>(count));
    std::iota(samples.begin(), samples.end(), static_cast<std::int32_t>(first));
    return make_record(
        "AAA", "HHZ", at_s(0) + rate_of(kRate).span_of(first) + shift, rate_of(kRate), samples);
  }
  void push(Record record) { buffer_.push(std::move(record), out_); }
  std::vector<double> all_samples() const {
    std::vector<double> all;
    for (const TracePiece& piece : out_.pieces) {
      all.insert(all.end(), piece.samples.begin(), piece.samples.end());
    }
    return all;
  }
  static std::vector<double> counting(std::size_t count) {
    std::vector<double> samples(count);
    std::iota(samples.begin(), samples.end(), 0.0);
    return samples;
  }
  std::vector<ContinuityKind> kinds() const {
    std::vector<ContinuityKind> kinds;
    for (const ContinuityEvent& event : out_.events) {
      kinds.push_back(event.kind);
    }
    return kinds;
  }
  bool has_mark(TraceMark::Kind kind, Time from, Time to) const {
    for (const TracePiece& piece : out_.pieces) {
      for (const TraceMark& mark : piece.marks) {
        if (mark.kind == kind && mark.from == from && mark.to == to) {
          return true;
        }
      }
    }
    return false;
  }

  config::ContinuityConfig config_;
  ContinuityCounters totals_;
  TraceBuffer buffer_{*SourceId::from_seed("XX", "AAA", "", "HHZ"), config_, totals_};
  TraceOutput out_;
};

TEST_F(TraceBufferTest, JoinsRecordsThatFollowOneAnother) {
  push(ramp(0, 100));
  push(ramp(100, 50));
  EXPECT_EQ(all_samples(), counting(150));
  EXPECT_TRUE(out_.pieces[0].begins_segment);
  EXPECT_FALSE(out_.pieces[1].begins_segment);
  EXPECT_THAT(out_.events, ::testing::IsEmpty());
  EXPECT_EQ(totals_.samples, 150U);
}

TEST_F(TraceBufferTest, KeepsTheHeaderTimeAsAnchorInsideTheTolerance) {
  push(ramp(0, 100));
  push(ramp(100, 100, 500us));  // exactly 5 % of a period
  EXPECT_EQ(out_.pieces.back().start, at_s(1) + 500us);
  push(ramp(200, 100, 1000us));  // 10 % from the first record, 5 % from the one before
  EXPECT_EQ(out_.pieces.back().start, at_s(2) + 1000us);
  EXPECT_THAT(out_.events, ::testing::IsEmpty());
}

TEST_F(TraceBufferTest, ReportsATimeStepAboveATwentiethOfASample) {
  push(ramp(0, 100));
  push(ramp(100, 100, 501us));
  EXPECT_THAT(kinds(), ::testing::ElementsAre(ContinuityKind::kTimeStep));
  EXPECT_EQ(out_.events[0].from, at_s(1));
  EXPECT_EQ(out_.events[0].to, at_s(1) + 501us);
  EXPECT_EQ(totals_.time_steps, 1U);
  EXPECT_FALSE(out_.pieces.back().begins_segment);
  EXPECT_TRUE(has_mark(TraceMark::Kind::kTiming, at_s(1) + 501us, at_s(1.01) + 501us));
  EXPECT_EQ(all_samples(), counting(200));
}

TEST_F(TraceBufferTest, TakesHalfASampleBackAsATimeStep) {
  push(ramp(0, 100));
  push(ramp(100, 100, -5ms));
  EXPECT_THAT(kinds(), ::testing::ElementsAre(ContinuityKind::kTimeStep));
  EXPECT_EQ(all_samples(), counting(200));
}

TEST_F(TraceBufferTest, ReportsAGapAfterHalfASampleAndBridgesIt) {
  push(ramp(0, 100));
  push(ramp(101, 100, -4'999us));  // 0.5001 periods late
  EXPECT_THAT(out_.events, ::testing::IsEmpty()) << "a missing record may still come";
  push(ramp(201, 100, -4'999us));
  push(ramp(301, 100, -4'999us));  // begins two seconds after the first that waits
  EXPECT_THAT(kinds(), ::testing::ElementsAre(ContinuityKind::kGap));
  EXPECT_EQ(out_.events[0].from, at_s(1));
  EXPECT_EQ(out_.events[0].to, at_s(1) + 5'001us);
}

TEST_F(TraceBufferTest, GivesUpWaitingAfterTheHorizonOfDataTime) {
  push(ramp(0, 100));
  push(ramp(150, 100));
  push(ramp(250, 99));
  EXPECT_EQ(out_.pieces.size(), 1U);
  push(ramp(349, 1));
  EXPECT_EQ(out_.pieces.size(), 1U) << "the fourth held record begins 1.99 s after the first";
  push(ramp(350, 1));
  EXPECT_THAT(kinds(), ::testing::ElementsAre(ContinuityKind::kGap));
}

TEST_F(TraceBufferTest, GivesUpWaitingWhenFourRecordsAreHeld) {
  push(ramp(0, 100));
  push(ramp(150, 10));
  push(ramp(160, 10));
  push(ramp(170, 10));
  EXPECT_EQ(totals_.gaps, 0U);
  push(ramp(180, 10));
  EXPECT_EQ(totals_.gaps, 1U);
}

TEST_F(TraceBufferTest, RampsOverAShortGapAndMarksIt) {
  push(ramp(0, 100));
  push(ramp(150, 100));
  buffer_.finish(out_);
  EXPECT_EQ(all_samples(), counting(250)) << "the ramp continues the ramp";
  EXPECT_FALSE(out_.pieces[2].begins_segment);
  EXPECT_TRUE(has_mark(TraceMark::Kind::kMissing, at_s(0.99) + 100'001ns, at_s(1.5) - 100'001ns));
  EXPECT_TRUE(has_mark(TraceMark::Kind::kNoPicks, at_s(0.8), at_s(2.0)));
  EXPECT_TRUE(has_mark(TraceMark::Kind::kNoPicks, at_s(1.3), at_s(2.5)));
}

TEST_F(TraceBufferTest, BeginsASegmentAfterALongGap) {
  push(ramp(0, 100));
  push(ramp(201, 100));  // 1.01 s
  buffer_.finish(out_);
  ASSERT_EQ(out_.pieces.size(), 3U);
  EXPECT_TRUE(out_.pieces[1].begins_segment);
  EXPECT_TRUE(has_mark(TraceMark::Kind::kNoPicks, at_s(0.8), at_s(2.0)));
  EXPECT_TRUE(has_mark(TraceMark::Kind::kNoPicks, at_s(1.81), at_s(3.01)));
}

TEST_F(TraceBufferTest, PutsRecordsInOrderInsideTheHorizon) {
  push(ramp(0, 100));
  push(ramp(200, 50));
  push(ramp(150, 50));
  push(ramp(100, 50));
  EXPECT_EQ(all_samples(), counting(250));
  EXPECT_THAT(out_.events, ::testing::IsEmpty());
  EXPECT_EQ(totals_.reordered, 2U);
}

TEST_F(TraceBufferTest, RecognisesADuplicateByItsFingerprintLongAfter) {
  for (int i = 0; i < 50; ++i) {
    push(ramp(i * 100, 100));
  }
  push(ramp(100, 100));
  push(ramp(200, 100));
  push(ramp(5000, 100));
  EXPECT_EQ(totals_.duplicates, 2U);
  ASSERT_THAT(kinds(), ::testing::ElementsAre(ContinuityKind::kDuplicate));
  EXPECT_EQ(out_.events[0].from, at_s(1)) << "duplicates in a row are one event";
  EXPECT_EQ(out_.events[0].to, at_s(3));
  EXPECT_EQ(all_samples(), counting(5100));
}

TEST_F(TraceBufferTest, RecognisesADuplicateOfAHeldRecord) {
  push(ramp(0, 100));
  push(ramp(150, 100));
  push(ramp(150, 100));
  push(ramp(100, 50));
  EXPECT_EQ(totals_.duplicates, 1U);
  EXPECT_EQ(all_samples(), counting(250));
}

TEST_F(TraceBufferTest, RecognisesADuplicateThatWasCutDifferently) {
  push(ramp(0, 100));
  push(ramp(100, 100));
  push(ramp(50, 100));
  EXPECT_EQ(totals_.duplicates, 1U);
  EXPECT_EQ(all_samples(), counting(200));
}

TEST_F(TraceBufferTest, KeepsTheFirstOfTwoContradictingRecords) {
  push(ramp(0, 200));
  Record other = ramp(100, 50);
  std::get<std::vector<std::int32_t>>(other.samples)[7] = -1;
  push(other);
  EXPECT_EQ(totals_.conflicts, 1U);
  EXPECT_THAT(kinds(), ::testing::ElementsAre(ContinuityKind::kConflict));
  EXPECT_EQ(all_samples(), counting(200));
}

TEST_F(TraceBufferTest, DropsTheCoveredHeadOfAnOverlap) {
  push(ramp(0, 100));
  push(ramp(60, 100));
  EXPECT_THAT(kinds(), ::testing::ElementsAre(ContinuityKind::kOverlap));
  EXPECT_EQ(out_.events[0].from, at_s(0.6));
  EXPECT_EQ(out_.events[0].to, at_s(1));
  EXPECT_EQ(all_samples(), counting(160));
  EXPECT_EQ(out_.pieces.back().start, at_s(1));
}

TEST_F(TraceBufferTest, ReportsAnOverlapThatContradicts) {
  push(ramp(0, 100));
  Record other = ramp(60, 100);
  std::get<std::vector<std::int32_t>>(other.samples)[0] = -1;
  push(other);
  EXPECT_THAT(kinds(), ::testing::ElementsAre(ContinuityKind::kOverlap, ContinuityKind::kConflict));
}

TEST_F(TraceBufferTest, DropsARecordThatComesAfterItsGapWasGivenUp) {
  push(ramp(0, 100));
  push(ramp(500, 100));
  push(ramp(600, 200));
  push(ramp(800, 100));
  EXPECT_EQ(totals_.gaps, 1U);
  push(ramp(200, 100));
  push(ramp(900, 100));
  EXPECT_EQ(totals_.late, 1U);
  EXPECT_THAT(kinds(), ::testing::ElementsAre(ContinuityKind::kGap, ContinuityKind::kLate));
}

TEST_F(TraceBufferTest, FollowsAClockThatWentBackForGood) {
  push(ramp(1'000'000, 100));
  for (int i = 0; i < 29; ++i) {
    push(ramp(i * 100, 100));
  }
  EXPECT_EQ(totals_.late, 29U);
  EXPECT_EQ(out_.pieces.size(), 1U);
  push(ramp(2900, 100));
  push(ramp(3000, 100));
  EXPECT_EQ(totals_.clock_resets, 1U);
  ASSERT_EQ(out_.pieces.size(), 3U);
  EXPECT_TRUE(out_.pieces[1].moved_back);
  EXPECT_TRUE(out_.pieces[1].begins_segment);
  EXPECT_EQ(out_.pieces[1].start, at_s(29));
  EXPECT_FALSE(out_.pieces[2].moved_back);
}

TEST_F(TraceBufferTest, DoesNotFollowLateRecordsWhileTheStreamGoesOn) {
  for (int i = 0; i < 100; ++i) {
    push(ramp(1'000'000 + i * 100, 100));
    push(ramp(i * 100, 100));
  }
  EXPECT_EQ(totals_.late, 100U);
  EXPECT_EQ(totals_.clock_resets, 0U);
}

TEST_F(TraceBufferTest, OneRecordFromTheFutureStopsNothing) {
  push(ramp(0, 100));
  push(ramp(100'000'000'000, 100));
  for (int i = 1; i < 1000; ++i) {
    push(ramp(i * 100, 100));
  }
  EXPECT_EQ(all_samples(), counting(100'000));
  EXPECT_EQ(totals_.gaps, 0U);
}

TEST_F(TraceBufferTest, BeginsASegmentWhenTheRateChanges) {
  push(ramp(0, 100));
  Record faster = ramp(100, 100);
  faster.header.rate = rate_of(200);
  push(faster);
  EXPECT_THAT(kinds(), ::testing::ElementsAre(ContinuityKind::kRateChange));
  EXPECT_EQ(out_.events[0].detail, "100 Hz -> 200 Hz");
  EXPECT_TRUE(out_.pieces.back().begins_segment);
  EXPECT_EQ(totals_.rate_changes, 1U);
}

TEST_F(TraceBufferTest, TakesTheNoiseOfAFloat32RateForOneRate) {
  push(ramp(0, 100));
  Record record = ramp(100, 100);
  record.header.rate = *SampleRate::from_hz(100.00001);
  push(record);
  EXPECT_EQ(totals_.rate_changes, 0U);
  EXPECT_FALSE(out_.pieces.back().begins_segment);
}

TEST_F(TraceBufferTest, ActsOnFlags) {
  push(ramp(0, 100));
  Record calibration = ramp(100, 100);
  calibration.header.flags.calibration_signal = true;
  push(calibration);
  EXPECT_TRUE(has_mark(TraceMark::Kind::kNoPicks, at_s(1), at_s(2)));
  Record charging = ramp(200, 100);
  charging.header.flags.filter_charging = true;
  push(charging);
  EXPECT_TRUE(has_mark(TraceMark::Kind::kNoPicks, at_s(2), at_s(3)));
  Record questionable = ramp(300, 100);
  questionable.header.flags.time_questionable = true;
  push(questionable);
  EXPECT_TRUE(has_mark(TraceMark::Kind::kTiming, at_s(3), at_s(4)));
  EXPECT_EQ(all_samples(), counting(400));
}

TEST_F(TraceBufferTest, LeavesOutPaddedAndDamagedRecords) {
  push(ramp(0, 100));
  Record padded = ramp(100, 100);
  padded.header.flags.missing_or_padded = true;
  push(padded);
  Record damaged = ramp(200, 100);
  damaged.header.flags.telemetry_error = true;
  push(damaged);
  push(ramp(300, 300));
  push(ramp(600, 100));
  EXPECT_EQ(totals_.quarantined, 2U);
  EXPECT_THAT(kinds(), ::testing::ElementsAre(ContinuityKind::kGap));
  EXPECT_EQ(out_.events[0].from, at_s(1));
  EXPECT_EQ(out_.events[0].to, at_s(3));
}

TEST_F(TraceBufferTest, RefusesEmptyTextAndImpossibleRecords) {
  push(ramp(0, 0));
  Record text = ramp(0, 10);
  text.header.encoding = Encoding::kText;
  push(text);
  Record far = ramp(0, 10);
  far.header.start = Time::max();
  push(far);
  Record early = ramp(0, 10);
  early.header.start = Time::min();
  push(early);
  Record endless = ramp(0, 10);
  endless.header.rate = rate_of(1, 1'000'000);
  push(endless);
  EXPECT_EQ(totals_.unusable, 5U);
  EXPECT_FALSE(buffer_.has_samples());
}

TEST_F(TraceBufferTest, ReplacesAndMarksSamplesThatAreNoNumbers) {
  Record record = ramp(0, 100);
  std::vector<float> samples(100, 5.0F);
  std::iota(samples.begin(), samples.end(), 0.0F);
  samples[40] = std::numeric_limits<float>::quiet_NaN();
  samples[41] = std::numeric_limits<float>::infinity();
  samples[42] = -3e38F;
  record.samples = samples;
  push(record);
  EXPECT_EQ(out_.pieces[0].samples[40], 39.0);
  EXPECT_EQ(out_.pieces[0].samples[42], 39.0);
  EXPECT_EQ(out_.pieces[0].samples[43], 43.0);
  EXPECT_TRUE(has_mark(TraceMark::Kind::kMissing, at_s(0.39) + 100'001ns, at_s(0.43) - 100'001ns));
}

TEST_F(TraceBufferTest, UsesWhatIsHeldWhenTheStreamEnds) {
  push(ramp(0, 100));
  push(ramp(300, 100));
  buffer_.finish(out_);
  EXPECT_EQ(totals_.gaps, 1U);
  EXPECT_EQ(totals_.samples, 200U);
}

}  // namespace
}  // namespace geod::streams
