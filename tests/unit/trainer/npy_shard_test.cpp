#include "trainer/npy_shard.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include <gmock/gmock.h>

#include "models/npy_preamble.hpp"
#include "tests/unit/trainer/test_shards.hpp"
#include "tests/unit/trainer/tmp_dir.hpp"
#include "trainer/npy_header.hpp"

namespace geod::trainer {
namespace {

using test::bytes_of;
using test::header_text;
using test::npy_bytes;
using testing::ElementsAre;
using testing::HasSubstr;

/// [2, 3, 2] with the values 0 to 11 in row-major order.
std::vector<double> counted() {
  std::vector<double> values(12);
  std::iota(values.begin(), values.end(), 0.0);
  return values;
}

/// The same in column-major order.
std::vector<double> counted_by_columns() {
  std::vector<double> out;
  for (int k = 0; k < 2; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 2; ++i) {
        out.push_back((i * 3 + j) * 2 + k);
      }
    }
  }
  return out;
}

template <class To>
std::vector<To> as(const std::vector<double>& values, bool swap) {
  std::vector<To> out;
  for (const double value : values) {
    out.push_back(static_cast<To>(value));
    if (swap) {
      auto* bytes = reinterpret_cast<char*>(&out.back());
      std::reverse(bytes, bytes + sizeof(To));
    }
  }
  return out;
}

class NpyShards : public testing::Test {
 protected:
  Result<NpyShard> open(const std::string& bytes) {
    test::write_bytes(dir_ / "a.npy", bytes);
    return NpyShard::open(dir_ / "a.npy");
  }
  std::string fault(const std::string& bytes) {
    const auto shard = open(bytes);
    return shard ? std::string("it opens") : shard.error().what;
  }

  test::TmpDir dir_;
};

TEST_F(NpyShards, ReadEveryTypeAndOrderAlike) {
  for (const bool swap : {false, true}) {
    for (const bool by_columns : {false, true}) {
      const auto values = by_columns ? counted_by_columns() : counted();
      for (const bool is_double : {false, true}) {
        const std::string type = std::string(swap ? ">" : "<") + (is_double ? "f8" : "f4");
        SCOPED_TRACE(type + (by_columns ? " by columns" : " by rows"));
        const std::string data =
            is_double ? bytes_of(as<double>(values, swap)) : bytes_of(as<float>(values, swap));
        const auto shard = open(npy_bytes(header_text(type.c_str(), {2, 3, 2}, by_columns), data));
        ASSERT_TRUE(shard) << shard.error().what;
        EXPECT_EQ(shard->samples(), 2);
        EXPECT_THAT(shard->sample_shape(), ElementsAre(3, 2));
        std::vector<float> sample(6);
        ASSERT_TRUE(shard->read(1, sample));
        EXPECT_THAT(sample, ElementsAre(6, 7, 8, 9, 10, 11));
        ASSERT_TRUE(shard->read(0, sample));
        EXPECT_THAT(sample, ElementsAre(0, 1, 2, 3, 4, 5));
      }
    }
  }
}

TEST_F(NpyShards, ReadWhatGeodWrites) {
  const auto shard = open(models::npy_preamble("<f8", {2, 3, 2}) + bytes_of(counted()));
  ASSERT_TRUE(shard) << shard.error().what;
  EXPECT_THAT(shard->sample_shape(), ElementsAre(3, 2));
  EXPECT_EQ(models::npy_preamble("|u1", {5}).size() % 64, 0U);
  EXPECT_THAT(models::npy_preamble("|u1", {5}), HasSubstr("'shape': (5,)"));
}

TEST_F(NpyShards, TakeHeadersOfAnyLengthAndOfOtherWriters) {
  const auto shard =
      open(npy_bytes("{\"shape\":(1,1) ,\"fortran_order\":False,\"descr\":\"<f4\"}  ",
                     bytes_of(std::vector<float>{7.0F})));
  ASSERT_TRUE(shard) << shard.error().what;
  std::vector<float> sample(1);
  ASSERT_TRUE(shard->read(0, sample));
  EXPECT_EQ(sample[0], 7.0F);
}

