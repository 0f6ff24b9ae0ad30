#include "trainer/tensorboard_writer.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/trainer/tmp_dir.hpp"

namespace geod::trainer {
namespace {

/// CRC-32C bit by bit, straight from its definition.
std::uint32_t slow_crc32c(std::string_view bytes) {
  std::uint32_t sum = ~0U;
  for (const char byte : bytes) {
    sum ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      sum = (sum & 1U) != 0 ? sum >> 1U ^ 0x82F63B78U : sum >> 1U;
    }
  }
  return ~sum;
}

std::uint32_t masked(std::string_view bytes) {
  const std::uint32_t sum = slow_crc32c(bytes);
  return (sum >> 15U | sum << 17U) + 0xA282EAD8U;
}

template <class T>
T little_endian(std::string_view bytes) {
  T value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// A protobuf message read field by field; every field as its bytes.
struct Field {
  unsigned number = 0;
  std::uint64_t varint = 0;
  std::string_view bytes;
};

std::uint64_t take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80U) {
      break;
    }
  }
  return value;
}

std::vector<Field> fields_of(std::string_view bytes) {
  std::vector<Field> fields;
  while (!bytes.empty()) {
    const std::uint64_t key = take_varint(bytes);
    Field field{static_cast<unsigned>(key >> 3U), 0, {}};
    std::size_t length = 0;
    switch (key & 7U) {
      case 0:
        field.varint = take_varint(bytes);
        break;
      case 1:
        length = 8;
        break;
      case 5:
        length = 4;
        break;
      default:
        EXPECT_EQ(key & 7U, 2U);
        length = take_varint(bytes);
    }
    EXPECT_LE(length, bytes.size());
    field.bytes = bytes.substr(0, length);
    bytes.remove_prefix(length);
    fields.push_back(field);
  }
  return fields;
}

/// The messages of an event file, each with both check sums verified.
std::vector<std::string> events_of(const std::string& file) {
  std::vector<std::string> events;
  std::string_view rest(file);
  while (!rest.empty()) {
    const auto length = little_endian<std::uint64_t>(rest.substr(0, 8));
    EXPECT_EQ(little_endian<std::uint32_t>(rest.substr(8, 4)), masked(rest.substr(0, 8)));
    const std::string_view event = rest.substr(12, length);
    EXPECT_EQ(little_endian<std::uint32_t>(rest.substr(12 + length, 4)), masked(event));
    events.emplace_back(event);
    rest.remove_prefix(16 + length);
  }
  return events;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

TEST(TensorboardWriter, WritesTheBytesOfTheFormat) {
  const test::TmpDir folder;
  auto writer = TensorboardWriter::create(folder.path() / "run", 1700000000.0, 0);
  ASSERT_TRUE(writer) << writer.error().what;
  const Metric metrics[] = {{"loss", 0.5}, {"scores/P/f1", 0.25}};
  ASSERT_TRUE(writer->add(1700000001.5, 300, metrics));
  EXPECT_EQ(writer->path().filename(), "events.out.tfevents.1700000000.geod");
  // Made by a few lines of Python written from the format, with its own CRC-32C.
  EXPECT_EQ(
      test::read_all(writer->path()),
      from_hex("1a00000000000000129bd82d0900000040fc54d94110001a0d627261696e2e4576656e743a32"
               "e6773e1a"
               "2f000000000000006d5d1d500900006040fc54d94110ac022a210a0b0a046c6f7373150000003f"
               "0a120a0b73636f7265732f502f6631150000803e2826f874"));
}

TEST(TensorboardWriter, GivesEveryScalarWithItsStepAndTime) {
  const test::TmpDir folder;
  auto writer = TensorboardWriter::create(folder.path(), 100.0, 0);
  ASSERT_TRUE(writer);
  const Metric metrics[] = {{"a", 1.5}, {"b", std::nan("")}};
  ASSERT_TRUE(writer->add(200.25, std::int64_t{1} << 40, metrics));
  const auto events = events_of(test::read_all(writer->path()));
  ASSERT_EQ(events.size(), 2U);
  const auto event = fields_of(events[1]);
  ASSERT_EQ(event.size(), 3U);
  EXPECT_EQ(std::bit_cast<double>(little_endian<std::uint64_t>(event[0].bytes)), 200.25);
  EXPECT_EQ(event[1].varint, std::uint64_t{1} << 40U);
  EXPECT_EQ(event[2].number, 5U);
  const auto values = fields_of(event[2].bytes);
  ASSERT_EQ(values.size(), 2U);
  const auto first = fields_of(values[0].bytes);
  EXPECT_EQ(first[0].bytes, "a");
  EXPECT_EQ(std::bit_cast<float>(little_endian<std::uint32_t>(first[1].bytes)), 1.5F);
  const auto second = fields_of(values[1].bytes);
  EXPECT_TRUE(std::isnan(std::bit_cast<float>(little_endian<std::uint32_t>(second[1].bytes))));
}

TEST(TensorboardWriter, SaysThatAPartGoesOnFromACheckpoint) {
  const test::TmpDir folder;
  const auto writer = TensorboardWriter::create(folder.path(), 100.0, 500);
  ASSERT_TRUE(writer);
  const auto events = events_of(test::read_all(writer->path()));
  ASSERT_EQ(events.size(), 2U);
  const auto start = fields_of(events[1]);
  EXPECT_EQ(start[1].varint, 500U);
  EXPECT_EQ(start[2].number, 7U);
  EXPECT_EQ(fields_of(start[2].bytes)[0].varint, 1U);
}

TEST(TensorboardWriter, NamesAFolderThatCannotBeMade) {
  const test::TmpDir folder;
  folder.write("file", "");
  const auto writer = TensorboardWriter::create(folder / "file", 100.0, 0);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, Errc::kIo);
  EXPECT_NE(writer.error().what.find("/file"), std::string::npos);
}

}  // namespace
}  // namespace geod::trainer
