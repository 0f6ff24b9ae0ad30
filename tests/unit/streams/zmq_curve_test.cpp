#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zmq_addon.hpp>

#include "streams/curve_allow_list.hpp"
#include "streams/curve_keys.hpp"
#include "streams/zap_handler.hpp"
#include "streams/zmq_receiver.hpp"
#include "tests/support/wire_peers.hpp"
#include "tests/support/wire_tmp_dir.hpp"

namespace geod::streams {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class CurveTest : public testing::Test {
 protected:
  CurveTest() {
    server_ = keys("server.secret");
    client_ = keys("client.secret");
    allow(client_.public_key + " vault\n");
    config_.curve.secret_key_file = dir_.path("server.secret");
    config_.curve.allow_list_file = dir_.path("allowed");
    config::EndpointConfig endpoint;
    endpoint.name = "ingest";
    endpoint.endpoint = "tcp://127.0.0.1:*";
    endpoint.curve = true;
    config_.endpoints = {endpoint};
  }
  CurveKeypair keys(const std::string& name) const {
    auto made = generate_curve_keypair(dir_.path(name));
    GEOD_CHECK(made.has_value(), "keys");
    return *made;
  }
  void allow(const std::string& lines) const { dir_.write("allowed", lines); }
  void open() {
    auto opened = ZmqReceiver::open(config_, clock_);
    ASSERT_TRUE(opened) << opened.error().what;
    receiver_ = std::move(*opened);
  }
  Error open_error() const {
    auto opened = ZmqReceiver::open(config_, clock_);
    return opened ? Error{Errc::kCancelled, "it opened"} : opened.error();
  }
  std::string address() const { return receiver_->status()[0].endpoint; }
  CounterSnapshot counters() const { return receiver_->status()[0].counters; }
  bool until(const std::function<bool()>& is_done) {
    return poll_until(*receiver_, sink_, is_done);
  }

