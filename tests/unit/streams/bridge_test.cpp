#include "streams/bridge.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/das_blocks.hpp"
#include "tests/support/wire_peers.hpp"
#include "tests/support/wire_tmp_dir.hpp"

namespace geod::streams {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::SizeIs;

Result<std::vector<DasBlock>> take(BridgeTranslator& translator, const std::vector<Bytes>& frames) {
  const std::vector<Frame> views(frames.begin(), frames.end());
  return translator.take(views);
}

template <class T>
void put(Bytes& to, T value) {
  const auto* const bytes = reinterpret_cast<const std::byte*>(&value);
  to.insert(to.end(), bytes, bytes + sizeof(value));
}

json asn_header() {
  return json::parse(R"({"bytesPerPackage":12,"nPackagesPerMessage":50,"nChannels":3,
    "dataType":"float","dx":1.02,"dt":0.002,"dtUnit":"s","dxUnit":"m",
    "roiTable":[{"roiStart":100,"roiEnd":116,"roiDec":8}],"gaugeLength":8.0,
    "dataScale":0.25,"unit":"rad/m/s","instrument":"OptoDAS"})");
}

/// 50 samples of 3 channels from `first` on, as ASN sends them.
Bytes asn_block(std::int64_t first) {
  Bytes bytes;
  put(bytes, to_ns(kFibreStart) + first * 2'000'000);
  for (std::int64_t t = 0; t < 50; ++t) {
    for (std::int64_t c = 0; c < 3; ++c) {
      put(bytes, test_value(first + t, c));
    }
  }
  return bytes;
}

TEST(AsnTranslator, PlacesAndScalesByItsHeader) {
  AsnTranslator asn("XX.ASN");
  ASSERT_TRUE(take(asn, {bytes_of(asn_header().dump())}));
  const auto blocks = take(asn, {asn_block(50)});
  ASSERT_TRUE(blocks) << blocks.error().what;
  ASSERT_THAT(*blocks, SizeIs(1));
  const DasBlock& block = blocks->front();
  EXPECT_EQ(block.start, kFibreStart + std::chrono::milliseconds{100});
  EXPECT_EQ(block.samples, 50);
  EXPECT_EQ(block.geometry->fibre_id, "XX.ASN");
  EXPECT_EQ(block.geometry->rate, *SampleRate::make(500));
  EXPECT_EQ(block.geometry->first_channel, 100);
  EXPECT_EQ(block.geometry->channel_stride, 8);
  EXPECT_EQ(block.geometry->unit, DasUnit::kPhaseRatePerDistance);
  EXPECT_EQ(block.geometry->scale, 0.25);
  EXPECT_EQ(block.geometry->order, DasOrder::kTimeMajor);
  float last = 0.0F;
  std::memcpy(&last, block.raw.get() + block.bytes() - 4, 4);
  EXPECT_EQ(last, test_value(99, 2));
}

TEST(AsnTranslator, SendsNothingByAHeaderThatIsNotInForceAnyMore) {
  AsnTranslator asn("XX.ASN");
  EXPECT_FALSE(take(asn, {asn_block(0)})) << "no header yet";
  ASSERT_TRUE(take(asn, {bytes_of(asn_header().dump())}));
  for (const auto& [key, value] : {std::pair<const char*, json>{"nChannels", 4},
                                   {"bytesPerPackage", 24},
                                   {"dataType", "long"},
                                   {"dataType", 7},
                                   {"dt", -1},
                                   {"dtUnit", "h"},
                                   {"roiTable", json::array()},
                                   {"roiTable", "all"}}) {
    json header = asn_header();
    header[key] = value;
    EXPECT_FALSE(take(asn, {bytes_of(header.dump())})) << key;
    EXPECT_FALSE(take(asn, {asn_block(0)})) << "the old header must not stay in force: " << key;
    ASSERT_TRUE(take(asn, {bytes_of(asn_header().dump())}));
    EXPECT_THAT(*take(asn, {asn_block(0)}), SizeIs(1));
  }
}

TEST(AsnTranslator, RefusesAMessageOfAnotherLength) {
  AsnTranslator asn("XX.ASN");
  ASSERT_TRUE(take(asn, {bytes_of(asn_header().dump())}));
  Bytes longer = asn_block(0);
  longer.resize(longer.size() + 12);
  EXPECT_EQ(take(asn, {longer}).error().code, Errc::kProtocol);
  EXPECT_FALSE(take(asn, {}));
  EXPECT_FALSE(take(asn, {Bytes{}}));
  EXPECT_THAT(*take(asn, {asn_block(0)}), SizeIs(1)) << "the header is still good";
}

TEST(AsnTranslator, SendsCountsWhenTheHeaderDoesNotScale) {
  AsnTranslator asn("XX.ASN");
  json header = asn_header();
  header.erase("dataScale");
  ASSERT_TRUE(take(asn, {bytes_of(header.dump())}));
  const auto blocks = take(asn, {asn_block(0)});
  EXPECT_EQ(blocks->front().geometry->unit, DasUnit::kCount);
  EXPECT_EQ(blocks->front().geometry->scale, 1.0);
}

