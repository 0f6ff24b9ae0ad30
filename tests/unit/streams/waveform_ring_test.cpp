#include "streams/waveform_ring.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_maker.hpp"

namespace geod::streams {
namespace {

using namespace std::chrono_literals;
using test::at_s;
using test::make_record;
using test::rate_of;
using ::testing::ElementsAre;

constexpr std::uint64_t kPlenty = 1ULL << 30;

std::vector<std::int32_t> counted(int from, int count) {
  std::vector<std::int32_t> samples(static_cast<std::size_t>(count));
  std::iota(samples.begin(), samples.end(), from);
  return samples;
}

/// A record of 1 Hz whose samples are their seconds after the epoch.
Record seconds(int from, int count, const char* channel = "HHZ") {
  return make_record("STA", channel, at_s(from), rate_of(1), counted(from, count));
}

SourceId id_of(const char* channel) {
  return SourceId::from_seed("XX", "STA", "", channel).value();
}

/// Of all pieces: the time after the epoch where the sample says that it is.
void expect_in_place(const std::vector<Waveform>& pieces) {
  for (const Waveform& piece : pieces) {
    for (std::size_t i = 0; i < piece.samples.size(); ++i) {
      EXPECT_EQ(piece.start + piece.rate.span_of(static_cast<std::int64_t>(i)),
                at_s(piece.samples[i]));
    }
  }
}

std::vector<double> samples_of(const std::vector<Waveform>& pieces) {
  std::vector<double> all;
  for (const Waveform& piece : pieces) {
    all.insert(all.end(), piece.samples.begin(), piece.samples.end());
  }
  return all;
}

TEST(WaveformRing, GivesTheSamplesOfASpanAcrossRecords) {
  WaveformRing ring({1h, kPlenty});
  ring.push(seconds(0, 10));
  ring.push(seconds(10, 10));
  const auto pieces = ring.read(id_of("HHZ"), at_s(8), at_s(12)).value();
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_THAT(pieces[0].samples, ElementsAre(8, 9, 10, 11));
  expect_in_place(pieces);
  EXPECT_TRUE(ring.read(id_of("HHN"), at_s(8), at_s(12)).value().empty());
  EXPECT_TRUE(ring.read(id_of("HHZ"), at_s(20), at_s(30)).value().empty());
}

TEST(WaveformRing, AdjacentSpansShareNoSample) {
  WaveformRing ring({1h, kPlenty});
  ring.push(seconds(0, 10));
  for (const double border_s : {4.0, 4.3, 4.5, 4.7}) {
    auto all = samples_of(ring.read(id_of("HHZ"), at_s(0), at_s(border_s)).value());
    const auto rest = samples_of(ring.read(id_of("HHZ"), at_s(border_s), at_s(10)).value());
    all.insert(all.end(), rest.begin(), rest.end());
    EXPECT_THAT(all, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)) << border_s;
  }
}

TEST(WaveformRing, MakesOnePieceAGapAndTakesEverySampleOnce) {
  const std::uint64_t seed = std::random_device{}();
  std::mt19937_64 random(seed);
  std::vector<Record> records{seconds(0, 10),
                              seconds(10, 10),
                              seconds(5, 10),   // twice
                              seconds(10, 10),  // twice
                              seconds(30, 5),
                              seconds(12, 3)};
  for (int i = 0; i < 20; ++i) {
    std::shuffle(records.begin(), records.end(), random);
    WaveformRing ring({1h, kPlenty});
    for (const Record& record : records) {
      ring.push(record);
    }
    const auto pieces = ring.read(id_of("HHZ"), at_s(-100), at_s(100)).value();
    ASSERT_EQ(pieces.size(), 2U) << "seed " << seed;
    EXPECT_EQ(pieces[0].samples.size(), 20U) << "seed " << seed;
    EXPECT_EQ(pieces[1].samples.size(), 5U) << "seed " << seed;
    expect_in_place(pieces);
  }
}

TEST(WaveformRing, ANewRateBeginsANewPiece) {
  WaveformRing ring({1h, kPlenty});
  ring.push(seconds(0, 10));
  ring.push(make_record("STA", "HHZ", at_s(10), rate_of(2), counted(0, 10)));
  EXPECT_EQ(ring.read(id_of("HHZ"), at_s(0), at_s(20)).value().size(), 2U);
}

TEST(WaveformRing, SaysWhereTheDigitizerWasSaturated) {
  WaveformRing ring({1h, kPlenty});
  ring.push(seconds(0, 10));
  for (const int from : {10, 20}) {
    Record record = seconds(from, 10);
    record.header.flags.saturated = true;
    ring.push(record);
  }
  ring.push(seconds(30, 10));
  const auto pieces = ring.read(id_of("HHZ"), at_s(0), at_s(40)).value();
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_THAT(pieces[0].clipped, ElementsAre(TimeSpan{at_s(10), at_s(30)}));
}

TEST(WaveformRing, PassesOverRecordsThatSayTheyHoldNoTrueSamples) {
  WaveformRing ring({1h, kPlenty});
  Record padded = seconds(0, 10);
  padded.header.flags.missing_or_padded = true;
  Record broken = seconds(10, 10);
  broken.header.flags.telemetry_error = true;
  ring.push(padded);
  ring.push(broken);
  ring.push(seconds(20, 0));
  EXPECT_EQ(ring.bytes(), 0U);
  EXPECT_FALSE(ring.newest(id_of("HHZ")).has_value());
}

TEST(WaveformRing, KeepsItsSpanBehindTheReaderThatFollows) {
  WaveformRing ring({100s, kPlenty, true});
  const auto kept = [&ring] {
    return samples_of(ring.read(id_of("HHZ"), at_s(0), at_s(5000)).value()).size();
  };
  for (int from = 0; from < 1000; from += 10) {
    ring.push(seconds(from, 10));
  }
  EXPECT_EQ(kept(), 1000U) << "nobody has looked at anything yet";
  ring.follow_to(at_s(300));
  ring.push(seconds(1000, 10));
  EXPECT_EQ(kept(), 810U) << "from 200 s on";
  ring.follow_to(at_s(3000));
  ring.push(seconds(1010, 10));
  EXPECT_EQ(kept(), 100U) << "a channel that lags keeps the span behind its own newest sample";
}

TEST(WaveformRing, BytesBoundItWhoeverFollows) {
  WaveformRing measured({100s, kPlenty, true});
  measured.push(seconds(0, 10));
  WaveformRing ring({100s, 10 * measured.bytes(), true});
  for (int from = 0; from < 1000; from += 10) {
    ring.push(seconds(from, 10));
  }
  EXPECT_EQ(ring.bytes(), 10 * measured.bytes());
  EXPECT_EQ(samples_of(ring.read(id_of("HHZ"), at_s(0), at_s(2000)).value()).size(), 100U);
}

TEST(WaveformRing, ForgetsWhatIsOlderThanItsSpanChannelByChannel) {
  WaveformRing ring({100s, kPlenty});
  ring.push(seconds(0, 10, "HHN"));
  for (int from = 0; from < 1000; from += 10) {
    ring.push(seconds(from, 10));
  }
  const auto pieces = ring.read(id_of("HHZ"), at_s(0), at_s(2000)).value();
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].samples.size(), 100U);
  EXPECT_EQ(ring.newest(id_of("HHZ")), at_s(1000));
  EXPECT_EQ(ring.read(id_of("HHN"), at_s(0), at_s(2000)).value().size(), 1U);
}