  TmpDir dir_;
  CurveKeypair server_;
  CurveKeypair client_;
  config::StreamsConfig config_;
  SystemClock clock_;
  std::unique_ptr<ZmqReceiver> receiver_;
  CollectingSink sink_;
};

TEST_F(CurveTest, HearsAKeyOfTheAllowList) {
  open();
  TestPublisher publisher;
  publisher.use_curve(client_, server_.public_key);
  publisher.connect(address());
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/a"), make_record({})}));
  EXPECT_TRUE(until([&] { return sink_.records.size() == 1; }));
  EXPECT_EQ(counters().auth_failures, 0U);
}

TEST_F(CurveTest, RefusesAnUnknownKeyAndCountsIt) {
  open();
  TestPublisher stranger;
  stranger.use_curve(keys("stranger.secret"), server_.public_key);
  stranger.connect(address());
  ASSERT_TRUE(stranger.send({bytes_of("ms/1/a"), make_record({})}));
  EXPECT_TRUE(until([&] { return counters().auth_failures > 0; }));
  EXPECT_EQ(counters().messages, 0U);
}

TEST_F(CurveTest, RefusesAPeerWithoutCurveAndCountsIt) {
  open();
  TestPublisher plain;
  plain.connect(address());
  ASSERT_TRUE(plain.send({bytes_of("ms/1/a"), make_record({})}));
  EXPECT_TRUE(until([&] { return counters().handshake_failures > 0; }));
  EXPECT_EQ(counters().messages, 0U);
}

TEST_F(CurveTest, LetsAKeySendOnlyWhatItsPatternsName) {
  allow(client_.public_key + " vault XX.AAA tag-*\n");
  open();
  TestPublisher publisher;
  publisher.use_curve(client_, server_.public_key);
  publisher.connect(address());
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/other"), make_record({})}));
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/tag-7"), make_record({.station = "BBB"})}));
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/tag-7"), make_record({})}));
  ASSERT_TRUE(until([&] { return counters().messages == 3; }));
  EXPECT_THAT(sink_.records, SizeIs(1));
  EXPECT_EQ(counters().of(WireFault::kNotPermitted), 2U);
}

TEST_F(CurveTest, StopsHearingAConnectedKeyOnceItIsTakenOffTheList) {
  open();
  TestPublisher publisher;
  publisher.use_curve(client_, server_.public_key);
  publisher.connect(address());
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/a"), make_record({})}));
  ASSERT_TRUE(until([&] { return sink_.records.size() == 1; }));

  allow(keys("successor.secret").public_key + " successor\n");
  ASSERT_TRUE(receiver_->reload_allow_list());
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/a"), make_record({})}));
  ASSERT_TRUE(until([&] { return counters().of(WireFault::kNotPermitted) == 1; }));
  EXPECT_THAT(sink_.records, SizeIs(1));
}

TEST_F(CurveTest, HearsAKeyThatIsAddedWhileRunning) {
  open();
  const CurveKeypair late = keys("late.secret");
  allow(client_.public_key + " vault\n" + late.public_key + " late\n");
  ASSERT_TRUE(receiver_->reload_allow_list());
  TestPublisher publisher;
  publisher.use_curve(late, server_.public_key);
  publisher.connect(address());
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/a"), make_record({})}));
  EXPECT_TRUE(until([&] { return sink_.records.size() == 1; }));
}

TEST_F(CurveTest, KeepsTheOldListWhenTheNewOneIsBad) {
  open();
  for (const std::string bad : {"", "# nobody\n", "no key\n"}) {
    allow(bad);
    EXPECT_FALSE(receiver_->reload_allow_list()) << bad;
  }
  TestPublisher publisher;
  publisher.use_curve(client_, server_.public_key);
  publisher.connect(address());
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/a"), make_record({})}));
  EXPECT_TRUE(until([&] { return sink_.records.size() == 1; }));
}

TEST_F(CurveTest, SubscribesToACurvePublisher) {
  TestPublisher publisher(zmq::socket_type::push);
  publisher.socket().set(zmq::sockopt::curve_server, true);
  publisher.socket().set(zmq::sockopt::curve_secretkey, client_.secret_key);
  const std::string bound = publisher.bind("tcp://127.0.0.1:*");
  config_.endpoints[0].endpoint = bound;
  config_.endpoints[0].mode = config::EndpointMode::kPullConnect;
  config_.endpoints[0].server_public_key = client_.public_key;
  open();
  ASSERT_TRUE(publisher.send({bytes_of("ms/1/a"), make_record({})}));
  EXPECT_TRUE(until([&] { return sink_.records.size() == 1; }));
}

TEST_F(CurveTest, DoesNotStartWithoutAUsableList) {
  allow("# nobody yet\n");
  EXPECT_EQ(open_error().code, Errc::kConfig);
  EXPECT_THAT(open_error().what, HasSubstr("empty"));
  std::filesystem::remove(dir_.path("allowed"));
  EXPECT_EQ(open_error().code, Errc::kNotFound);
}

TEST_F(CurveTest, DoesNotStartWithASecretKeyThatOthersCanRead) {
  namespace fs = std::filesystem;
  fs::permissions(dir_.path("server.secret"), fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(open_error().code, Errc::kConfig);
  EXPECT_THAT(open_error().what, HasSubstr("chmod 600"));
}

TEST_F(CurveTest, TakesASystemdCredentialThatShowsAsReadableByItsGroup) {
  namespace fs = std::filesystem;
  const fs::path key = dir_.path("server.secret");
  fs::permissions(key, fs::perms::group_read, fs::perm_options::add);
  ::setenv("CREDENTIALS_DIRECTORY", key.parent_path().c_str(), 1);
  EXPECT_TRUE(load_curve_keypair(key));
  fs::permissions(key, fs::perms::others_read, fs::perm_options::add);
  EXPECT_FALSE(load_curve_keypair(key));
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(CurveTest, DoesNotConnectWithoutTheServersKey) {
  config_.endpoints[0].endpoint = "tcp://127.0.0.1:9";
  config_.endpoints[0].mode = config::EndpointMode::kSubConnect;
  EXPECT_EQ(open_error().code, Errc::kConfig);
  EXPECT_THAT(open_error().what, HasSubstr("server_public_key"));
}

TEST_F(CurveTest, AllowsARemoteBindWithCurve) {
  config_.endpoints[0].endpoint = "tcp://*:*";
  open();
}

TEST_F(CurveTest, ProofFailsWhenNoHandlerIsThere) {
  zmq::context_t context;
  const auto proven = prove_zap_handler(context, client_.public_key, std::chrono::milliseconds{50});
  ASSERT_FALSE(proven);
  EXPECT_EQ(proven.error().code, Errc::kIo);
  EXPECT_THAT(proven.error().what, HasSubstr("does not answer"));
}

TEST_F(CurveTest, HandlerDoesNotStartWhereAnotherHoldsItsAddress) {
  zmq::context_t context;
  zmq::socket_t squatter(context, zmq::socket_type::rep);
  squatter.bind("inproc://zeromq.zap.01");
  const SharedAllowList allowed(*CurveAllowList::parse(client_.public_key + " vault", "list"));
  const auto handler = ZapHandler::start(context, allowed);
  ASSERT_FALSE(handler);
  EXPECT_EQ(handler.error().code, Errc::kIo);
}

/// Answers every ZAP request alike.
class UniformZap {
 public:
  UniformZap(zmq::context_t& context, std::string status)
      : socket_(context, zmq::socket_type::rep), status_(std::move(status)) {
    socket_.set(zmq::sockopt::rcvtimeo, 50);
    socket_.bind("inproc://zeromq.zap.01");
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        std::vector<zmq::message_t> request;
        if (zmq::recv_multipart(socket_, std::back_inserter(request))) {
          zmq::send_multipart(socket_,
                              std::array<zmq::const_buffer, 6>{zmq::str_buffer("1.0"),
                                                               zmq::str_buffer("1"),
                                                               zmq::buffer(status_),
                                                               zmq::str_buffer(""),
                                                               zmq::str_buffer(""),
                                                               zmq::str_buffer("")});
        }
      }
    });
  }