/// `samples` samples of 4 channels at 100 Hz from `first` on, stamped at the middle.
std::vector<Bytes> febus_block(std::int32_t set, std::int64_t first, std::int32_t samples) {
  std::vector<Bytes> frames(3);
  put(frames[0], set);
  put(frames[0], 1562259600.0 + static_cast<double>(first + samples / 2) / 100.0);
  for (const double each : {4.8, 10.0, 1.0, 0.0, 0.0, 0.0}) {
    put(frames[1], each);
  }
  for (const std::int32_t each : {0, 3, 0, samples - 1, 0, 0, 4}) {
    put(frames[1], each);
  }
  for (std::int64_t t = 0; t < samples; ++t) {
    for (std::int64_t c = 0; c < 4; ++c) {
      put(frames[2], test_value(first + t, c));
    }
  }
  // The index ranges are (0, channels - 1), (0, samples - 1).
  return frames;
}

TEST(FebusTranslator, GoesFromTheMiddleToTheFirstSampleAndCutsTheOverlap) {
  FebusTranslator febus("XX.FEBUS", FebusStamp::kMiddle);
  const auto first = take(febus, febus_block(1, 0, 100));
  ASSERT_TRUE(first) << first.error().what;
  ASSERT_THAT(*first, SizeIs(1));
  EXPECT_EQ(first->front().start, kFibreStart);
  EXPECT_EQ(first->front().geometry->channel_spacing_m, 4.8);
  EXPECT_EQ(first->front().geometry->channels, 4);
  const auto second = take(febus, febus_block(2, 50, 100));
  ASSERT_THAT(*second, SizeIs(1));
  EXPECT_EQ(second->front().start, kFibreStart + std::chrono::seconds{1});
  EXPECT_EQ(second->front().samples, 50);
  float value = 0.0F;
  std::memcpy(&value, second->front().raw.get(), 4);
  EXPECT_EQ(value, test_value(100, 0));
}

TEST(FebusTranslator, CountsSkippedSetsAndIgnoresARepeatedOne) {
  FebusTranslator febus("XX.FEBUS", FebusStamp::kMiddle);
  EXPECT_THAT(*take(febus, febus_block(1, 0, 100)), SizeIs(1));
  EXPECT_THAT(*take(febus, febus_block(1, 0, 100)), SizeIs(0));
  const auto later = take(febus, febus_block(5, 400, 100));
  ASSERT_THAT(*later, SizeIs(1));
  EXPECT_EQ(later->front().start, kFibreStart + std::chrono::seconds{4});
  EXPECT_EQ(later->front().samples, 100);
  EXPECT_EQ(febus.skipped_sets(), 3U);
}

TEST(FebusTranslator, RefusesShapesThatDoNotFitTheSamples) {
  FebusTranslator febus("XX.FEBUS", FebusStamp::kMiddle);
  std::vector<Bytes> frames = febus_block(1, 0, 100);
  frames[2].pop_back();
  EXPECT_EQ(take(febus, frames).error().code, Errc::kProtocol);
  frames = febus_block(1, 0, 100);
  frames[1].pop_back();
  EXPECT_FALSE(take(febus, frames));
  frames.pop_back();
  EXPECT_FALSE(take(febus, frames));
}

TEST(XdasTranslator, ReadsAPacketAndRefusesNoise) {
  std::ifstream in(std::string(GEOD_SOURCE_DIR) + "/tests/data/das/xdas.nc", std::ios::binary);
  const std::string packet((std::istreambuf_iterator<char>(in)), {});
  XdasTranslator xdas("XX.XDAS");
  const auto blocks = take(xdas, {bytes_of(packet)});
  ASSERT_TRUE(blocks) << blocks.error().what;
  ASSERT_THAT(*blocks, SizeIs(2)) << "a hole lies in it";
  EXPECT_EQ((*blocks)[0].start, kFibreStart);
  EXPECT_EQ((*blocks)[0].geometry->fibre_id, "XX.XDAS");
  EXPECT_FALSE(take(xdas, {bytes_of("CDF\x01 not a NetCDF-4 file")}));
  EXPECT_FALSE(take(xdas, {bytes_of(packet.substr(0, packet.size() / 2))}));
}

