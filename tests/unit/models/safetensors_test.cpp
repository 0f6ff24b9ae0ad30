#include "models/safetensors.hpp"

#include <cstring>
#include <span>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "models/float_decode.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::models {
namespace {

using test::TmpDir;

std::string with_length(std::uint64_t length, const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

std::string file_of(const std::string& header, const std::string& data) {
  return with_length(header.size(), header, data);
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

class Safetensors : public ::testing::Test {
 protected:
  Result<SafetensorsFile> open(const std::string& bytes) {
    return SafetensorsFile::open(folder_.write("x.safetensors", bytes));
  }
  void expect_corrupt(const std::string& bytes, const char* why) {
    const auto file = open(bytes);
    ASSERT_FALSE(file) << why;
    EXPECT_EQ(file.error().code, Errc::kCorruptRecord) << why << ": " << file.error().what;
    EXPECT_NE(file.error().what.find("x.safetensors"), std::string::npos) << why;
  }

  TmpDir folder_;
};

TEST_F(Safetensors, ReadsAFileFromMemory) {
  const std::vector<FloatTensor> tensors{{"b", {2}, {1, -2}}, {"a", {}, {42}}};
  const auto path = folder_.path() / "w.safetensors";
  ASSERT_TRUE(write_safetensors(path, tensors, {{"format", "pt"}}));
  const std::vector<std::byte> bytes = safetensors_bytes(tensors, {{"format", "pt"}});
  EXPECT_EQ(bytes, bytes_of(TmpDir::read(path)));

  const auto file = SafetensorsFile::from_bytes(bytes, "memory");
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->read_floats("b"), tensors[0].values);
  EXPECT_EQ(*file->sha256(), *SafetensorsFile::open(path)->sha256());
  const auto cut = SafetensorsFile::from_bytes({bytes.begin(), bytes.end() - 1}, "memory");
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Errc::kCorruptRecord);
  EXPECT_EQ(cut.error().what.find("memory: "), 0U);
}

TEST_F(Safetensors, ReadsWhatItWrote) {
  const auto path = folder_.path() / "w.safetensors";
  const std::vector<FloatTensor> tensors{
      {"b", {2, 3}, {1, 2, 3, 4, 5, -6.5F}}, {"a", {}, {42}}, {"empty", {0, 7}, {}}};
  ASSERT_TRUE(write_safetensors(path, tensors, {{"format", "pt"}}));
  const auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->metadata().at("format"), "pt");
  ASSERT_EQ(file->tensors().size(), 3U);
  for (const FloatTensor& tensor : tensors) {
    EXPECT_EQ(file->tensors().at(tensor.name).shape, tensor.shape);
    EXPECT_EQ(file->read_floats(tensor.name), tensor.values);
  }
  const std::string bytes = TmpDir::read(path);
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), 8);
  EXPECT_EQ(header_bytes % 8, 0U);
}

TEST_F(Safetensors, WritesTheSameBytesInAnyOrder) {
  const FloatTensor a{"a", {1}, {1}};
  const FloatTensor b{"b", {1}, {2}};
  ASSERT_TRUE(write_safetensors(folder_.path() / "1", {a, b}, {}));
  ASSERT_TRUE(write_safetensors(folder_.path() / "2", {b, a}, {}));
  EXPECT_EQ(TmpDir::read(folder_.path() / "1"), TmpDir::read(folder_.path() / "2"));
}

TEST_F(Safetensors, LeavesNoPartOfAFileItCannotWrite) {
  const auto missing = folder_.path() / "no" / "w.safetensors";
  const auto result = write_safetensors(missing, {{"a", {1}, {1}}}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kIo);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Safetensors, HashesTheOpenFile) {
  const auto file = open(file_of("{}", ""));
  ASSERT_TRUE(file) << file.error().what;
  // printf '\002\0\0\0\0\0\0\0{}' | sha256sum
  EXPECT_EQ(*file->sha256(), "411a485216e432ece6b9af94fa32154cf79a2a56d4f81266baa50063f45092bd");
}