TEST(WaveformRing, NeverHoldsMoreThanItsBytes) {
  constexpr std::uint64_t kBytes = 20'000;
  WaveformRing ring({1h, kBytes});
  const std::vector<const char*> channels{"HHZ", "HHN", "HHE"};
  for (int from = 0; from < 3000; from += 10) {
    for (const char* channel : channels) {
      ring.push(seconds(from, 10, channel));
      EXPECT_LE(ring.bytes(), kBytes);
    }
  }
  for (const char* channel : channels) {
    const auto pieces = ring.read(id_of(channel), at_s(0), at_s(5000)).value();
    ASSERT_EQ(pieces.size(), 1U);
    EXPECT_EQ(pieces[0].end(), at_s(3000));
    EXPECT_GE(pieces[0].samples.size(), 50U) << "each keeps its share";
  }
}

TEST(WaveformRing, KnowsTheChannelsOfAnInstrument) {
  WaveformRing ring({1h, kPlenty});
  for (const char* channel : {"HHZ", "HHN", "HNZ", "BHZ"}) {
    ring.push(seconds(0, 10, channel));
  }
  EXPECT_THAT(ring.channels_of(id_of("HHE").instrument_id()),
              ElementsAre(id_of("HHN"), id_of("HHZ")));
}

TEST(WaveformRing, MayBeReadWhileItIsFilled) {
  WaveformRing ring({200s, kPlenty});
  const std::jthread writer([&ring] {
    for (int from = 0; from < 20'000; from += 10) {
      ring.push(seconds(from, 10));
    }
  });
  std::size_t most = 0;
  while (ring.newest(id_of("HHZ")) != at_s(20'000)) {
    const auto pieces = ring.read(id_of("HHZ"), at_s(0), at_s(30'000)).value();
    expect_in_place(pieces);
    most = std::max(most, samples_of(pieces).size());
  }
  EXPECT_LE(most, 210U);
}

}  // namespace
}  // namespace geod::streams
