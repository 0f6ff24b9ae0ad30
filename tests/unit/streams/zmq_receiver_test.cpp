#include "streams/zmq_receiver.hpp"

#include <future>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "streams/wire_message.hpp"
#include "streams/zmq_socket.hpp"
#include "tests/support/das_blocks.hpp"
#include "tests/support/wire_peers.hpp"
#include "tests/support/wire_tmp_dir.hpp"

namespace geod::streams {
namespace {

using config::EndpointConfig;
using config::EndpointMode;
using testing::HasSubstr;
using testing::SizeIs;

EndpointConfig endpoint(std::string address, EndpointMode mode = EndpointMode::kPullBind) {
  EndpointConfig config;
  config.name = "ingest";
  config.endpoint = std::move(address);
  config.mode = mode;
  return config;
}

config::StreamsConfig with(std::vector<EndpointConfig> endpoints) {
  config::StreamsConfig config;
  config.endpoints = std::move(endpoints);
  return config;
}

class ZmqReceiverTest : public testing::Test {
 protected:
  void open(const config::StreamsConfig& config) {
    auto opened = ZmqReceiver::open(config, clock_);
    ASSERT_TRUE(opened) << opened.error().what;
    receiver_ = std::move(*opened);
  }
  std::string address(std::size_t index = 0) const { return receiver_->status()[index].endpoint; }
  CounterSnapshot counters(std::size_t index = 0) const {
    return receiver_->status()[index].counters;
  }
  bool receive(std::size_t records) {
    return poll_until(*receiver_, sink_, [&] { return sink_.records.size() >= records; });
  }

