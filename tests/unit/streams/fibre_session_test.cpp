#include "streams/fibre_session.hpp"

#include <cstring>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include "streams/wire_session.hpp"
#include "tests/support/das_blocks.hpp"
#include "tests/support/wire_records.hpp"

namespace geod::streams {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class FixedClock final : public Clock {
 public:
  Time now() const override { return kFibreStart + std::chrono::minutes{10}; }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point{std::chrono::seconds{42}};
  }
};

/// A publisher of one fibre at a session: blocks of 100 samples, one after another.
class FibreSessionTest : public testing::Test {
 protected:
  void send(std::vector<Bytes> frames, const WirePeer& peer = {"peer", nullptr}) {
    const std::vector<Frame> views(frames.begin(), frames.end());
    session_.handle(views, peer, {records_, fibres_});
  }
  void send_block(const DasHeader& header, Frame payload) {
    send({bytes_of("das/1/XX.CABLE1"),
          bytes_of(das_header_json(header)),
          Bytes(payload.begin(), payload.end())});
  }
  DasBlock block(std::int64_t first) const { return test_block(geometry_, first, 100); }
  DasHeader header(std::uint64_t boot, std::uint64_t seq, std::int64_t first) const {
    return test_header(block(first), boot, seq);
  }
  /// The block number `seq` of boot 1 at its place.
  void send_seq(std::uint64_t seq) {
    const auto first = static_cast<std::int64_t>(seq) * 100;
    send_block(header(1, seq, first), frame_of(block(first)));
  }
  void use(FibreGeometry geometry) {
    geometry_ = std::make_shared<const FibreGeometry>(std::move(geometry));
  }
  CounterSnapshot counters() const { return session_.counters().snapshot(); }

  std::shared_ptr<const FibreGeometry> geometry_ =
      std::make_shared<const FibreGeometry>(test_geometry());
  FixedClock clock_;
  WireSession session_{"ingest", {}, clock_};
  CollectingSink records_;
  CollectingFibres fibres_;
};

TEST_F(FibreSessionTest, DeliversABlockAsItWasSent) {
  DasBlock sent = block(0);
  sent.dead = {{1, 2}};
  DasHeader told = test_header(sent, 1, 0);
  told.clock = DasClock::kHoldover;
  send_block(told, frame_of(sent));
  ASSERT_THAT(fibres_.blocks, SizeIs(1));
  const DasBlock& got = fibres_.blocks[0];
  EXPECT_EQ(*got.geometry, *sent.geometry);
  EXPECT_EQ(got.start, sent.start);
  EXPECT_EQ(got.samples, 100);
  EXPECT_EQ(got.dead, sent.dead);
  EXPECT_EQ(got.clock, DasClock::kHoldover);
  EXPECT_EQ(got.arrived_at, clock_.steady_now());
  EXPECT_EQ(std::memcmp(got.raw.get(), sent.raw.get(), sent.bytes()), 0);
  EXPECT_EQ(counters().blocks, 1U);
  EXPECT_EQ(counters().block_bytes, sent.bytes());
  EXPECT_EQ(counters().rejected(), 0U);
}

TEST_F(FibreSessionTest, SharesOneGeometryAmongTheBlocks) {
  send_seq(0);
  send_seq(1);
  EXPECT_EQ(fibres_.blocks.at(0).geometry, fibres_.blocks.at(1).geometry);
}

TEST_F(FibreSessionTest, TakesThePayloadOverWithoutACopy) {
  const DasBlock sent = block(0);
  const std::string topic = "das/1/XX.CABLE1";
  const std::string json = das_header_json(test_header(sent, 1, 0));
  const std::vector<Frame> frames{
      std::as_bytes(std::span(topic)), std::as_bytes(std::span(json)), frame_of(sent)};
  session_.handle(frames, {"peer", nullptr}, {records_, fibres_}, [&] { return sent.raw; });
  EXPECT_EQ(fibres_.blocks.at(0).raw, sent.raw);
}

TEST_F(FibreSessionTest, CopiesOnlyWhatLiesAtAnOddAddress) {
  const DasBlock sent = block(0);
  const std::shared_ptr<std::byte[]> odd(new std::byte[sent.bytes() + 1]);
  std::memcpy(odd.get() + 1, sent.raw.get(), sent.bytes());
  const std::string topic = "das/1/XX.CABLE1";
  const std::string json = das_header_json(test_header(sent, 1, 0));
  const std::vector<Frame> frames{std::as_bytes(std::span(topic)),
                                  std::as_bytes(std::span(json)),
                                  Frame(odd.get() + 1, sent.bytes())};
  session_.handle(frames, {"peer", nullptr}, {records_, fibres_}, [&] {
    return std::shared_ptr<const std::byte[]>(odd, odd.get() + 1);
  });
  const auto& raw = fibres_.blocks.at(0).raw;
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(raw.get()) % 4, 0U);
  EXPECT_EQ(std::memcmp(raw.get(), sent.raw.get(), sent.bytes()), 0);
}