TEST_F(NpyShards, RefuseHostileHeadersWithOneClearError) {
  const std::string data(64, '\0');
  EXPECT_THAT(fault(""), HasSubstr("empty"));
  EXPECT_THAT(fault("not an array at all"), HasSubstr("not a NumPy array"));
  EXPECT_THAT(fault(npy_bytes("{'descr': '<f4'}", data)), HasSubstr("missing"));
  EXPECT_THAT(fault(npy_bytes(header_text("<f4", {2, 3, 2}) + "x", data)), HasSubstr("follows"));
  EXPECT_THAT(fault(npy_bytes("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': "
                              "(2, 2)}",
                              data)),
              HasSubstr("twice"));
  EXPECT_THAT(fault(npy_bytes(header_text("<f4", {2, -3, 2}), data)), HasSubstr("shape"));
  EXPECT_THAT(fault(npy_bytes(header_text("<f4", {1LL << 62, 1LL << 62}), data)),
              HasSubstr("shape"));
  EXPECT_THAT(fault(npy_bytes(header_text("<f4", std::vector<std::int64_t>(40, 1)), data)),
              HasSubstr("shape"));
  EXPECT_THAT(fault(npy_bytes(header_text("<f4", {5, 5}), data)), HasSubstr("cut short"));
  EXPECT_THAT(fault(npy_bytes(header_text("<f4", {0, 5}), data)), HasSubstr("no samples"));
  EXPECT_THAT(fault(npy_bytes(header_text("<f4", {4}), data)), HasSubstr("no samples"));
  EXPECT_THAT(fault(npy_bytes(header_text("<i2", {2, 3}), data)), HasSubstr("float32"));
  EXPECT_THAT(
      fault(npy_bytes("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 2)}", data)),
      HasSubstr("several fields"));
  std::string long_header = npy_bytes(header_text("<f4", {2, 3}), data);
  long_header[8] = '\xFF';
  long_header[9] = '\xFF';
  EXPECT_THAT(fault(long_header), HasSubstr("cut off"));
  std::string new_version = npy_bytes(header_text("<f4", {2, 3}), data);
  new_version[6] = '\x09';
  EXPECT_THAT(fault(new_version), HasSubstr("version 9"));
}

TEST_F(NpyShards, RefuseEveryCutOfAFileWithItsName) {
  const std::string whole =
      npy_bytes(header_text("<f4", {2, 3}), bytes_of(std::vector<float>(6, 1.0F)));
  ASSERT_TRUE(open(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THAT(fault(whole.substr(0, length)), HasSubstr("a.npy: ")) << length;
  }
}

TEST_F(NpyShards, TellWhichSampleIsNotFinite) {
  std::vector<float> values(80, 1.0F);
  values[40 + 3] = std::numeric_limits<float>::quiet_NaN();
  const auto shard = open(npy_bytes(header_text("<f4", {2, 40}), bytes_of(values)));
  ASSERT_TRUE(shard);
  std::vector<float> sample(40);
  EXPECT_TRUE(shard->read(0, sample));
  const auto read = shard->read(1, sample);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::kCorruptRecord);
  EXPECT_THAT(read.error().what, HasSubstr("sample 1"));
  values[43] = -std::numeric_limits<float>::infinity();
  const auto infinite = open(npy_bytes(header_text("<f4", {2, 40}), bytes_of(values)));
  EXPECT_FALSE(infinite->read(1, sample));
}

TEST_F(NpyShards, FindThatAFileWasCutAfterItWasOpened) {
  const auto shard =
      open(npy_bytes(header_text("<f4", {2, 3}), bytes_of(std::vector<float>(6, 1.0F))));
  ASSERT_TRUE(shard);
  std::filesystem::resize_file(dir_ / "a.npy", 70);
  std::vector<float> sample(3, 9.0F);
  const auto read = shard->read(1, sample);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().what, HasSubstr("cut"));
  EXPECT_THAT(sample, ElementsAre(0, 0, 0));
}

TEST_F(NpyShards, NameTheFileThatIsNotThere) {
  const auto shard = NpyShard::open(dir_ / "none.npy");
  ASSERT_FALSE(shard);
  EXPECT_EQ(shard.error().code, Errc::kNotFound);
  EXPECT_THAT(shard.error().what, HasSubstr("none.npy"));
  EXPECT_EQ(NpyShard::open(dir_.path()).error().code, Errc::kIo);
}

}  // namespace
}  // namespace geod::trainer