/// A daemon's receiver and an interrogator, with the bridge between them on a thread of its own.
TEST(Bridge, PassesAnOptoDasOnWithARevisionAHeader) {
  const TmpDir dir;
  const SystemClock clock;
  config::StreamsConfig config;
  config.endpoints.emplace_back();
  config.endpoints[0].name = "listener";
  config.endpoints[0].endpoint = "ipc://" + dir.path("ingest");
  const auto receiver = ZmqReceiver::open(config, clock);
  ASSERT_TRUE(receiver) << receiver.error().what;
  TestPublisher interrogator(zmq::socket_type::xpub);
  BridgeOptions options;
  options.from = interrogator.bind("tcp://127.0.0.1:*");
  options.publisher.endpoint = config.endpoints[0].endpoint;
  options.publisher.stream_id = "XX.ASN";
  std::stop_source stop;
  auto bridge =
      std::async(std::launch::async, [&] { return run_bridge(options, clock, stop.get_token()); });
  CollectingSink records;
  CollectingFibres fibres;
  zmq::message_t subscription;
  ASSERT_TRUE(poll_until(**receiver, {records, fibres}, [&] {
    return interrogator.socket().recv(subscription, zmq::recv_flags::dontwait).has_value();
  }));
  json header = asn_header();
  interrogator.send({bytes_of(header.dump())});
  interrogator.send({asn_block(0)});
  interrogator.send({bytes_of("noise")});
  interrogator.send({asn_block(50)});
  header["dataScale"] = 0.5;
  interrogator.send({bytes_of(header.dump())});
  interrogator.send({asn_block(100)});
  EXPECT_TRUE(poll_until(**receiver, {records, fibres}, [&] { return fibres.blocks.size() >= 3; }));
  stop.request_stop();
  EXPECT_TRUE(poll_until(**receiver, {records, fibres}, [&] { return (*receiver)->has_ended(); }));
  const auto counts = bridge.get();
  ASSERT_TRUE(counts) << counts.error().what;
  EXPECT_EQ(counts->blocks, 3U);
  EXPECT_EQ(counts->refused, 1U);
  ASSERT_THAT(fibres.blocks, SizeIs(3));
  EXPECT_EQ(fibres.blocks[1].geometry->scale, 0.25);
  EXPECT_EQ(fibres.blocks[2].geometry->scale, 0.5);
  ASSERT_THAT(fibres.metadata, SizeIs(2));
  EXPECT_THAT(fibres.metadata[1].json, HasSubstr("\"dataScale\":0.5"));
  const CounterSnapshot counters = (*receiver)->status()[0].counters;
  EXPECT_EQ(counters.rejected(), 0U);
  EXPECT_EQ(counters.missing, 0U);
  EXPECT_EQ(counters.time_holes, 0U);
}

TEST(Bridge, AsksAFebusForWhatIsNewer) {
  const TmpDir dir;
  const SystemClock clock;
  config::StreamsConfig config;
  config.endpoints.emplace_back();
  config.endpoints[0].name = "listener";
  config.endpoints[0].endpoint = "ipc://" + dir.path("ingest");
  const auto receiver = ZmqReceiver::open(config, clock);
  ASSERT_TRUE(receiver) << receiver.error().what;
  zmq::context_t context;
  zmq::socket_t interrogator(context, zmq::socket_type::rep);
  interrogator.set(zmq::sockopt::linger, 0);
  interrogator.bind("tcp://127.0.0.1:*");
  BridgeOptions options;
  options.kind = BridgeKind::kFebus;
  options.from = interrogator.get(zmq::sockopt::last_endpoint);
  options.publisher.endpoint = config.endpoints[0].endpoint;
  options.publisher.stream_id = "XX.FEBUS";
  std::stop_source stop;
  auto bridge =
      std::async(std::launch::async, [&] { return run_bridge(options, clock, stop.get_token()); });
  CollectingSink records;
  CollectingFibres fibres;
  std::int32_t asked = 0;
  double last_epoch_s = -1.0;
  const auto answer_until = [&](const auto& is_done) {
    return poll_until(**receiver, {records, fibres}, [&] {
      zmq::message_t question;
      if (interrogator.recv(question, zmq::recv_flags::dontwait)) {
        EXPECT_EQ(question.size(), sizeof(double));
        std::memcpy(&last_epoch_s, question.data(), sizeof(double));
        const std::vector<Bytes> answer = febus_block(asked, 10 * asked, 20);
        for (std::size_t i = 0; i < answer.size(); ++i) {
          interrogator.send(
              zmq::buffer(answer[i]),
              i + 1 < answer.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
        }
        ++asked;
      }
      return is_done();
    });
  };
  EXPECT_TRUE(answer_until([&] { return fibres.blocks.size() >= 3; }));
  stop.request_stop();
  EXPECT_TRUE(answer_until([&] { return (*receiver)->has_ended(); }));
  const auto counts = bridge.get();
  ASSERT_TRUE(counts) << counts.error().what;
  EXPECT_EQ(counts->refused, 0U);
  EXPECT_GT(last_epoch_s, 1562259600.0) << "the question carries the newest time stamp";
  EXPECT_EQ(fibres.blocks[0].samples, 20);
  EXPECT_EQ(fibres.blocks[1].samples, 10) << "half of it came before";
  EXPECT_EQ((*receiver)->status()[0].counters.time_holes, 0U);
  EXPECT_EQ((*receiver)->status()[0].counters.time_overlaps, 0U);
}

TEST(Bridge, SaysThatNoDaemonIsThere) {
  const TmpDir dir;
  const SystemClock clock;
  BridgeOptions options;
  options.from = "tcp://127.0.0.1:9";
  options.publisher.endpoint = "ipc://" + dir.path("nobody");
  options.patience = std::chrono::milliseconds{50};
  EXPECT_EQ(run_bridge(options, clock, {}).error().code, Errc::kDisconnected);
}

}  // namespace
}  // namespace geod::streams
