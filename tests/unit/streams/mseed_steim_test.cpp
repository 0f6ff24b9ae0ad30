#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "streams/steim.hpp"
#include "streams/steim_encode.hpp"

namespace geod::streams {
namespace {

constexpr ByteOrder kOrders[] = {ByteOrder::kBig, ByteOrder::kLittle};

/// Decoded samples with the outcome; the buffer has exactly the room the decoder may use.
struct Decoded {
  SteimOutcome outcome;
  std::vector<std::int32_t> samples;
};
using Decoder = SteimOutcome (*)(std::span<const std::byte>, ByteOrder, std::size_t, std::int32_t*);
Decoded decode(Decoder decoder,
               std::span<const std::byte> payload,
               ByteOrder order,
               std::size_t samples) {
  std::vector<std::int32_t> out(samples + kSteimSlack);
  const SteimOutcome outcome = decoder(payload, order, samples, out.data());
  out.resize(samples);
  return {outcome, std::move(out)};
}

/// A random walk whose steps change their size from word to word.
std::vector<std::int32_t> bursty_walk(std::mt19937& random, std::size_t samples) {
  std::vector<std::int32_t> walk(samples);
  std::int64_t value = 0;
  for (std::int32_t& sample : walk) {
    const int bits = std::uniform_int_distribution<int>(1, 27)(random);
    const std::int64_t limit = std::int64_t{1} << bits;
    value += std::uniform_int_distribution<std::int64_t>(-limit, limit - 1)(random);
    sample = static_cast<std::int32_t>(value);
    value = sample;
  }
  return walk;
}

TEST(Steim2, DecodesWhatItEncodedInBothOrders) {
  std::mt19937 random(7);
  for (const ByteOrder order : kOrders) {
    for (int round = 0; round < 200; ++round) {
      const std::vector<std::int32_t> walk = bursty_walk(random, 400);
      std::vector<std::byte> payload(7 * kSteimFrameBytes);
      const Result<std::size_t> packed = encode_steim2(walk, walk[0], order, payload);
      ASSERT_TRUE(packed.has_value()) << packed.error().what;
      const Decoded decoded = decode(decode_steim2, payload, order, *packed);
      ASSERT_EQ(decoded.outcome, SteimOutcome::kOk);
      ASSERT_TRUE(std::equal(decoded.samples.begin(), decoded.samples.end(), walk.begin()));
    }
  }
}

TEST(Steim2, HoldsTheWidestDifferencesItCan) {
  constexpr std::int32_t kMost = (1 << 29) - 1;
  const std::vector<std::int32_t> samples{0, kMost, 0 - 1, kMost - 1, -2};
  std::vector<std::byte> payload(kSteimFrameBytes);
  const Result<std::size_t> packed = encode_steim2(samples, 0, ByteOrder::kBig, payload);
  ASSERT_TRUE(packed.has_value());
  EXPECT_EQ(decode(decode_steim2, payload, ByteOrder::kBig, *packed).samples, samples);
}

TEST(Steim2, TheEncoderRefusesAStepOfMoreThan30Bits) {
  const std::vector<std::int32_t> samples{0, 1 << 29};
  std::vector<std::byte> payload(kSteimFrameBytes);
  const Result<std::size_t> packed = encode_steim2(samples, 0, ByteOrder::kBig, payload);
  ASSERT_FALSE(packed.has_value());
  EXPECT_EQ(packed.error().code, Errc::kUnsupported);
}

/// Frames of random words: every packing, defined or not, in any order.
std::vector<std::byte> random_frames(std::mt19937& random, std::size_t frames) {
  std::vector<std::byte> payload(frames * kSteimFrameBytes);
  for (std::byte& byte : payload) {
    byte = static_cast<std::byte>(random());
  }
  return payload;
}

/// The vector path of this processor and the portable path must not differ in anything.
void expect_same_on_both_paths(Decoder best, Decoder portable) {
  std::mt19937 random(11);
  int decoded_whole = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::vector<std::byte> payload = random_frames(random, 1 + random() % 8);
    const ByteOrder order = kOrders[round % 2];
    const std::size_t samples = 1 + random() % 60;
    const Decoded a = decode(best, payload, order, samples);
    const Decoded b = decode(portable, payload, order, samples);
    ASSERT_EQ(a.outcome, b.outcome) << round;
    if (a.outcome == SteimOutcome::kOk || a.outcome == SteimOutcome::kMismatch) {
      ASSERT_EQ(a.samples, b.samples) << round;
      ++decoded_whole;
    }
  }
  EXPECT_GT(decoded_whole, 500);
}

TEST(Steim1, VectorAndPortablePathAgreeOnRandomFrames) {
  expect_same_on_both_paths(decode_steim1, decode_steim1_portable);
}
TEST(Steim2, VectorAndPortablePathAgreeOnRandomFrames) {
  expect_same_on_both_paths(decode_steim2, decode_steim2_portable);
}

/// One frame with the given packing code in data word 3 and the word itself.
std::vector<std::byte> one_word(std::uint32_t code, std::uint32_t word, std::uint32_t last) {
  std::vector<std::byte> frame(kSteimFrameBytes);
  store(frame.data(), code << 24U, ByteOrder::kBig);
  store(&frame[4], std::uint32_t{1000}, ByteOrder::kBig);
  store(&frame[8], last, ByteOrder::kBig);
  store(&frame[12], word, ByteOrder::kBig);
  return frame;
}

TEST(Steim1, UnpacksEachCodeByHand) {
  const auto bytes =
      decode(decode_steim1, one_word(1, 0x7F01FF80, 1000 + 1 - 1 - 128), ByteOrder::kBig, 4);
  EXPECT_EQ(bytes.outcome, SteimOutcome::kOk);
  EXPECT_EQ(bytes.samples, (std::vector<std::int32_t>{1000, 1001, 1000, 872}));
  const auto halves = decode(decode_steim1, one_word(2, 0x0005FFFE, 998), ByteOrder::kBig, 2);
  EXPECT_EQ(halves.outcome, SteimOutcome::kOk);
  EXPECT_EQ(halves.samples, (std::vector<std::int32_t>{1000, 998}));
}

TEST(Steim2, UnpacksEachCodeByHand) {
  struct Case {
    std::uint32_t code;
    std::uint32_t word;
    std::vector<std::int32_t> samples;
  };
  const std::vector<Case> cases{
      {2, 0x4000'0005U, {1000}},
      {2, 0x8000'7FFFU, {1000, 999}},
      {2, 0xC000'0600U, {1000, 1001, 489}},
      {3, 0x0000'081FU, {1000, 1000, 1000, 968, 999}},
      {3, 0x4000'41F0U, {1000, 1000, 1000, 984, 999, 983}},
      {3, 0x8000'07F8U, {1000, 1000, 1000, 1000, 1007, 1006, 998}},
  };
  for (const Case& c : cases) {
    const auto last = static_cast<std::uint32_t>(c.samples.back());
    const Decoded decoded =
        decode(decode_steim2, one_word(c.code, c.word, last), ByteOrder::kBig, c.samples.size());
    EXPECT_EQ(decoded.samples, c.samples) << std::hex << c.word;
    EXPECT_EQ(decoded.outcome, SteimOutcome::kOk) << std::hex << c.word;
  }
}

TEST(Steim2, RefusesTheTwoUndefinedCodes) {
  for (const auto& [code, word] : {std::pair{2U, 0x0000'0001U}, std::pair{3U, 0xC000'0001U}}) {
    EXPECT_EQ(decode(decode_steim2, one_word(code, word, 0), ByteOrder::kBig, 3).outcome,
              SteimOutcome::kBadCode);
  }
}

TEST(Steim2, IgnoresWhatFollowsTheLastSample) {
  std::vector<std::byte> frame = one_word(2, 0x8000'7FFFU, 999);
  store(frame.data(), std::uint32_t{0x02AA'AAAA}, ByteOrder::kBig);  // undefined codes behind it
  EXPECT_EQ(decode(decode_steim2, frame, ByteOrder::kBig, 2).outcome, SteimOutcome::kOk);
}

TEST(Steim, SaysWhenTheFramesEndTooEarlyOrTheLastSampleDiffers) {
  const std::vector<std::byte> frame = one_word(1, 0x0001'0101, 1003);
  EXPECT_EQ(decode(decode_steim1, frame, ByteOrder::kBig, 4).outcome, SteimOutcome::kOk);
  EXPECT_EQ(decode(decode_steim1, frame, ByteOrder::kBig, 3).outcome, SteimOutcome::kMismatch);
  EXPECT_EQ(decode(decode_steim1, frame, ByteOrder::kBig, 5).outcome, SteimOutcome::kTooShort);
  EXPECT_EQ(decode(decode_steim1, std::span(frame).first(63), ByteOrder::kBig, 1).outcome,
            SteimOutcome::kTooShort);
}

TEST(Steim, BoundsTheSamplesThatFramesCanHold) {
  EXPECT_EQ(max_steim1_samples(63), 0U);
  EXPECT_EQ(max_steim1_samples(64), 52U);
  EXPECT_EQ(max_steim1_samples(448), 412U);
  EXPECT_EQ(max_steim2_samples(448 + 63), 721U);
}

}  // namespace
}  // namespace geod::streams
