#include "streams/wire_session.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/wire_records.hpp"

namespace geod::streams {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class FixedClock final : public Clock {
 public:
  Time now() const override { return RecordSpec{}.start + std::chrono::minutes{10}; }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point{std::chrono::seconds{42}};
  }
};

class WireSessionTest : public testing::Test {
 protected:
  void send(std::initializer_list<Bytes> frames, const WirePeer& peer = {"peer", nullptr}) {
    const std::vector<Frame> views(frames.begin(), frames.end());
    session_.handle(views, peer, sink_);
  }
  void send_record(std::string_view id, std::uint64_t boot, std::uint64_t seq) {
    const Bytes record = make_record({});
    send({bytes_of(wire_topic(WireKind::kMiniSeed, id)),
          bytes_of(data_header_json(boot, seq, crc32_ieee(record))),
          record});
  }
  void beat(std::string_view id, std::uint64_t boot, std::uint64_t next_seq) {
    send({bytes_of(wire_topic(WireKind::kHeartbeat, id)),
          bytes_of(heartbeat_json(boot, next_seq, 0))});
  }
  void end(std::string_view id) {
    send({bytes_of(wire_topic(WireKind::kEnd, id)), bytes_of(R"({"reason":"done"})")});
  }
  CounterSnapshot counters() const { return session_.counters().snapshot(); }

  FixedClock clock_;
  WireSession session_{"ingest", {}, clock_};
  CollectingSink sink_;
};

TEST_F(WireSessionTest, DeliversARecordWithItsSourceAndNoCursor) {
  send({bytes_of("ms/1/XX.AAA"), make_record({.first_value = 7})});
  ASSERT_THAT(sink_.records, SizeIs(1));
  EXPECT_EQ(sink_.records[0].header.source_id.to_string(), "FDSN:XX_AAA__H_H_Z");
  EXPECT_EQ(sink_.records[0].header.start, RecordSpec{}.start);
  EXPECT_EQ(std::get<std::vector<std::int32_t>>(sink_.records[0].samples).front(), 7);
  EXPECT_THAT(sink_.sources, ElementsAre("ingest"));
  EXPECT_THAT(sink_.cursors, SizeIs(0));
  EXPECT_EQ(counters().bytes, 11U + 512U);
}

TEST_F(WireSessionTest, CutsConcatenatedRecordsApart) {
  Bytes payload;
  for (const char* const channel : {"HHZ", "HHN", "HHE"}) {
    append(payload, make_record({.channel = channel}));
  }
  send({bytes_of("ms/1/a"), payload});
  ASSERT_THAT(sink_.records, SizeIs(3));
  EXPECT_EQ(sink_.records[2].header.source_id.subsource, "E");
}

TEST_F(WireSessionTest, LosesOnlyTheDamagedRecordOfABundle) {
  Bytes damaged = make_record({.channel = "HHN"});
  damaged[30] = std::byte{0xff};  // 65,000 samples in 512 bytes
  Bytes payload = make_record({});
  append(payload, bytes_of("some garbage"));
  append(payload, damaged);
  append(payload, make_record({.channel = "HHE"}));
  send({bytes_of("ms/1/a"), payload});
  ASSERT_THAT(sink_.records, SizeIs(2));
  EXPECT_EQ(sink_.records[1].header.source_id.subsource, "E");
  EXPECT_EQ(counters().of(RejectReason::kPayloadTooSmall), 1U);
  EXPECT_EQ(counters().of(RejectReason::kNotARecord), 1U);
}

TEST_F(WireSessionTest, FindsTheNextRecordBehindAFalseLength) {
  Bytes damaged = make_record({});
  damaged[30] = std::byte{0xff};
  damaged[54] = std::byte{8};  // claims 256 bytes; what lies there is samples
  Bytes payload = damaged;
  append(payload, make_record({.channel = "HHE"}));
  send({bytes_of("ms/1/a"), payload});
  ASSERT_THAT(sink_.records, SizeIs(1));
  EXPECT_EQ(sink_.records[0].header.source_id.subsource, "E");
}

TEST_F(WireSessionTest, DeliversWhatPrecedesACutAtEveryByte) {
  Bytes payload = make_record({});
  append(payload, make_record({.channel = "HHE"}));
  for (std::size_t cut = 513; cut < payload.size(); ++cut) {
    sink_.records.clear();
    send({bytes_of("ms/1/a"), Bytes(payload.begin(), payload.begin() + static_cast<long>(cut))});
    ASSERT_THAT(sink_.records, SizeIs(1)) << "cut at " << cut;
  }
  EXPECT_EQ(counters().rejected(), 511U);
}

TEST_F(WireSessionTest, DropsAMessageThatCameBeforeAndCountsWhatNeverCame) {
  send_record("a", 1, 0);
  send_record("a", 1, 0);
  send_record("a", 1, 3);
  beat("a", 1, 6);
  EXPECT_THAT(sink_.records, SizeIs(2));
  EXPECT_EQ(counters().duplicates, 1U);
  EXPECT_EQ(counters().missing, 4U);
  EXPECT_EQ(counters().heartbeats, 1U);
}

TEST_F(WireSessionTest, NotesARestart) {
  send_record("a", 1, 9);
  send_record("a", 2, 0);
  EXPECT_THAT(sink_.records, SizeIs(2));
  EXPECT_EQ(counters().restarts, 1U);
  EXPECT_EQ(counters().missing, 0U);
}

