#include "storage/detection_blobs.hpp"

#include <cmath>
#include <limits>
#include <random>

#include "storage/packed_bytes.hpp"
#include "tests/support/fibre_rows.hpp"

namespace geod::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<FibreArrival> unpack_both(const FibreDetection& detection) {
  std::vector<FibreArrival> arrivals;
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    const auto blob = pack_arrivals(detection, phase);
    EXPECT_TRUE(blob.empty() || unpack_arrivals(blob, extent_of(detection), phase, arrivals));
  }
  return arrivals;
}

TEST(PackedBytes, GiveBackEveryNumber) {
  const std::vector<std::int64_t> numbers{0,
                                          1,
                                          -1,
                                          63,
                                          -64,
                                          64,
                                          1'000'000'007,
                                          std::numeric_limits<std::int64_t>::max(),
                                          std::numeric_limits<std::int64_t>::min()};
  PackedWriter writer;
  for (const std::int64_t number : numbers) {
    writer.add_signed(number);
    writer.add(static_cast<std::uint64_t>(number));
  }
  const auto bytes = std::move(writer).finish();
  PackedReader reader(bytes);
  for (const std::int64_t number : numbers) {
    EXPECT_EQ(reader.take_signed(), number);
    EXPECT_EQ(reader.take(), static_cast<std::uint64_t>(number));
  }
  EXPECT_FALSE(reader.is_bad());
  EXPECT_EQ(reader.bytes_left(), 0U);
  EXPECT_EQ(reader.take(), 0U);
  EXPECT_TRUE(reader.is_bad()) << "read past the end";
}

TEST(PackedBytes, RefuseANumberOfMoreThan64Bits) {
  std::vector<std::byte> bytes(9, std::byte{0xFF});
  bytes.push_back(std::byte{0x01});
  EXPECT_EQ(PackedReader(bytes).take(), std::numeric_limits<std::uint64_t>::max());
  bytes.back() = std::byte{0x02};
  PackedReader one_bit_too_many(bytes);
  one_bit_too_many.take();
  EXPECT_TRUE(one_bit_too_many.is_bad());
  bytes.back() = std::byte{0x80};
  bytes.push_back(std::byte{0x00});
  PackedReader one_byte_too_many(bytes);
  one_byte_too_many.take();
  EXPECT_TRUE(one_byte_too_many.is_bad());
}

TEST(DetectionBlobs, GiveBackMaskAndArrivals) {
  const FibreDetection detection = make_detection(1, seconds{3}, 200);
  ASSERT_EQ(why_unstorable(detection), "");
  const auto mask = unpack_mask(pack_mask(detection), extent_of(detection));
  ASSERT_TRUE(mask) << mask.error().what;
  EXPECT_EQ(*mask, detection.mask);
  const auto arrivals = unpack_both(detection);
  ASSERT_EQ(arrivals.size(), detection.arrivals.size());
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    FibreArrival expected = detection.arrivals[i];
    EXPECT_NEAR(arrivals[i].uncertainty_s, expected.uncertainty_s, 1e-12);
    EXPECT_FLOAT_EQ(arrivals[i].probability, expected.probability);
    expected.uncertainty_s = arrivals[i].uncertainty_s;
    expected.probability = arrivals[i].probability;
    EXPECT_EQ(arrivals[i], expected);
  }
}

