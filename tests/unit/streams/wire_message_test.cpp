#include "streams/wire_message.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/wire_records.hpp"

namespace geod::streams {
namespace {

/// Owns frames given as text.
class Message {
 public:
  Message(std::initializer_list<std::string> frames) {
    for (const std::string& frame : frames) {
      frames_.push_back(bytes_of(frame));
    }
  }
  WireResult<WireMessage> parse() const {
    const std::vector<Frame> views(frames_.begin(), frames_.end());
    return parse_wire_message(views);
  }

 private:
  std::vector<Bytes> frames_;
};

TEST(WireMessage, TakesRecordsWithAndWithoutHeader) {
  const Message message{"ms/1/FDSN:CI_CLC__H_H_Z", "records"};
  const auto plain = message.parse();
  ASSERT_TRUE(plain) << plain.error().detail;
  EXPECT_EQ(plain->kind, WireKind::kMiniSeed);
  EXPECT_EQ(plain->stream_id, "FDSN:CI_CLC__H_H_Z");
  EXPECT_EQ(plain->payload.size(), 7U);
  EXPECT_FALSE(plain->header.seq);

  const auto full = Message{"ms/1/tag-1.a", R"({"boot":7,"seq":2})", "records"}.parse();
  ASSERT_TRUE(full) << full.error().detail;
  EXPECT_EQ(full->header.boot, 7U);
  EXPECT_EQ(full->header.seq, 2U);
}

TEST(WireMessage, ChecksTheSumPythonComputes) {
  // zlib.crc32(b"123456789") = 0xCBF43926, the check value of CRC-32/ISO-HDLC.
  EXPECT_EQ(crc32_ieee(bytes_of("123456789")), 0xCBF43926U);
  EXPECT_TRUE((Message{"ms/1/a", R"({"crc32":3421780262})", "123456789"}.parse()));
  const auto bad = Message{"ms/1/a", R"({"crc32":3421780262})", "123456780"}.parse();
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().fault, WireFault::kChecksum);
}

TEST(WireMessage, ReadsBackWhatPublishersWrite) {
  const auto data =
      Message{wire_topic(WireKind::kMiniSeed, "a"), data_header_json(1, 2, 3421780262), "123456789"}
          .parse();
  ASSERT_TRUE(data) << data.error().detail;
  EXPECT_EQ(data->header.seq, 2U);

  const auto beat =
      Message{wire_topic(WireKind::kHeartbeat, "a"), heartbeat_json(1, 3, -4)}.parse();
  ASSERT_TRUE(beat) << beat.error().detail;
  EXPECT_EQ(beat->kind, WireKind::kHeartbeat);
  EXPECT_EQ(beat->header.next_seq, 3U);
  EXPECT_EQ(beat->header.now_ns, -4);

  const auto end =
      Message{wire_topic(WireKind::kEnd, "a"), end_json(1, 3, "end of \"files\"")}.parse();
  ASSERT_TRUE(end) << end.error().detail;
  EXPECT_EQ(end->kind, WireKind::kEnd);
  EXPECT_EQ(end->header.reason, "end of \"files\"");
}

TEST(WireMessage, RefusesZeroAndFourFrames) {
  EXPECT_EQ(Message{}.parse().error().fault, WireFault::kFrameCount);
  EXPECT_EQ((Message{"ms/1/a", "{}", "b", "c"}.parse().error().fault), WireFault::kFrameCount);
}

struct Refused {
  const char* name;
  std::vector<std::string> frames;
  WireFault fault;
};

class RefusedMessage : public testing::TestWithParam<Refused> {};

TEST_P(RefusedMessage, HasItsReason) {
  std::vector<Bytes> frames;
  for (const std::string& frame : GetParam().frames) {
    frames.push_back(bytes_of(frame));
  }
  const std::vector<Frame> views(frames.begin(), frames.end());
  const auto message = parse_wire_message(views);
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().fault, GetParam().fault) << message.error().detail;
}

const std::string kBeat = R"({"boot":1,"next_seq":1})";

INSTANTIATE_TEST_SUITE_P(
    Table,
    RefusedMessage,
    testing::Values(
        Refused{"topic_alone", {"ms/1/a"}, WireFault::kFrameCount},
        Refused{"heartbeat_of_three", {"hb/1/a", kBeat, "x"}, WireFault::kFrameCount},
        Refused{"end_alone", {"end/1/a"}, WireFault::kFrameCount},
        Refused{"empty_topic", {"", "r"}, WireFault::kTopic},
        Refused{"no_slash", {"ms1a", "r"}, WireFault::kTopic},
        Refused{"one_slash", {"ms/1", "r"}, WireFault::kTopic},
        Refused{"unknown_kind", {"msx/1/a", "r"}, WireFault::kTopic},
        Refused{"no_major", {"ms//a", "r"}, WireFault::kTopic},
        Refused{"major_letters", {"ms/v1/a", "r"}, WireFault::kTopic},
        Refused{"no_id", {"ms/1/", "r"}, WireFault::kTopic},
        Refused{"id_slash", {"ms/1/a/b", "r"}, WireFault::kTopic},
        Refused{"id_space", {"ms/1/a b", "r"}, WireFault::kTopic},
        Refused{"id_nul", {std::string("ms/1/a\0b", 8), "r"}, WireFault::kTopic},
        Refused{"id_65", {"ms/1/" + std::string(65, 'a'), "r"}, WireFault::kTopic},
        Refused{"topic_129", {"ms/1/" + std::string(124, 'a'), "r"}, WireFault::kTopic},
        Refused{"major_2", {"ms/2/a", "r"}, WireFault::kUnknownMajor},
        Refused{"major_01", {"ms/01/a", "r"}, WireFault::kUnknownMajor},
        Refused{"das_major_2", {"das/2/a", "{}", "r"}, WireFault::kUnknownMajor},
        Refused{"das_without_samples", {"das/1/a", "{}"}, WireFault::kFrameCount},
        Refused{"dasmeta_with_samples", {"dasmeta/1/a", "{}", "r"}, WireFault::kFrameCount},
        Refused{"other_id", {"ms/1/a", R"({"id":"b"})", "r"}, WireFault::kIdMismatch},
        Refused{"seq_without_boot", {"ms/1/a", R"({"seq":1})", "r"}, WireFault::kHeaderValue},
        Refused{"boot_without_seq", {"ms/1/a", R"({"boot":1})", "r"}, WireFault::kHeaderValue},
        Refused{"beat_without_next", {"hb/1/a", R"({"boot":1})"}, WireFault::kHeaderValue},
        Refused{"beat_without_boot", {"hb/1/a", R"({"next_seq":1})"}, WireFault::kHeaderValue},
        Refused{"no_records", {"ms/1/a", ""}, WireFault::kEmptyPayload},
        Refused{"no_records_header", {"ms/1/a", "{}", ""}, WireFault::kEmptyPayload},
        Refused{"header_not_json", {"ms/1/a", "boot", "r"}, WireFault::kHeaderSyntax}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace geod::streams
