#include "service/http_server.hpp"

#include <condition_variable>
#include <mutex>
#include <numeric>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "service/error_response.hpp"
#include "tests/support/http_peer.hpp"

namespace geod::service {
namespace {

using namespace std::chrono_literals;
using test::http_get;
using test::HttpPeer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Some pieces, the last of which may be an error.
class Pieces final : public BodySource {
 public:
  Pieces(std::size_t pieces, std::size_t bytes, bool breaks)
      : left_(pieces), bytes_(bytes), breaks_(breaks) {}
  Result<std::optional<std::string>> next() override {
    if (left_ == 0) {
      return std::nullopt;
    }
    if (--left_ == 0 && breaks_) {
      return fail(Errc::kIo, "the disk is gone");
    }
    return std::string(bytes_, 'x');
  }

 private:
  std::size_t left_;
  std::size_t bytes_;
  bool breaks_;
};

/// A feed in which nothing happens.
class Silence final : public LiveSource {
 public:
  LivePiece next() override { return {}; }
  void read_back() override {}
  std::string heartbeat() override { return ":\n\n"; }
  void on_ready(std::function<void()>) override {}
};

/// A door that requests wait at.
class Gate {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_open_; });
  }
  void open() {
    {
      const std::lock_guard lock(mutex_);
      is_open_ = true;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.listen = {"127.0.0.1", 0};
    options_.query_threads = 1;
    start();
  }
  void start() {
    server_.reset();
    auto server = HttpServer::listen(options_);
    ASSERT_TRUE(server) << server.error().what;
    server_ = std::move(*server);
    Router router;
    router.add_quick("/quick", [](const HttpRequest& request) {
      HttpResponse response;
      response.body = "quick " + request.base_url;
      return response;
    });
    router.add_query("/slow", [this](const HttpRequest&) {
      gate_.wait();
      return HttpResponse{};
    });
    router.add_query("/long", [](const HttpRequest& request) {
      HttpResponse response;
      response.body = "begin ";
      response.more = std::make_unique<Pieces>(100, 100'000, request.target.ends_with("broken"));
      return response;
    });
    router.add_query("/empty", [](const HttpRequest&) {
      HttpResponse response;
      response.status = 204;
      return response;
    });
    router.add_query("/text", [](const HttpRequest&) {
      HttpResponse response;
      response.body = std::string(5000, 'a');
      return response;
    });
    router.add_live("/follow", [](const HttpRequest&) { return std::make_unique<Silence>(); });
    server_->start(std::move(router));
  }
  void TearDown() override { gate_.open(); }
  std::uint16_t port() const { return server_->port(); }

  HttpServerOptions options_;
  Gate gate_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersWithTheAddressThatTheClientUsed) {
  HttpPeer peer(port());
  peer.say("GET /quick HTTP/1.1\r\nHost: 127.0.0.1:99\r\n\r\n");
  const std::string answer = peer.hear_answer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nquick http://127.0.0.1:99"));
}

TEST_F(HttpServerTest, RequestsOfOneConnectionAreAnsweredInTheirOrder) {
  HttpPeer peer(port());
  std::string requests;
  for (int i = 1; i <= 50; ++i) {
    requests += "GET /quick HTTP/1.1\r\nHost: localhost:" + std::to_string(i) + "\r\n\r\n";
  }
  peer.say(requests);
  for (int i = 1; i <= 50; ++i) {
    EXPECT_THAT(peer.hear_answer(), HasSubstr("quick http://localhost:" + std::to_string(i)));
  }
}

TEST_F(HttpServerTest, ARequestMayComeByteByByte) {
  HttpPeer peer(port());
  for (const char c : std::string("GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
    peer.say({&c, 1});
  }
  EXPECT_THAT(peer.hear_answer(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, HeadIsTheSameWithoutTheBody) {
  HttpPeer peer(port());
  peer.say("HEAD /text HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string answer = peer.hear_all();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 5000\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, NothingCanBeChanged) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"}) {
    HttpPeer peer(port());
    peer.say(std::string(method) +
             " /quick HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc");
    const std::string answer = peer.hear_all();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n")) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
  }
  HttpPeer peer(port());
  peer.say("BREW /quick HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(peer.hear_answer(), StartsWith("HTTP/1.1 501 Not Implemented\r\n"));
}

TEST_F(HttpServerTest, BrokenRequestsAreToldAndEndTheConnection) {
  for (const char* request :
       {"\x16\x03\x01\x02\r\n\r\n",
        "GET\r\n\r\n",
        "GET /quick HTTP/9.9\r\n\r\n",
        "GET /quick HTTP/1.1\r\nHost localhost\r\n\r\n",
        "GET /quick HTTP/1.1\r\n\r\n",
        "GET /quick HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET /quick%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /quick HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        "GET /quick HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab"}) {
    HttpPeer peer(port());
    peer.say(request);
    peer.finish_saying();
    EXPECT_THAT(peer.hear_all(), StartsWith("HTTP/1.1 400 Bad Request\r\n")) << request;
  }
}

TEST_F(HttpServerTest, LongHeadsAndTargetsAreRefused) {
  HttpPeer head(port());
  head.say("GET /quick HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(80'000, 'y'));
  EXPECT_THAT(head.hear_all(), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(http_get(port(), "/quick?" + std::string(10'000, 'z')), StartsWith("HTTP/1.1 414 "));
}

TEST_F(HttpServerTest, ForeignNamesAreMisdirected) {
  HttpPeer peer(port());
  peer.say("GET /quick HTTP/1.1\r\nHost: evil.example.org\r\n\r\n");
  EXPECT_THAT(peer.hear_answer(), StartsWith("HTTP/1.1 421 Misdirected Request\r\n"));
}

TEST_F(HttpServerTest, UnknownPathsAreNotFoundAtOnce) {
  const std::string answer = http_get(port(), "/fdsnws/dataselect/1/application.wadl");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nError 404: Not Found\n"));
}

TEST_F(HttpServerTest, AnOldClientGetsABodyUpToTheEndOfTheConnection) {
  HttpPeer peer(port());
  peer.say("GET /long HTTP/1.0\r\n\r\n");
  const std::string answer = peer.hear_all();
  EXPECT_THAT(answer.substr(0, 500), Not(HasSubstr("chunked")));
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 6 + 100 * 100'000U);
}

TEST_F(HttpServerTest, ALongBodyComesInChunksAndTheConnectionGoesOn) {
  HttpPeer peer(port());
  peer.say(
      "GET /long HTTP/1.1\r\nHost: localhost\r\n\r\nGET /quick HTTP/1.1\r\nHost: "
      "localhost\r\n\r\n");
  EXPECT_THAT(peer.hear_until("\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_GT(peer.hear_until("\r\n0\r\n\r\n").size(), 100 * 100'000U);
  EXPECT_THAT(peer.hear_answer(), HasSubstr("quick http"));
}

TEST_F(HttpServerTest, ABodyThatFailsEndsWithoutItsLastChunk) {
  HttpPeer peer(port());
  peer.say("GET /long?broken HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string answer = peer.hear_all();
  EXPECT_GT(answer.size(), 99 * 100'000U);
  EXPECT_FALSE(answer.ends_with("\r\n0\r\n\r\n"));
}

TEST_F(HttpServerTest, EmptyAnswersHaveNeitherBodyNorLength) {
  const std::string answer = http_get(port(), "/empty");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

std::string inflated(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
  std::string in = bytes;
  std::string out(20'000'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  return out;
}

TEST_F(HttpServerTest, BodiesAreCompressedWhereTheClientTakesIt) {
  const std::string answer = http_get(port(), "/text", "Accept-Encoding: gzip\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_EQ(inflated(answer.substr(answer.find("\r\n\r\n") + 4)), std::string(5000, 'a'));
  EXPECT_THAT(http_get(port(), "/text"), Not(HasSubstr("Content-Encoding")));

  HttpPeer peer(port());
  peer.say("GET /long HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n");
  const std::string streamed = peer.hear_all();
  const std::string body = inflated(streamed.substr(streamed.find("\r\n\r\n") + 4));
  EXPECT_EQ(body.size(), 6 + 100 * 100'000U);
  EXPECT_THAT(body.substr(0, 10), StartsWith("begin xxxx"));
}

TEST_F(HttpServerTest, ALongQueryDoesNotHoldUpWhatIsQuick) {
  HttpPeer waits(port());
  waits.say("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(http_get(port(), "/quick"), HasSubstr("quick http"));
  gate_.open();
  EXPECT_THAT(waits.hear_answer(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, AClientThatNeverFinishesItsHeadIsHungUpOn) {
  options_.header_timeout = 50ms;
  start();
  HttpPeer mute(port());
  HttpPeer trickles(port());
  trickles.say("GET /quick HTTP/1.1\r\nHo");
  for (HttpPeer* peer : {&mute, &trickles}) {
    EXPECT_EQ(peer->hear_all(), "");
    EXPECT_FALSE(peer->has_given_up());
  }
}

TEST_F(HttpServerTest, AClientThatAsksNothingMoreIsHungUpOn) {
  options_.idle_timeout = 50ms;
  start();
  HttpPeer idles(port());
  idles.say("GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(idles.hear_all(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_FALSE(idles.has_given_up());
}

TEST_F(HttpServerTest, AClientThatDoesNotReadIsHungUpOn) {
  options_.write_timeout = 50ms;
  start();
  HttpPeer peer(port());
  // More than the kernels buffer; the answer is cut when the deadline of a piece has passed.
  std::string requests;
  for (int i = 0; i < 10; ++i) {
    requests += "GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }
  peer.say(requests);
  while (server_->counters().connections_accepted.load() == 0 ||
         server_->counters().connections.load() > 0) {
    std::this_thread::yield();
  }
  EXPECT_LT(peer.hear_all().size(), 10 * 100 * 100'000U);
}

TEST_F(HttpServerTest, ANewClientTakesThePlaceOfTheOneThatWaitedLongest) {
  options_.max_connections = 4;
  start();
  std::vector<std::unique_ptr<HttpPeer>> idle;
  for (int i = 0; i < 4; ++i) {
    idle.push_back(std::make_unique<HttpPeer>(port()));
    idle.back()->say("GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n");
    idle.back()->hear_answer();
  }
  EXPECT_THAT(http_get(port(), "/quick"), HasSubstr("quick http"));
  EXPECT_EQ(idle.front()->hear_all(), "");
  EXPECT_EQ(server_->counters().connections_evicted.load(), 1U);
}

TEST_F(HttpServerTest, WhenAllAreAtWorkOneMoreIsTurnedAway) {
  options_.max_connections = 4;
  start();
  std::vector<std::unique_ptr<HttpPeer>> busy;
  for (const char* path : {"/slow", "/slow", "/follow", "/follow"}) {
    busy.push_back(std::make_unique<HttpPeer>(port()));
    busy.back()->say("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  while (server_->counters().requests.load() < 4) {
    std::this_thread::yield();
  }
  HttpPeer peer(port());
  EXPECT_THAT(peer.hear_all(), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_EQ(server_->counters().connections_refused.load(), 1U);
  gate_.open();
  EXPECT_THAT(busy[0]->hear_answer(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(busy[2]->hear_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, QueriesThatWaitLeaveHalfOfTheConnectionsToOthers) {
  options_.max_connections = 4;
  start();
  std::vector<std::unique_ptr<HttpPeer>> waiting;
  for (int i = 0; i < 2; ++i) {
    waiting.push_back(std::make_unique<HttpPeer>(port()));
    waiting.back()->say("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  while (server_->counters().requests.load() < 2) {
    std::this_thread::yield();
  }
  HttpPeer peer(port());
  peer.say("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string answer = peer.hear_answer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 5\r\n"));
  peer.say("GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(peer.hear_answer(), HasSubstr("quick http"));
  gate_.open();
  for (const auto& each : waiting) {
    EXPECT_THAT(each->hear_answer(), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
}

TEST_F(HttpServerTest, StopEndsEveryConnection) {
  HttpPeer idle(port());
  idle.say("GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n");
  idle.hear_answer();
  HttpPeer reads(port());
  reads.say("GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n");
  reads.hear_until("\r\n\r\n");
  const std::uint16_t before = port();
  server_->stop();
  EXPECT_EQ(idle.hear_all(), "");
  EXPECT_FALSE(reads.hear_all().ends_with("\r\n0\r\n\r\n"));
  EXPECT_FALSE(HttpPeer(before).is_connected());
}

TEST_F(HttpServerTest, StopEndsConnectionsThatAreAcceptedMeanwhile) {
  options_.header_timeout = 1h;
  start();
  // Held up twice: while the clients come, and with their connections about to be accepted.
  Gate stop_begins;
  server_->post([&] {
    gate_.wait();
    server_->post([&] { stop_begins.wait(); });
  });
  std::jthread stopping;
  std::vector<std::unique_ptr<HttpPeer>> peers;
  for (int i = 0; i < 50; ++i) {
    peers.push_back(std::make_unique<HttpPeer>(port()));
  }
  gate_.open();
  stopping = std::jthread([&] {
    stop_begins.open();
    server_->stop();
  });
  for (const auto& peer : peers) {
    EXPECT_EQ(peer->hear_all(), "");
    ASSERT_FALSE(peer->has_given_up());
  }
}

TEST_F(HttpServerTest, AnAddressThatIsTakenIsAnErrorThatNamesIt) {
  HttpServerOptions same = options_;
  same.listen.port = port();
  const auto second = HttpServer::listen(same);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kIo);
  EXPECT_THAT(second.error().what, HasSubstr("127.0.0.1:" + std::to_string(port())));
}

}  // namespace
}  // namespace geod::service