  SystemClock clock_;
  std::unique_ptr<ZmqReceiver> receiver_;
  CollectingSink sink_;
  TmpDir dir_;
};

TEST_F(ZmqReceiverTest, TakesRecordsPushedOverTcp) {
  open(with({endpoint("tcp://127.0.0.1:*")}));
  TestPublisher publisher;
  publisher.connect(address());
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/a"), make_record({})}));
  ASSERT_TRUE(receive(1));
  EXPECT_EQ(sink_.sources[0], "ingest");
  EXPECT_TRUE(poll_until(*receiver_, sink_, [&] { return counters().connections == 1; }));
}

TEST_F(ZmqReceiverTest, TakesRecordsPushedOverIpc) {
  open(with({endpoint("ipc://" + dir_.path("ingest"))}));
  TestPublisher publisher;
  publisher.connect(address());
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/a"), make_record({})}));
  EXPECT_TRUE(receive(1));
}

TEST_F(ZmqReceiverTest, ConnectsToAPublisherThatBinds) {
  TestPublisher publisher;
  const std::string bound = publisher.bind("tcp://127.0.0.1:*");
  open(with({endpoint(bound, EndpointMode::kPullConnect)}));
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/a"), make_record({})}));
  EXPECT_TRUE(receive(1));
}

TEST_F(ZmqReceiverTest, TakesBlocksOfAFibreSmallAndLarge) {
  open(with({endpoint("tcp://127.0.0.1:*")}));
  TestPublisher publisher;
  publisher.connect(address());
  const auto geometry = std::make_shared<const FibreGeometry>(test_geometry(100));
  CollectingFibres fibres;
  std::int64_t first = 0;
  std::uint64_t seq = 0;
  for (const std::int64_t samples : {1, 7, 1000}) {
    const DasBlock block = test_block(geometry, first, samples);
    ASSERT_TRUE(publisher.send({bytes_of("das/1/XX.CABLE1"),
                                bytes_of(das_header_json(test_header(block, 1, seq++))),
                                Bytes(frame_of(block).begin(), frame_of(block).end())}));
    first += samples;
  }
  ASSERT_TRUE(publisher.send({bytes_of("end/1/XX.CABLE1"), bytes_of(end_json(1, seq, "done"))}));
  ASSERT_TRUE(poll_until(*receiver_, {sink_, fibres}, [&] { return receiver_->has_ended(); }));
  ASSERT_THAT(fibres.blocks, SizeIs(3));
  for (const DasBlock& block : fibres.blocks) {
    const std::int64_t begin = geometry->rate.samples_in(block.start - kFibreStart);
    EXPECT_EQ(
        std::memcmp(
            block.raw.get(), test_block(geometry, begin, block.samples).raw.get(), block.bytes()),
        0);
  }
  ASSERT_THAT(fibres.ends, SizeIs(1));
  EXPECT_EQ(counters().rejected(), 0U);
  EXPECT_EQ(counters().missing, 0U);
}

TEST_F(ZmqReceiverTest, SubscribesToBlocksWithTheirHeartbeatsEndsAndMetadata) {
  TestPublisher publisher(zmq::socket_type::xpub);
  const std::string bound = publisher.bind("tcp://127.0.0.1:*");
  EndpointConfig config = endpoint(bound, EndpointMode::kSubConnect);
  config.topics = {"das/1/XX."};
  open(with({config}));
  for (int subscriptions = 0; subscriptions < 4; ++subscriptions) {
    zmq::message_t subscription;
    publisher.socket().set(zmq::sockopt::rcvtimeo, 5000);
    ASSERT_TRUE(publisher.socket().recv(subscription));
  }
  CollectingFibres fibres;
  publisher.send({bytes_of("dasmeta/1/XX.CABLE1"), bytes_of(R"({"a":1})")});
  publisher.send({bytes_of("hb/1/XX.CABLE1"), bytes_of(heartbeat_json(1, 0, 0))});
  publisher.send({bytes_of("end/1/XX.CABLE1"), bytes_of("{}")});
  ASSERT_TRUE(poll_until(*receiver_, {sink_, fibres}, [&] { return receiver_->has_ended(); }));
  EXPECT_THAT(fibres.metadata, SizeIs(1));
  EXPECT_EQ(counters().heartbeats, 1U);
}

TEST_F(ZmqReceiverTest, SubscribesToRecordsWithTheirHeartbeatsAndEnds) {
  TestPublisher publisher(zmq::socket_type::xpub);
  const std::string bound = publisher.bind("tcp://127.0.0.1:*");
  EndpointConfig config = endpoint(bound, EndpointMode::kSubConnect);
  config.topics = {"ms/1/CI."};
  open(with({config}));
  for (int subscriptions = 0; subscriptions < 3; ++subscriptions) {
    zmq::message_t subscription;
    publisher.socket().set(zmq::sockopt::rcvtimeo, 5000);
    ASSERT_TRUE(publisher.socket().recv(subscription));
  }
  publisher.send({bytes_of("ms/1/NN.X"), make_record({})});
  publisher.send({bytes_of("ms/1/CI.CLC"), make_record({})});
  publisher.send({bytes_of("hb/1/CI.CLC"), bytes_of(heartbeat_json(1, 0, 0))});
  publisher.send({bytes_of("end/1/CI.CLC"), bytes_of("{}")});
  ASSERT_TRUE(poll_until(*receiver_, sink_, [&] { return receiver_->has_ended(); }));
  EXPECT_THAT(sink_.records, SizeIs(1)) << "NN.X was not subscribed";
  EXPECT_EQ(counters().heartbeats, 1U);
}

TEST_F(ZmqReceiverTest, BindsASubscriber) {
  open(with({endpoint("tcp://127.0.0.1:*", EndpointMode::kSubBind)}));
  TestPublisher publisher(zmq::socket_type::xpub);
  publisher.connect(address());
  zmq::message_t subscription;
  ASSERT_TRUE(poll_until(*receiver_, sink_, [&] {
    return publisher.socket().recv(subscription, zmq::recv_flags::dontwait) &&
           subscription.to_string_view() == "\x01ms/1/";
  }));
  publisher.send({bytes_of("ms/1/a"), make_record({})});
  EXPECT_TRUE(receive(1));
}

TEST_F(ZmqReceiverTest, KeepsSeveralEndpointsApart) {
  EndpointConfig second = endpoint("tcp://127.0.0.1:*");
  second.name = "second";
  open(with({endpoint("tcp://127.0.0.1:*"), second}));
  TestPublisher first_publisher;
  first_publisher.connect(address(0));
  TestPublisher second_publisher;
  second_publisher.connect(address(1));
  ASSERT_TRUE(first_publisher.send({bytes_of("ms/1/a"), make_record({})}));
  ASSERT_TRUE(second_publisher.send({bytes_of("nonsense"), make_record({})}));
  ASSERT_TRUE(second_publisher.send({bytes_of("end/1/a"), bytes_of("{}")}));
  ASSERT_TRUE(poll_until(
      *receiver_, sink_, [&] { return sink_.records.size() == 1 && counters(1).ends == 1; }));
  EXPECT_EQ(counters(0).rejected(), 0U);
  EXPECT_EQ(counters(1).of(WireFault::kTopic), 1U);
  EXPECT_THAT(sink_.ends, SizeIs(0)) << "stream a of the other endpoint goes on";
}

TEST_F(ZmqReceiverTest, RefusesAMessageOfTooManyFramesAndReadsOn) {
  open(with({endpoint("tcp://127.0.0.1:*")}));
  TestPublisher publisher;
  publisher.connect(address());
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/a"), {}, {}, {}, {}, {}}));
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/a"), make_record({})}));
  ASSERT_TRUE(receive(1));
  EXPECT_EQ(counters().of(WireFault::kFrameCount), 1U);
}

TEST_F(ZmqReceiverTest, CutsOffAPeerWhoseFrameIsTooLargeAndServesTheOthers) {
  config::StreamsConfig config = with({endpoint("tcp://127.0.0.1:*")});
  config.max_message_bytes = 4096;
  open(config);
  TestPublisher hostile;
  hostile.connect(address());
  TestPublisher honest;
  honest.connect(address());
  ASSERT_TRUE(hostile.send({bytes_of("ms/1/a"), Bytes(4097)}));
  Bytes largest;
  for (int i = 0; i < 8; ++i) {
    append(largest, make_record({}));
  }
  ASSERT_TRUE(honest.send({bytes_of("ms/1/b"), largest}));
  ASSERT_TRUE(receive(8));
  EXPECT_EQ(counters().messages, 1U);
}

/// Takes records no faster than it is let.
class GatedSink final : public RecordSink {
 public:
  void on_record(Record /*record*/, const Delivery& /*delivery*/) override { ++records; }
  void on_end(const StreamEnd& /*end*/) override {}
  std::size_t records = 0;
};

TEST_F(ZmqReceiverTest, HoldsAPusherBackAndLosesNothing) {
  config::StreamsConfig config = with({endpoint("tcp://127.0.0.1:*")});
  config.max_message_bytes = 1 << 20;
  config.receive_buffer_bytes = 1 << 20;  // one message of the largest size
  open(config);
  Bytes bundle;
  for (int i = 0; i < 2000; ++i) {
    append(bundle, make_record({}));
  }
  TestPublisher publisher;
  publisher.socket().set(zmq::sockopt::sndhwm, 1);
  publisher.connect(address());
  // Nobody reads: far less than these 200 MB fit into the queues, so the publisher must stand.
  publisher.socket().set(zmq::sockopt::sndtimeo, 200);
  std::size_t sent = 0;
  while (sent < 200 && publisher.send({bytes_of("ms/1/a"), bundle})) {
    ++sent;
  }
  EXPECT_LT(sent, 200U);
  GatedSink sink;
  ASSERT_TRUE(poll_until(*receiver_, sink, [&] { return sink.records == sent * 2000; }))
      << sink.records << " of " << sent * 2000;
}

TEST_F(ZmqReceiverTest, NamesTheEndpointOfABusyPort) {
  TestPublisher other;
  const std::string taken = other.bind("tcp://127.0.0.1:*");
  const auto opened = ZmqReceiver::open(with({endpoint(taken)}), clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::kIo);
  EXPECT_THAT(opened.error().what, HasSubstr("ingest (" + taken + ")"));
  EXPECT_THAT(opened.error().what, HasSubstr("in use"));
}

TEST_F(ZmqReceiverTest, DoesNotStealAServedIpcSocket) {
  const std::string address = "ipc://" + dir_.path("ingest");
  open(with({endpoint(address)}));
  const auto second = ZmqReceiver::open(with({endpoint(address)}), clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kIo);
  EXPECT_THAT(second.error().what, HasSubstr("in use"));
  TestPublisher publisher;
  publisher.connect(address);
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/a"), make_record({})}));
  EXPECT_TRUE(receive(1));
}

TEST_F(ZmqReceiverTest, TakesOverASocketFileThatNobodyServes) {
  const std::string address = "ipc://" + dir_.path("ingest");
  dir_.write("ingest", "left behind");
  open(with({endpoint(address)}));
}

TEST_F(ZmqReceiverTest, SaysWhatIsWrongWithAnEndpoint) {
  const auto error = [&](const std::string& address) {
    const auto opened = ZmqReceiver::open(with({endpoint(address)}), clock_);
    return opened ? Error{Errc::kCancelled, "opened"} : opened.error();
  };
  EXPECT_EQ(error("ipc:///no/such/directory/ingest").code, Errc::kIo);
  EXPECT_THAT(error("ipc:///no/such/directory/ingest").what, HasSubstr("directory"));
  EXPECT_EQ(error("tcp://127.0.0.1").code, Errc::kConfig);
  EXPECT_EQ(error("udp+x://127.0.0.1:1").code, Errc::kConfig);
}

TEST_F(ZmqReceiverTest, RefusesToOpenToTheNetworkWithoutCurve) {
  const auto opened = ZmqReceiver::open(with({endpoint("tcp://*:*")}), clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::kConfig);
  EXPECT_THAT(opened.error().what, HasSubstr("allow_insecure_remote"));
  config::StreamsConfig spelled_out = with({endpoint("tcp://*:*")});
  spelled_out.allow_insecure_remote = true;
  EXPECT_TRUE(ZmqReceiver::open(spelled_out, clock_));
}

TEST_F(ZmqReceiverTest, ReturnsFromAWaitWhenWoken) {
  open(with({endpoint("tcp://127.0.0.1:*")}));
  auto waiting = std::async(std::launch::async,
                            [&] { return receiver_->poll(sink_, std::chrono::minutes{5}); });
  receiver_->wake();
  ASSERT_EQ(waiting.wait_for(std::chrono::seconds{10}), std::future_status::ready);
  EXPECT_TRUE(waiting.get());
}

TEST(ZmqSocket, KnowsWhatIsLocal) {
  for (const char* const local : {"tcp://127.0.0.1:5",
                                  "tcp://127.9.9.9:*",
                                  "tcp://localhost:5",
                                  "tcp://[::1]:5",
                                  "tcp://lo:5",
                                  "ipc:///run/x",
                                  "inproc://x"}) {
    EXPECT_TRUE(is_local_endpoint(local)) << local;
  }
  for (const char* const remote : {"tcp://*:5",
                                   "tcp://0.0.0.0:5",
                                   "tcp://[::]:5",
                                   "tcp://eth0:5",
                                   "tcp://10.0.0.1:5",
                                   "tcp://127.evil.example:5",
                                   "tcp://localhost.example:5",
                                   "pgm://127.0.0.1:5",
                                   ""}) {
    EXPECT_FALSE(is_local_endpoint(remote)) << remote;
  }
}

TEST(ZmqSocket, BoundsItsQueueInBytesAndSendsNoHeartbeats) {
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::pull);
  config::StreamsConfig config;
  config.receive_buffer_bytes = 64 << 20;
  config.max_message_bytes = (8 << 20) + 1;
  apply_receive_options(socket, config);
  EXPECT_EQ(socket.get(zmq::sockopt::rcvhwm), 8);
  EXPECT_EQ(socket.get(zmq::sockopt::maxmsgsize), (8 << 20) + 1);
  EXPECT_EQ(socket.get(zmq::sockopt::heartbeat_ivl), 0) << "would cut off a peer that is held back";
  EXPECT_EQ(socket.get(zmq::sockopt::tcp_keepalive), 1);
}

}  // namespace
}  // namespace geod::streams