TEST_F(WireSessionTest, RefusesAWrongChecksumAndCountsTheMessageAsMissing) {
  send_record("a", 1, 0);
  send({bytes_of("ms/1/a"), bytes_of(data_header_json(1, 1, 12345)), make_record({})});
  send_record("a", 1, 2);
  EXPECT_THAT(sink_.records, SizeIs(2));
  EXPECT_EQ(counters().of(WireFault::kChecksum), 1U);
  EXPECT_EQ(counters().missing, 1U);
}

TEST_F(WireSessionTest, EndsExactlyTheChannelsOfTheStream) {
  send({bytes_of("ms/1/a"), make_record({})});
  send({bytes_of("ms/1/a"), make_record({.channel = "HHN"})});
  send({bytes_of("ms/1/b"), make_record({.station = "BBB"})});
  end("a");
  ASSERT_THAT(sink_.ends, SizeIs(1));
  EXPECT_EQ(sink_.ends[0].stream_id, "a");
  EXPECT_EQ(sink_.ends[0].reason, "done");
  ASSERT_THAT(sink_.ends[0].channels, SizeIs(2));
  EXPECT_EQ(sink_.ends[0].channels[0].seed_id(), "XX.AAA..HHN");
  EXPECT_FALSE(session_.has_ended());
  end("b");
  EXPECT_TRUE(session_.has_ended());
}

TEST_F(WireSessionTest, HasNotEndedBeforeAnythingWasHeardNorAfterAReturn) {
  EXPECT_FALSE(session_.has_ended());
  end("never heard");
  EXPECT_FALSE(session_.has_ended());
  send_record("a", 1, 0);
  end("a");
  EXPECT_TRUE(session_.has_ended());
  send_record("a", 2, 0);
  EXPECT_FALSE(session_.has_ended());
  EXPECT_EQ(counters().restarts, 0U) << "an orderly end closes the account";
}

TEST_F(WireSessionTest, ClosesTheSequenceWithTheEnd) {
  send_record("a", 1, 0);
  send({bytes_of("ms/1/a"), make_record({})});  // no header: not in the account
  send({bytes_of("end/1/a"), bytes_of(end_json(1, 4, ""))});
  EXPECT_EQ(counters().missing, 3U);
}

TEST_F(WireSessionTest, LetsAKeySendOnlyItsStreamsAndChannels) {
  const AllowedKey key{"vault", {"XX.AAA"}};
  const WirePeer peer{"vault", &key};
  send({bytes_of("ms/1/XX.AAA"), make_record({})}, peer);
  EXPECT_THAT(sink_.records, SizeIs(1));
  send({bytes_of("ms/1/XX.BBB"), make_record({})}, peer);
  send({bytes_of("ms/1/XX.AAA"), make_record({.station = "BBB"})}, peer);
  send({bytes_of("hb/1/XX.BBB"), bytes_of(heartbeat_json(1, 1, 0))}, peer);
  send({bytes_of("end/1/XX.BBB"), bytes_of("{}")}, peer);
  EXPECT_THAT(sink_.records, SizeIs(1));
  EXPECT_THAT(sink_.ends, SizeIs(0));
  EXPECT_EQ(counters().of(WireFault::kNotPermitted), 4U);
}

TEST_F(WireSessionTest, AsksPermissionAlsoForAChannelThatAnotherKeySentBefore) {
  const AllowedKey any{"any", {}};
  const AllowedKey narrow{"narrow", {"tag", "XX.BBB"}};
  send({bytes_of("ms/1/tag"), make_record({})}, {"any", &any});
  send({bytes_of("ms/1/tag"), make_record({})}, {"narrow", &narrow});
  EXPECT_THAT(sink_.records, SizeIs(1));
}

TEST_F(WireSessionTest, CountsDasAsUnsupported) {
  send({bytes_of("das/1/XX.CABLE"), bytes_of("{}"), bytes_of("....")});
  send({bytes_of("dasmeta/1/XX.CABLE"), bytes_of("{}")});
  EXPECT_EQ(counters().of(WireFault::kUnsupportedKind), 2U);
}

TEST_F(WireSessionTest, StaysBoundedInStreams) {
  for (std::size_t i = 0; i < WireSession::kMaxStreams; ++i) {
    beat(fmt::format("s{}", i), 1, 0);
  }
  beat("one-more", 1, 0);
  EXPECT_EQ(counters().of(WireFault::kTooManyStreams), 1U);
  end("s0");
  beat("one-more", 1, 0);
  EXPECT_EQ(counters().of(WireFault::kTooManyStreams), 1U);
}

TEST(WireSessionAge, RefusesRecordsTooFarFromNow) {
  const FixedClock clock;  // ten minutes after the record
  CollectingSink sink;
  WireSession strict("live", {std::chrono::seconds{10}, std::chrono::minutes{5}}, clock);
  const auto send_at = [&](Time start) {
    const Bytes topic = bytes_of("ms/1/a");
    const Bytes record = make_record({.start = start});
    const std::vector<Frame> frames{topic, record};
    strict.handle(frames, {"peer", nullptr}, sink);
  };
  send_at(clock.now() - std::chrono::minutes{6});
  send_at(clock.now() + std::chrono::seconds{11});
  EXPECT_THAT(sink.records, SizeIs(0));
  EXPECT_EQ(strict.counters().snapshot().of(WireFault::kRecordTime), 2U);
  send_at(clock.now() - std::chrono::minutes{4});
  send_at(clock.now() + std::chrono::seconds{9});
  EXPECT_THAT(sink.records, SizeIs(2));
}

}  // namespace
}  // namespace geod::streams