TEST_F(Safetensors, ConvertsHalfPrecision) {
  EXPECT_EQ(half_to_float(0x3C00), 1.0F);
  EXPECT_EQ(half_to_float(0xC500), -5.0F);
  EXPECT_EQ(half_to_float(0x0001), 5.9604645e-8F);
  EXPECT_EQ(half_to_float(0x7BFF), 65504.0F);
  EXPECT_EQ(bfloat16_to_float(0x4049), 3.140625F);
  const auto file = open(file_of(
      "{\"h\":" + entry("F16", "[2]", "[0,4]") + ",\"b\":" + entry("BF16", "[1]", "[4,6]") + "}",
      std::string("\x00\x3C\x00\xC5\x49\x40", 6)));
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(*file->read_floats("h"), (std::vector<float>{1.0F, -5.0F}));
  EXPECT_EQ(*file->read_floats("b"), (std::vector<float>{3.140625F}));
}

TEST_F(Safetensors, AcceptsAPaddedHeaderAndUnsortedTensors) {
  const auto file = open(file_of(
      "{\"b\":" + entry("U8", "[3]", "[5,8]") + ",\"a\":" + entry("U8", "[5]", "[0,5]") + "}   ",
      "12345678"));
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->tensors().at("b").bytes, 3U);
  EXPECT_EQ(file->read_floats("a").error().code, Errc::kUnsupported);
  EXPECT_EQ(file->find("c").error().code, Errc::kNotFound);
}

TEST_F(Safetensors, RefusesABadLength) {
  expect_corrupt("", "empty");
  expect_corrupt("1234567", "shorter than the length");
  expect_corrupt(with_length(100, "{}", ""), "header beyond the end");
  expect_corrupt(with_length(UINT64_MAX, "{}", ""), "length overflows");
  expect_corrupt(with_length(UINT64_MAX - 7, "{}", ""), "length + 8 overflows to a small number");
  expect_corrupt(with_length(std::uint64_t{4} << 30, std::string(64, ' '), ""), "4 GB header");
  expect_corrupt(file_of("{}" + std::string(SafetensorsFile::kMaxHeaderBytes, ' '), ""),
                 "header above the limit");
}

TEST_F(Safetensors, RefusesABadHeader) {
  expect_corrupt(file_of("", ""), "no header");
  expect_corrupt(file_of(" {}", ""), "does not start with a brace");
  expect_corrupt(file_of("[]", ""), "a list");
  expect_corrupt(file_of("{\"a\":", ""), "cut JSON");
  expect_corrupt(file_of("{} {}", ""), "two objects");
  expect_corrupt(file_of("{\"a\xff\":1}", ""), "no UTF-8");
  expect_corrupt(file_of("{\"a\":" + std::string(200000, '['), ""), "deep nesting");
  expect_corrupt(file_of(R"({"__metadata__":{"a":1}})", ""), "metadata of numbers");
  expect_corrupt(file_of(R"({"__metadata__":[]})", ""), "metadata as a list");
  const std::string a = "\"a\":" + entry("U8", "[1]", "[0,1]");
  expect_corrupt(file_of("{" + a + "," + a + "}", "1"), "a tensor twice");
  expect_corrupt(
      file_of(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "1"),
      "a key twice");
  expect_corrupt(file_of("{\"\":" + entry("U8", "[1]", "[0,1]") + "}", "1"), "empty name");
}

