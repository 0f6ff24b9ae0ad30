#include "streams/decompress.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <lz4.h>
#include <lz4frame.h>
#include <zstd.h>

namespace geod::streams {
namespace {

using Packed = std::vector<std::byte>;

Packed lz4_block(const Packed& raw) {
  Packed packed(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(raw.size()))));
  packed.resize(
      static_cast<std::size_t>(LZ4_compress_default(reinterpret_cast<const char*>(raw.data()),
                                                    reinterpret_cast<char*>(packed.data()),
                                                    static_cast<int>(raw.size()),
                                                    static_cast<int>(packed.size()))));
  return packed;
}
Packed lz4_frame(const Packed& raw) {
  Packed packed(LZ4F_compressFrameBound(raw.size(), nullptr));
  packed.resize(LZ4F_compressFrame(packed.data(), packed.size(), raw.data(), raw.size(), nullptr));
  return packed;
}
Packed zstd_frame(const Packed& raw) {
  Packed packed(ZSTD_compressBound(raw.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), raw.data(), raw.size(), 1));
  return packed;
}

/// Packs in a way, and under the name that a header gives it.
struct Way {
  const char* name;
  DasCompression compression;
  Packed (*pack)(const Packed&);
};
class DecompressTest : public testing::TestWithParam<Way> {
 protected:
  Packed raw() const {
    Packed bytes(200'000);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::byte>(i % 251 + i / 1000);
    }
    return bytes;
  }
};

TEST_P(DecompressTest, GivesTheBytesBack) {
  const Packed bytes = raw();
  const auto unpacked = decompress(GetParam().compression, GetParam().pack(bytes), bytes.size());
  ASSERT_TRUE(unpacked) << unpacked.error().detail;
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), unpacked->get()));
}

TEST_P(DecompressTest, RefusesAnotherLengthThanExpected) {
  const Packed packed = GetParam().pack(raw());
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{199'999}, std::size_t{200'001}}) {
    const auto unpacked = decompress(GetParam().compression, packed, bytes);
    ASSERT_FALSE(unpacked) << bytes;
    EXPECT_EQ(unpacked.error().fault, WireFault::kCompression);
  }
}

TEST_P(DecompressTest, RefusesAnInputCutAnywhere) {
  const Packed packed = GetParam().pack(raw());
  for (std::size_t cut = 0; cut < packed.size(); cut += 1 + packed.size() / 97) {
    const Packed head(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(cut));
    EXPECT_FALSE(decompress(GetParam().compression, head, 200'000)) << "cut at " << cut;
  }
}

TEST_P(DecompressTest, SurvivesNoise) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const Packed good = GetParam().pack(raw());
  for (int round = 0; round < 200; ++round) {
    Packed damaged = good;
    for (int flip = 0; flip < 4; ++flip) {
      damaged[random() % damaged.size()] ^= static_cast<std::byte>(1U << random() % 8);
    }
    const auto unpacked = decompress(GetParam().compression, damaged, 200'000);
    EXPECT_TRUE(unpacked || unpacked.error().fault == WireFault::kCompression);
  }
}

INSTANTIATE_TEST_SUITE_P(Ways,
                         DecompressTest,
                         testing::Values(Way{"lz4_block", DasCompression::kLz4, lz4_block},
                                         Way{"lz4_frame", DasCompression::kLz4, lz4_frame},
                                         Way{"zstd", DasCompression::kZstd, zstd_frame}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace geod::streams
