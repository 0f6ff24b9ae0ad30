#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <zmq.hpp>

#include "service/service.hpp"
#include "tests/support/event_rows.hpp"
#include "tests/support/fibre_rows.hpp"
#include "tests/support/http_peer.hpp"

namespace geod::service {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using std::chrono::seconds;
using test::http_get;
using test::HttpPeer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A service over a database that the tests commit to.
class LiveFeedTest : public storage::StoredEventsTest {
 protected:
  void SetUp() override {
    StoredEventsTest::SetUp();
    config_.listen = "127.0.0.1:0";
    config_.publish = "tcp://127.0.0.1:*";
    config_.agency_id = "test.net";
    open_store();
  }
  void start() {
    auto service =
        Service::start(config_,
                       {options_.file,
                        [] { return InventorySnapshot{}; },
                        {[] { return std::vector<Metric>{}; },
                         [] { return std::vector<HealthCheck>{}; },
                         [] { return std::vector<std::pair<std::string, std::string>>{}; }}});
    ASSERT_TRUE(service) << service.error().what;
    service_ = std::move(*service);
  }
  std::uint16_t port() const {
    const std::string address = service_->address();
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  /// A subscriber whose answer has begun.
  std::unique_ptr<HttpPeer> subscribe(const std::string& query, const std::string& headers = "") {
    auto peer = std::make_unique<HttpPeer>(port());
    peer->say("GET /live" + query + " HTTP/1.0\r\n" + headers + "\r\n");
    EXPECT_THAT(peer->hear_until("\r\n\r\n"), StartsWith("HTTP/1.0 200 OK\r\n"));
    return peer;
  }
  static json data_of(const std::string& event) {
    const std::size_t at = event.find("data: ");
    return at == std::string::npos ? json() : json::parse(event.substr(at + 6));
  }
  /// The next message, heartbeats passed over.
  static std::string next(HttpPeer& peer) {
    while (true) {
      std::string event = peer.hear_until("\n\n");
      if (!event.starts_with(":")) {
        return event;
      }
    }
  }
  void commit_picks(Duration after_start, std::size_t count = 6) {
    Batch batch;
    batch.picks = storage::make_event_picks(after_start);
    batch.picks.resize(count);
    commit(batch);
  }
  using Batch = storage::Batch;

  config::ServiceConfig config_;
  std::unique_ptr<Service> service_;
};

TEST_F(LiveFeedTest, ASubscriberIsToldWhatIsCommittedFromThenOn) {
  commit_picks(seconds{10});
  start();
  const auto peer = subscribe("");
  const auto picks = storage::make_event_picks(seconds{100});
  commit({storage::make_change(1, seconds{100}, picks)}, picks);
  service_->notify_committed();
  for (const Pick& pick : picks) {
    const std::string event = next(*peer);
    EXPECT_THAT(event, HasSubstr("\nevent: pick\n"));
    EXPECT_EQ(data_of(event)["id"], pick.pick_id);
    EXPECT_EQ(data_of(event)["phase"], to_string(pick.phase_hint));
  }
  const json event = data_of(next(*peer));
  EXPECT_EQ(event["type"], "event");
  EXPECT_EQ(event["id"], "0000000000000001");
  EXPECT_EQ(event["version"], 1);
  EXPECT_EQ(event["arrivals"].size(), picks.size());
}

TEST_F(LiveFeedTest, ACursorGivesWhatWasMissedOnceAndInOrder) {
  commit_picks(seconds{10});
  start();
  auto peer = subscribe("?after=begin");
  std::string cursor;
  for (int i = 0; i < 4; ++i) {
    const json pick = data_of(next(*peer));
    EXPECT_EQ(pick["key"], i + 1);
    EXPECT_EQ(pick["previous_key"], i);
    cursor = pick["cursor"];
  }
  peer.reset();
  const auto picks = storage::make_event_picks(seconds{100});
  commit({storage::make_change(1, seconds{100}, picks)}, picks);
  service_->notify_committed();
  for (const std::string& query : {"?after=" + cursor, std::string()}) {
    const auto again = subscribe(query, query.empty() ? "Last-Event-ID: " + cursor + "\r\n" : "");
    std::vector<int> keys;
    for (int i = 0; i < 8; ++i) {
      keys.push_back(data_of(next(*again))["key"]);
    }
    EXPECT_THAT(keys, ElementsAre(5, 6, 7, 8, 9, 10, 11, 12));
    EXPECT_EQ(data_of(next(*again))["type"], "event");
  }
}

TEST_F(LiveFeedTest, ReadingBackGoesOverIntoFollowingWithoutAGapOrADouble) {
  commit_picks(seconds{10});
  start();
  const auto peer = subscribe("?after=begin&types=picks");
  int key = 0;
  for (int commits = 1; commits <= 5; ++commits) {
    for (int i = 0; i < 6; ++i) {
      EXPECT_EQ(data_of(next(*peer))["key"], ++key);
    }
    commit_picks(seconds{100 * commits});
    service_->notify_committed();
  }
}

TEST_F(LiveFeedTest, TypesThatAreNotWantedAreLeftOut) {
  start();
  const auto events = subscribe("?types=events");
  const auto fibres = subscribe("?types=detections");
  Batch batch;
  batch.picks = storage::make_event_picks(seconds{10});
  batch.event_changes = {storage::make_change(1, seconds{10}, batch.picks)};
  batch.detections = {storage::make_detection(1, seconds{300})};
  commit(batch);
  service_->notify_committed();
  EXPECT_EQ(data_of(next(*events))["type"], "event");
  const json detection = data_of(next(*fibres));
  EXPECT_EQ(detection["type"], "detection");
  EXPECT_EQ(detection["fibre"], batch.detections[0].fibre_id);
}

TEST_F(LiveFeedTest, ACursorOfAnotherDatabaseIsToldAndEnds) {
  start();
  const auto peer = subscribe("?after=900-0-0-0");
  const std::string event = next(*peer);
  EXPECT_THAT(event, StartsWith("event: end\n"));
  EXPECT_THAT(std::string(data_of(event)["reason"]), HasSubstr("not of this database"));
  EXPECT_EQ(peer->hear_all(), "");
}

TEST_F(LiveFeedTest, WhatIsNoCursorOrTypeIsRefused) {
  start();
  for (const char* query : {"?after=1-2",
                            "?after=-1-0-0-0",
                            "?after=1-2-3",
                            "?after=1-2-3-4x",
                            "?after=x",
                            "?types=wind",
                            "?since=1"}) {
    EXPECT_THAT(http_get(port(), std::string("/live") + query), StartsWith("HTTP/1.1 400 "))
        << query;
  }
}

TEST_F(LiveFeedTest, SubscribersAreBoundedAndTheirPlaceIsFreedWhenTheyLeave) {
  config_.max_subscribers = 1;
  start();
  auto peer = subscribe("");
  EXPECT_THAT(http_get(port(), "/live"), StartsWith("HTTP/1.1 503 "));
  peer.reset();
  while (http_get(port(), "/metrics").find("\ngeod_live_subscribers 0\n") == std::string::npos) {
  }
  subscribe("");
}

TEST_F(LiveFeedTest, AnIdleSubscriberIsKeptByHeartbeats) {
  config_.heartbeat = 100ms;
  config_.idle_timeout = 10ms;
  config_.write_timeout = 10ms;
  start();
  const auto peer = subscribe("");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(peer->hear_until("\n\n"), ": 0-0-0-0\n\n");
  }
}

TEST_F(LiveFeedTest, StoppingEndsSubscribers) {
  start();
  const auto peer = subscribe("");
  service_->stop();
  EXPECT_EQ(peer->hear_all(), "");
}

class Listener {
 public:
  Listener(const std::string& address, std::vector<std::string> topics) {
    socket_.set(zmq::sockopt::rcvtimeo, 30'000);
    for (const std::string& topic : topics) {
      socket_.set(zmq::sockopt::subscribe, topic);
    }
    socket_.connect(address);
  }
  std::pair<std::string, json> hear() {
    zmq::message_t topic;
    zmq::message_t text;
    if (!socket_.recv(topic) || !socket_.recv(text)) {
      return {};
    }
    return {topic.to_string(), json::parse(text.to_string())};
  }
  /// The next message, heartbeats passed over: one may come at any time.
  std::pair<std::string, json> hear_news() {
    auto heard = hear();
    while (heard.first == "heartbeat") {
      heard = hear();
    }
    return heard;
  }

 private:
  zmq::context_t context_{1};
  zmq::socket_t socket_{context_, zmq::socket_type::sub};
};

TEST_F(LiveFeedTest, ListenersOfTheSocketHearTheSame) {
  start();
  Listener all(service_->publish_address(), {""});
  Listener events(service_->publish_address(), {"event", "heartbeat"});
  // A heartbeat says that the subscription has arrived.
  EXPECT_EQ(all.hear().first, "heartbeat");
  EXPECT_EQ(events.hear().second["cursor"], "0-0-0-0");
  const auto picks = storage::make_event_picks(seconds{100});
  commit({storage::make_change(1, seconds{100}, picks)}, picks);
  service_->notify_committed();
  for (std::size_t i = 0; i < picks.size(); ++i) {
    const auto [topic, pick] = all.hear_news();
    EXPECT_EQ(topic, "pick");
    EXPECT_EQ(pick["id"], picks[i].pick_id);
    EXPECT_EQ(pick["previous_key"], i);
  }
  EXPECT_EQ(all.hear_news().first, "event");
  const auto [topic, event] = events.hear_news();
  EXPECT_EQ(topic, "event");
  EXPECT_EQ(event["cursor"], "6-0-1-0");
  EXPECT_THAT(http_get(port(), "/metrics"), HasSubstr("\ngeod_live_messages_total 7\n"));
}

TEST_F(LiveFeedTest, AReviewThatAnotherProcessCommittedIsTold) {
  const auto picks = storage::make_event_picks(seconds{100});
  commit({storage::make_change(1, seconds{100}, picks)}, picks);
  start();
  const auto peer = subscribe("?types=reviews");
  Batch batch;
  batch.reviewed_events = {{storage::make_review("quake/1", seconds{100}), "0000000000000001"}};
  commit(batch);  // nobody notifies the service
  const std::string event = next(*peer);
  EXPECT_THAT(event, HasSubstr("event: review\n"));
  const json review = data_of(event);
  EXPECT_EQ(review["type"], "review");
  EXPECT_EQ(review["id"], "0000000000000001");
  EXPECT_EQ(review["public_id"], "quake/1");
  EXPECT_EQ(review["cursor"], "6-0-1-1");
}

TEST_F(LiveFeedTest, ACursorGivesTheReviewsThatWereMissedAfterTheirEvents) {
  const auto picks = storage::make_event_picks(seconds{100});
  Batch batch;
  batch.picks = picks;
  batch.event_changes = {storage::make_change(1, seconds{100}, picks)};
  batch.reviewed_events = {{storage::make_review("quake/1", seconds{100}), "0000000000000001"}};
  commit(batch);
  start();
  const auto peer = subscribe("?after=6-0-0-0");
  EXPECT_EQ(data_of(next(*peer))["type"], "event");
  const json review = data_of(next(*peer));
  EXPECT_EQ(review["public_id"], "quake/1");
  EXPECT_EQ(review["cursor"], "6-0-1-1");
}

TEST_F(LiveFeedTest, AnAddressThatIsTakenIsAnError) {
  start();
  config_.publish = service_->publish_address();
  const auto second = Service::start(config_, {options_.file, {}, {}});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().what, HasSubstr("service.publish"));
}

}  // namespace
}  // namespace geod::service