TEST_F(FibreSessionTest, UnpacksSamples) {
  const DasBlock sent = block(0);
  Bytes packed(ZSTD_compressBound(sent.bytes()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), sent.raw.get(), sent.bytes(), 1));
  DasHeader told = test_header(sent, 1, 0);
  told.compression = DasCompression::kZstd;
  told.crc32 = crc32_ieee(packed);
  send_block(told, packed);
  ASSERT_THAT(fibres_.blocks, SizeIs(1));
  EXPECT_EQ(std::memcmp(fibres_.blocks[0].raw.get(), sent.raw.get(), sent.bytes()), 0);
  packed[packed.size() / 2] ^= std::byte{1};
  packed.pop_back();
  told.crc32.reset();
  told.seq = 1;
  send_block(told, packed);
  EXPECT_EQ(counters().of(WireFault::kCompression), 1U);
}

TEST_F(FibreSessionTest, CountsLostBlocksAndTheirHoleInTime) {
  for (const std::uint64_t seq : {0U, 1U, 4U}) {
    send_seq(seq);
  }
  EXPECT_THAT(fibres_.blocks, SizeIs(3));
  EXPECT_EQ(counters().missing, 2U);
  EXPECT_EQ(counters().time_holes, 1U);
  EXPECT_EQ(counters().renumbered, 0U);
}

TEST_F(FibreSessionTest, SeesTheLossOfTheLastBlocksInAHeartbeat) {
  send_seq(0);
  send({bytes_of("hb/1/XX.CABLE1"), bytes_of(heartbeat_json(1, 4, 0))});
  EXPECT_EQ(counters().missing, 3U);
  send_seq(4);
  EXPECT_EQ(counters().missing, 3U) << "counted once";
}

TEST_F(FibreSessionTest, TellsARenumberingPublisherFromALoss) {
  send_seq(0);
  send_block(header(1, 6, 100), frame_of(block(100)));
  EXPECT_EQ(counters().missing, 5U);
  EXPECT_EQ(counters().renumbered, 5U);
  EXPECT_EQ(counters().time_holes, 0U);
}

TEST_F(FibreSessionTest, SeesAHoleOfTheInterrogatorBehindNumbersThatGoOn) {
  send_seq(0);
  send_block(header(1, 1, 500), frame_of(block(500)));
  EXPECT_EQ(counters().missing, 0U);
  EXPECT_EQ(counters().time_holes, 1U);
}

TEST_F(FibreSessionTest, DropsABlockThatCameBefore) {
  send_seq(0);
  send_seq(1);
  send_seq(0);
  send_seq(1);
  EXPECT_THAT(fibres_.blocks, SizeIs(2));
  EXPECT_EQ(counters().duplicates, 2U);
}

TEST_F(FibreSessionTest, RefusesAChangedGeometryWithoutARevision) {
  send_seq(0);
  FibreGeometry rescaled = test_geometry();
  rescaled.scale = 2.0;
  use(rescaled);
  send_seq(1);
  use(test_geometry(4));
  send_seq(2);
  use(test_geometry());
  send_seq(3);
  EXPECT_THAT(fibres_.blocks, SizeIs(2));
  EXPECT_EQ(counters().of(WireFault::kGeometry), 2U);
  EXPECT_EQ(counters().rejected(), 2U);
  EXPECT_EQ(counters().missing, 0U) << "they arrived: refused is not missing";
  EXPECT_EQ(counters().time_holes, 1U);
}

TEST_F(FibreSessionTest, FollowsAChangedGeometryWithAHigherRevision) {
  DasHeader told = header(1, 0, 0);
  told.meta_rev = 1;
  send_block(told, frame_of(block(0)));
  use(test_geometry(4));
  told = header(1, 1, 100);
  told.meta_rev = 2;
  send_block(told, frame_of(block(100)));
  send_seq(2);
  ASSERT_THAT(fibres_.blocks, SizeIs(3));
  EXPECT_EQ(fibres_.blocks[1].geometry->channels, 4);
  EXPECT_EQ(fibres_.blocks[2].geometry, fibres_.blocks[1].geometry);
  EXPECT_THAT(fibres_.gaps, IsEmpty());
  EXPECT_EQ(counters().rejected(), 0U);
  EXPECT_EQ(counters().time_holes, 0U);
}

