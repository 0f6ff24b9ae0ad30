#include "daemon/control.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <zmq.hpp>

#include "tests/support/models_tmp_dir.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::uint64_t kMaxArrayBytes = 1U << 20;

/// A server in a folder of its own; "later" is answered when "now" is asked, everything else with
/// itself.
class ControlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = ControlServer::bind(
        folder_.path(),
        kMaxArrayBytes,
        [this](ControlMessage request,
               const ControlServer::Client& client) -> std::optional<ControlMessage> {
          if (request.json == "later") {
            waiting_.push_back(client);
            return std::nullopt;
          }
          ControlMessage answer("answer to " + request.json);
          answer.arrays = std::move(request.arrays);
          return answer;
        });
    ASSERT_TRUE(server) << server.error().what;
    server_ = std::move(*server);
  }
  void serve_one() {
    pollfd wanted{server_->fd(), POLLIN, 0};
    ::poll(&wanted, 1, 10'000);
    server_->serve_pending();
  }
  /// Serves until `done`.
  void serve_until(const std::atomic<bool>& done) {
    while (!done) {
      pollfd wanted{server_->fd(), POLLIN, 0};
      ::poll(&wanted, 1, 20);
      server_->serve_pending();
    }
  }
  std::string ask(const std::string& request) {
    std::atomic<bool> done{false};
    std::string text;
    std::jthread client([&] {
      const auto reply = control_request(folder_.path(), request, 10'000ms);
      text = reply ? *reply : "error: " + reply.error().what;
      done = true;
    });
    serve_until(done);
    return text;
  }

  models::test::TmpDir folder_;
  std::vector<ControlServer::Client> waiting_;
  std::unique_ptr<ControlServer> server_;
};

TEST_F(ControlTest, AnswersOneRequestAfterTheOther) {
  EXPECT_EQ(ask("a"), "answer to a");
  EXPECT_EQ(ask("b"), "answer to b");
}

TEST_F(ControlTest, ArraysTravelBesideTheText) {
  ControlMessage request(std::string("a"));
  request.arrays = {std::string(kMaxArrayBytes, 'x'), std::string("\0\1", 2)};
  std::atomic<bool> done{false};
  Result<ControlMessage> reply;
  std::jthread client([&] {
    reply = control_exchange(folder_.path(), request, 10'000ms);
    done = true;
  });
  serve_until(done);
  client.join();
  ASSERT_TRUE(reply) << reply.error().what;
  EXPECT_EQ(reply->json, "answer to a");
  EXPECT_EQ(reply->arrays, request.arrays);
}

TEST_F(ControlTest, ARequestThatTakesLongDelaysNoOther) {
  std::atomic<bool> slow_done{false};
  std::string slow;
  std::jthread client([&] {
    const auto reply = control_request(folder_.path(), "later", 10'000ms);
    slow = reply ? *reply : "error: " + reply.error().what;
    slow_done = true;
  });
  while (waiting_.empty()) {
    serve_one();
  }
  EXPECT_EQ(ask("quick"), "answer to quick");
  EXPECT_FALSE(slow_done);
  server_->answer(waiting_.at(0), std::string("at last"));
  serve_until(slow_done);
  client.join();
  EXPECT_EQ(slow, "at last");
}

TEST_F(ControlTest, AClientThatWentAwayCostsNothing) {
  {
    zmq::context_t context{1};
    zmq::socket_t client{context, zmq::socket_type::req};
    client.set(zmq::sockopt::linger, 0);
    client.connect("ipc://" + (folder_.path() / "control").string());
    client.send(zmq::str_buffer("later"), zmq::send_flags::none);
    while (waiting_.empty()) {
      serve_one();
    }
  }
  server_->answer(waiting_.at(0), std::string("too late"));
  EXPECT_EQ(ask("a"), "answer to a");
}

TEST_F(ControlTest, FramesThatAreNoRequestAreDropped) {
  zmq::context_t context{1};
  zmq::socket_t stranger{context, zmq::socket_type::dealer};
  stranger.set(zmq::sockopt::linger, 0);
  stranger.connect("ipc://" + (folder_.path() / "control").string());
  const std::vector<std::vector<std::string>> messages{{"no delimiter"},
                                                       {"", "a", "b", "c", "d"},
                                                       {"x", "a"},
                                                       {"", std::string(65 * 1024, ' ')},
                                                       std::vector<std::string>(50, "")};
  for (const auto& frames : messages) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      stranger.send(zmq::buffer(frames[i]),
                    i + 1 < frames.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
    }
  }
  EXPECT_EQ(ask("a"), "answer to a");
}

TEST_F(ControlTest, OneServerAFolder) {
  std::atomic<bool> done{false};
  std::string why;
  std::jthread second([&] {
    const auto server = ControlServer::bind(
        folder_.path(), kMaxArrayBytes, [](const ControlMessage&, const ControlServer::Client&) {
          return std::string("other");
        });
    why = server ? "" : server.error().what;
    done = true;
  });
  serve_until(done);
  second.join();
  EXPECT_THAT(why, HasSubstr("another geod answers"));
}

TEST(ControlRequest, SaysThatNobodyListens) {
  const models::test::TmpDir folder;
  const auto reply = control_request(folder.path(), "a", 10ms);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::kDisconnected);
  EXPECT_THAT(reply.error().what, HasSubstr("geod run"));
}

}  // namespace
}  // namespace geod