TEST_F(Safetensors, RefusesABadEntry) {
  const auto one = [](const std::string& value) {
    return file_of("{\"a\":" + value + "}", "1234");
  };
  expect_corrupt(one("1"), "a number");
  expect_corrupt(one(R"({"dtype":"F32","shape":[1]})"), "no offsets");
  expect_corrupt(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1})"), "extra key");
  expect_corrupt(one(entry("F32", "[-1]", "[0,4]")), "negative dimension");
  expect_corrupt(one(entry("F32", "[1.0]", "[0,4]")), "real dimension");
  expect_corrupt(one(entry("F32", "1", "[0,4]")), "shape is a number");
  expect_corrupt(one(entry("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]")), "rank 9");
  expect_corrupt(one(entry("F32", "[2]", "[0,4]")), "shape larger than its bytes");
  expect_corrupt(one(entry("F32", "[1]", "[4,0]")), "ends before it begins");
  expect_corrupt(one(entry("F32", "[1]", "[0]")), "one offset");
  expect_corrupt(one(entry("F32", "[1]", "[-4,0]")), "negative offset");
  expect_corrupt(one(entry("F32", "[1]", "[0,4.0]")), "real offset");
  expect_corrupt(one(entry("F32", "[4611686018427387905]", "[0,4]")), "4 (2^62 + 1) wraps to 4");
  expect_corrupt(one(entry("U8", "[4294967296,4294967296]", "[0,0]")), "2^64 wraps to 0");
  const auto strange = open(one(entry("F8_E4M3", "[4]", "[0,4]")));
  ASSERT_FALSE(strange);
  EXPECT_EQ(strange.error().code, Errc::kUnsupported);
}

TEST_F(Safetensors, RefusesDataThatDoNotCoverTheFile) {
  const auto two = [](const std::string& a, const std::string& b, const std::string& data) {
    return file_of("{\"a\":" + entry("U8", "[2]", a) + ",\"b\":" + entry("U8", "[2]", b) + "}",
                   data);
  };
  EXPECT_TRUE(open(two("[0,2]", "[2,4]", "1234")));
  expect_corrupt(two("[0,2]", "[1,3]", "123"), "overlap");
  expect_corrupt(two("[0,2]", "[0,2]", "12"), "the same bytes twice");
  expect_corrupt(two("[0,2]", "[3,5]", "12345"), "a hole");
  expect_corrupt(two("[1,3]", "[3,5]", "12345"), "does not start at 0");
  expect_corrupt(two("[0,2]", "[2,4]", "12345"), "trailing byte");
  expect_corrupt(two("[0,2]", "[2,4]", "123"), "cut short");
  expect_corrupt(two("[0,2]", "[18446744073709551613,18446744073709551615]", "1234"), "far beyond");
  expect_corrupt(file_of("{}", "1"), "data without tensors");
}

TEST_F(Safetensors, RefusesEveryTruncation) {
  ASSERT_TRUE(write_safetensors(folder_.path() / "w", {{"a", {4}, {1, 2, 3, 4}}}, {}));
  const std::string whole = TmpDir::read(folder_.path() / "w");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    expect_corrupt(whole.substr(0, length), "truncated");
  }
}

TEST_F(Safetensors, SurvivesFlippedHeaderBits) {
  ASSERT_TRUE(write_safetensors(folder_.path() / "w", {{"a", {2}, {1, 2}}, {"b", {1}, {3}}}, {}));
  const std::string whole = TmpDir::read(folder_.path() / "w");
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < 8 * (whole.size() - 12); bit += 5) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto file = open(flipped);
    if (!file) {
      ++refused;
      continue;
    }
    for (const auto& [name, tensor] : file->tensors()) {
      EXPECT_LE(tensor.offset + tensor.bytes, whole.size());
    }
  }
  EXPECT_GT(refused, 0U);
}

TEST_F(Safetensors, RefusesValuesThatAreNotFinite) {
  const float values[] = {1.0F, HUGE_VALF};
  std::string data(8, '\0');
  std::memcpy(data.data(), values, 8);
  const auto file = open(file_of("{\"a\":" + entry("F32", "[2]", "[0,8]") + "}", data));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->read_floats("a").error().code, Errc::kModelMismatch);
}

TEST_F(Safetensors, RefusesWhatIsNoRegularFile) {
  EXPECT_EQ(SafetensorsFile::open(folder_.path()).error().code, Errc::kIo);
  EXPECT_EQ(SafetensorsFile::open(folder_.path() / "none").error().code, Errc::kNotFound);
  const auto fifo = folder_.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(SafetensorsFile::open(fifo).error().code, Errc::kIo) << "and does not hang";
}

}  // namespace
}  // namespace geod::models