TEST_F(FibreSessionTest, RefusesAHeaderOfAnEarlierRevision) {
  DasHeader told = header(1, 0, 0);
  told.meta_rev = 2;
  send_block(told, frame_of(block(0)));
  told = header(1, 1, 100);
  told.meta_rev = 1;
  send_block(told, frame_of(block(100)));
  EXPECT_THAT(fibres_.blocks, SizeIs(1));
  EXPECT_EQ(counters().of(WireFault::kStaleHeader), 1U);
}

TEST_F(FibreSessionTest, FollowsARestartWithAnotherGeometryAndSaysSo) {
  send_seq(0);
  use(test_geometry(5));
  send_block(header(2, 0, 300), frame_of(block(300)));
  ASSERT_THAT(fibres_.blocks, SizeIs(2));
  ASSERT_THAT(fibres_.gaps, SizeIs(1));
  EXPECT_EQ(fibres_.gaps[0].kind, FibreGap::Kind::kRestart);
  EXPECT_EQ(fibres_.gaps[0].from, block(300).start);
  EXPECT_EQ(counters().restarts, 1U);
  EXPECT_EQ(counters().missing, 0U);
  EXPECT_EQ(counters().time_holes, 0U) << "a restart says it already";
}

TEST_F(FibreSessionTest, CountsTheFirstBlocksThatARestartedPublisherLost) {
  send_seq(0);
  send_block(header(2, 2, 300), frame_of(block(300)));
  EXPECT_EQ(counters().restarts, 1U);
  EXPECT_EQ(counters().missing, 2U);
}

TEST_F(FibreSessionTest, SeesARestartThatAHeartbeatAnnouncedFirst) {
  send_seq(0);
  send({bytes_of("hb/1/XX.CABLE1"), bytes_of(heartbeat_json(2, 0, 0))});
  use(test_geometry(5));
  send_block(header(2, 0, 300), frame_of(block(300)));
  EXPECT_THAT(fibres_.blocks, SizeIs(2));
  EXPECT_THAT(fibres_.gaps, SizeIs(1));
  EXPECT_EQ(counters().restarts, 1U);
}

TEST_F(FibreSessionTest, RefusesTheTailOfAnEarlierBoot) {
  send_seq(0);
  send_block(header(2, 0, 200), frame_of(block(200)));
  send_seq(1);
  EXPECT_THAT(fibres_.blocks, SizeIs(2));
  EXPECT_EQ(counters().of(WireFault::kStaleHeader), 1U);
  EXPECT_EQ(counters().restarts, 1U);
}

TEST_F(FibreSessionTest, RefusesAWrongLengthOnceAndGoesOn) {
  send_seq(0);
  const DasBlock second = block(100);
  send_block(test_header(second, 1, 1), frame_of(second).first(second.bytes() - 4));
  Bytes longer(frame_of(second).begin(), frame_of(second).end());
  longer.resize(longer.size() + 4);
  send_block(test_header(second, 1, 2), longer);
  send_block(test_header(second, 1, 3), {});
  send_seq(4);
  EXPECT_THAT(fibres_.blocks, SizeIs(2));
  EXPECT_EQ(counters().of(WireFault::kBlockLength), 3U);
  EXPECT_EQ(counters().rejected(), 3U);
  EXPECT_EQ(counters().missing, 0U);
}

TEST_F(FibreSessionTest, RefusesAWrongChecksum) {
  DasHeader told = header(1, 0, 0);
  told.crc32 = *told.crc32 ^ 1U;
  send_block(told, frame_of(block(0)));
  EXPECT_THAT(fibres_.blocks, IsEmpty());
  EXPECT_EQ(counters().of(WireFault::kChecksum), 1U);
}

TEST_F(FibreSessionTest, DoesNotTakeTheGeometryOfARefusedBlock) {
  DasHeader told = header(1, 0, 0);
  told.crc32 = *told.crc32 ^ 1U;
  told.geometry.scale = 9.0;
  send_block(told, frame_of(block(0)));
  send_seq(1);
  EXPECT_THAT(fibres_.blocks, SizeIs(1));
}

TEST_F(FibreSessionTest, RefusesATopicThatNamesAnotherFibre) {
  const DasBlock sent = block(0);
  send({bytes_of("das/1/XX.OTHER"),
        bytes_of(das_header_json(test_header(sent, 1, 0))),
        Bytes(frame_of(sent).begin(), frame_of(sent).end())});
  EXPECT_EQ(counters().of(WireFault::kIdMismatch), 1U);
  EXPECT_THAT(fibres_.blocks, IsEmpty());
}