TEST(DetectionBlobs, AreSmallForTenThousandChannels) {
  const FibreDetection detection = make_detection(1, seconds{3}, 10'000);
  EXPECT_LE(pack_mask(detection).size(), 5 * detection.mask.size());
  EXPECT_LE(pack_arrivals(detection, Phase::kP).size(), 11U * 10'000U);
}

TEST(DetectionBlobs, RoundUncertaintyAndProbabilityToTheirSteps) {
  FibreDetection detection = make_detection(1, seconds{3}, 2);
  detection.arrivals = {{100, Phase::kS, detection.from - seconds{2}, 0.0123456789, 1.0F, true},
                        {104, Phase::kS, detection.to, kLongestUncertainty_s, 0.1F, false}};
  ASSERT_EQ(why_unstorable(detection), "");
  EXPECT_TRUE(pack_arrivals(detection, Phase::kP).empty());
  const auto arrivals = unpack_both(detection);
  ASSERT_EQ(arrivals.size(), 2U);
  EXPECT_NEAR(arrivals[0].uncertainty_s, 0.012346, 1e-12);
  EXPECT_EQ(arrivals[0].probability, 1.0F);
  EXPECT_NEAR(arrivals[1].probability, 0.1F, 0.5F * kPackedProbability);
  EXPECT_EQ(arrivals[1].time, detection.to);
}

TEST(DetectionBlobs, KeepAGridThatIsNoWholeNumberOfNanoseconds) {
  FibreDetection detection = make_detection(1, seconds{3}, 1);
  const SampleRate rate = *SampleRate::make(3);
  detection.mask.clear();
  for (int i = 0; i < 20; ++i) {
    detection.mask.push_back({100 + i, kStart + rate.span_of(i), kStart + rate.span_of(i + 4)});
  }
  detection.from = kStart;
  detection.to = kStart + rate.span_of(24);
  detection.last_channel = 119;
  const auto mask = unpack_mask(pack_mask(detection), extent_of(detection));
  ASSERT_TRUE(mask);
  EXPECT_EQ(*mask, detection.mask);
}

TEST(DetectionBlobs, SayWhatCannotBeStored) {
  const FibreDetection good = make_detection(1, seconds{3});
  const auto why = [&](auto spoil) {
    FibreDetection bad = good;
    spoil(bad);
    return why_unstorable(bad);
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(why([](FibreDetection&) {}), "");
  EXPECT_NE(why([](FibreDetection& d) { d.mask.clear(); }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.mask[3].channel = d.last_channel + 1; }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.mask[0].channel = d.first_channel - 1; }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.mask[3].to = d.mask[3].from; }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.mask[3].to = d.to + Duration{1}; }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.mask[0].from = d.from - Duration{1}; }), "");
  EXPECT_NE(why([](FibreDetection& d) { std::swap(d.mask[3], d.mask[4]); }), "");
  EXPECT_NE(why([](FibreDetection& d) { std::swap(d.arrivals.front(), d.arrivals.back()); }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.arrivals[0].channel = d.first_channel - 1; }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.arrivals.back().channel = d.last_channel + 1; }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.arrivals[0].phase_hint = static_cast<Phase>(7); }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.arrivals[0].uncertainty_s = -0.1; }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.arrivals[0].uncertainty_s = 1e12; }), "");
  EXPECT_NE(why([&](FibreDetection& d) { d.arrivals[0].uncertainty_s = nan; }), "");
  EXPECT_NE(why([&](FibreDetection& d) { d.arrivals[0].probability = nan; }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.arrivals[0].time += std::chrono::hours{25}; }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.picks[0].arrivals = 0; }), "");
  EXPECT_NE(why([](FibreDetection& d) { d.picks[0].channel = 99; }), "");
  EXPECT_NE(why([&](FibreDetection& d) { d.picks[0].probability = nan; }), "");
}

/// What must hold for any bytes: an error, or a mask inside its extent in its order.
void check_mask(const std::vector<std::byte>& bytes, const FibreDetection& detection) {
  const auto mask = unpack_mask(bytes, extent_of(detection));
  if (!mask) {
    EXPECT_EQ(mask.error().code, Errc::kCorruptRecord);
    return;
  }
  for (const MaskRun& run : *mask) {
    EXPECT_TRUE(run.channel >= detection.first_channel && run.channel <= detection.last_channel &&
                run.from >= detection.from && run.from < run.to && run.to <= detection.to);
  }
}

TEST(DetectionBlobs, HostileBytesGiveOneErrorOrRunsInside) {
  const FibreDetection detection = make_detection(1, seconds{3});
  const auto mask = pack_mask(detection);
  const auto arrivals = pack_arrivals(detection, Phase::kP);
  std::vector<FibreArrival> ignored;
  for (std::size_t cut = 0; cut < mask.size(); ++cut) {
    EXPECT_FALSE(unpack_mask({mask.data(), cut}, extent_of(detection))) << cut;
  }
  for (std::size_t cut = 0; cut < arrivals.size(); ++cut) {
    EXPECT_FALSE(unpack_arrivals({arrivals.data(), cut}, extent_of(detection), Phase::kP, ignored));
  }
  auto longer = mask;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(unpack_mask(longer, extent_of(detection)));
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 3000; ++round) {
    auto bytes = round % 2 == 0 ? mask : arrivals;
    for (std::uint32_t n = random() % 4 + 1; n > 0; --n) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    }
    check_mask(bytes, detection);
    ignored.clear();
    if (unpack_arrivals(bytes, extent_of(detection), Phase::kS, ignored)) {
      for (const FibreArrival& arrival : ignored) {
        EXPECT_TRUE(arrival.uncertainty_s >= 0.0 && arrival.probability <= 1.0F);
        EXPECT_TRUE(arrival.channel >= detection.first_channel &&
                    arrival.channel <= detection.last_channel);
      }
    }
  }
}

TEST(DetectionBlobs, ACountBeyondTheBytesAsksForNoMemory) {
  PackedWriter writer;
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{1}, std::uint64_t{1} << 60U}) {
    writer.add(number);
  }
  const auto blob = std::move(writer).finish();
  EXPECT_FALSE(unpack_mask(blob, extent_of(make_detection(1, seconds{3}))));
}

}  // namespace
}  // namespace geod::storage