 private:
  zmq::socket_t socket_;
  std::string status_;
  std::jthread thread_;
};

TEST_F(CurveTest, ProofFailsOnAHandlerThatTellsNobodyApart) {
  for (const char* const status : {"200", "400"}) {
    zmq::context_t context;
    const UniformZap zap(context, status);
    EXPECT_FALSE(prove_zap_handler(context, client_.public_key, std::chrono::seconds{5})) << status;
  }
}

TEST_F(CurveTest, KeyFileIsPrivateAndNeverOverwritten) {
  namespace fs = std::filesystem;
  EXPECT_EQ(fs::status(dir_.path("server.secret")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(generate_curve_keypair(dir_.path("server.secret")).error().code, Errc::kIo);
  const auto again = load_curve_keypair(dir_.path("server.secret"));
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->public_key, server_.public_key);
  EXPECT_EQ(again->secret_key, server_.secret_key);
}

TEST_F(CurveTest, SaysWhatIsWrongWithAKeyFile) {
  namespace fs = std::filesystem;
  const auto error = [&](const std::string& text) {
    const std::string file = dir_.write("bad.secret", text);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    return load_curve_keypair(file).error();
  };
  EXPECT_EQ(error("").code, Errc::kConfig);
  EXPECT_EQ(error("short\n").code, Errc::kConfig);
  EXPECT_EQ(error(client_.secret_key + "\n" + client_.secret_key + "\n").code, Errc::kConfig);
  EXPECT_EQ(load_curve_keypair(dir_.path("absent")).error().code, Errc::kNotFound);
}

TEST_F(CurveTest, AllowListNamesTheLineThatIsWrong) {
  const std::string good = client_.public_key + " vault\n";
  const auto no_name = CurveAllowList::parse("\n# comment\n" + client_.public_key + "\n", "list");
  ASSERT_FALSE(no_name);
  EXPECT_THAT(no_name.error().what, HasSubstr("list:3"));
  const auto twice = CurveAllowList::parse(good + good, "list");
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().what, HasSubstr("twice"));
}

TEST(CurveKeys, TakesAKeyThatBeginsLikeAComment) {
  EXPECT_TRUE(is_comment_or_blank("# text"));
  EXPECT_TRUE(is_comment_or_blank("  #"));
  EXPECT_TRUE(is_comment_or_blank(" \t\r"));
  EXPECT_FALSE(is_comment_or_blank("#Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI vault"));
}

TEST(CurveKeys, ConvertsBetweenTextAndBytes) {
  const std::string text = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
  EXPECT_TRUE(is_z85_key(text));
  EXPECT_EQ(z85_from_raw(raw_from_z85(text)), text);
  EXPECT_FALSE(is_z85_key(text.substr(1)));
  EXPECT_FALSE(is_z85_key(std::string(40, ' ')));
}

}  // namespace
}  // namespace geod::streams