TEST_F(FibreSessionTest, EndsAFibreAndForgetsIt) {
  send_seq(0);
  send({bytes_of("end/1/XX.CABLE1"), bytes_of(end_json(1, 3, "maintenance"))});
  ASSERT_THAT(fibres_.ends, SizeIs(1));
  EXPECT_EQ(fibres_.ends[0].fibre_id, "XX.CABLE1");
  EXPECT_EQ(fibres_.ends[0].reason, "maintenance");
  EXPECT_EQ(counters().missing, 2U);
  EXPECT_TRUE(session_.has_ended());
  use(test_geometry(7));
  send_block(header(2, 0, 0), frame_of(block(0)));
  EXPECT_THAT(fibres_.blocks, SizeIs(2));
  EXPECT_EQ(counters().restarts, 0U);
  EXPECT_FALSE(session_.has_ended());
}

TEST_F(FibreSessionTest, TellsMetadataWhenItChanges) {
  for (const char* const text : {R"({"interrogator":{"model":"A1"}})",
                                 R"({"interrogator":{"model":"A1"}})",
                                 R"({"interrogator":{"model":"A2"}})"}) {
    send({bytes_of("dasmeta/1/XX.CABLE1"), bytes_of(text)});
  }
  ASSERT_THAT(fibres_.metadata, SizeIs(2));
  EXPECT_EQ(fibres_.metadata[1].json, R"({"interrogator":{"model":"A2"}})");
  EXPECT_EQ(counters().fibre_metadata, 3U);
  send({bytes_of("dasmeta/1/XX.CABLE1"), bytes_of(R"({"a":1,"a":2})")});
  send({bytes_of("dasmeta/1/XX.CABLE1"), Bytes(kMaxMetadataBytes + 1, std::byte{' '})});
  EXPECT_EQ(counters().of(WireFault::kHeaderDuplicateKey), 1U);
  EXPECT_EQ(counters().of(WireFault::kHeaderTooLarge), 1U);
}

TEST_F(FibreSessionTest, LetsAKeySendOnlyItsFibres) {
  const AllowedKey narrow{"lab", {"XX.CABLE2"}};
  const DasBlock sent = block(0);
  send({bytes_of("das/1/XX.CABLE1"),
        bytes_of(das_header_json(test_header(sent, 1, 0))),
        Bytes(frame_of(sent).begin(), frame_of(sent).end())},
       {"lab", &narrow});
  EXPECT_EQ(counters().of(WireFault::kNotPermitted), 1U);
  EXPECT_THAT(fibres_.blocks, IsEmpty());
}

TEST_F(FibreSessionTest, StaysBoundedInFibres) {
  for (std::size_t i = 0; i <= FibreSession::kMaxFibres; ++i) {
    send({bytes_of(fmt::format("dasmeta/1/f{}", i)), bytes_of("{}")});
  }
  EXPECT_EQ(counters().of(WireFault::kTooManyStreams), 1U);
  EXPECT_EQ(counters().fibre_metadata, FibreSession::kMaxFibres);
}

TEST_F(FibreSessionTest, RefusesBlocksTooFarFromNow) {
  WireSession strict("live", {std::chrono::seconds{10}, std::chrono::minutes{5}}, clock_);
  const auto send_at = [&](std::uint64_t seq, std::int64_t first) {
    const DasBlock sent = block(first);
    const Bytes topic = bytes_of("das/1/XX.CABLE1");
    const Bytes json = bytes_of(das_header_json(test_header(sent, 1, seq)));
    const std::vector<Frame> frames{topic, json, frame_of(sent)};
    strict.handle(frames, {"peer", nullptr}, {records_, fibres_});
  };
  send_at(0, 0);
  send_at(1, 620'000);
  EXPECT_EQ(strict.counters().snapshot().of(WireFault::kRecordTime), 2U);
  send_at(2, 590'000);
  EXPECT_THAT(fibres_.blocks, SizeIs(1));
}

TEST_F(FibreSessionTest, CountsBlocksThatNobodyTakes) {
  const DasBlock sent = block(0);
  const Bytes topic = bytes_of("das/1/XX.CABLE1");
  const Bytes json = bytes_of(das_header_json(test_header(sent, 1, 0)));
  const std::vector<Frame> frames{topic, json, frame_of(sent)};
  session_.handle(frames, {"peer", nullptr}, records_);
  EXPECT_EQ(counters().of(WireFault::kUnsupportedKind), 1U);
  EXPECT_EQ(counters().blocks, 0U);
}

}  // namespace
}  // namespace geod::streams
