#include "daemon/inversion_worker.hpp"

#include <atomic>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/fake_inverter.hpp"

namespace geod {
namespace {

using models::Task;
using nlohmann::json;

/// Sets of shots whose first amplitudes are `firsts`.
InversionRequest shots(const std::vector<float>& firsts, std::string bundle = "") {
  InversionRequest request{std::move(bundle), {}};
  for (const float first : firsts) {
    request.sets.push_back({2, 6, 4, std::vector<float>(48, 0.5F)});
    request.sets.back().amplitudes.front() = first;
  }
  return request;
}

class InversionWorkerTest : public ::testing::Test {
 protected:
  InversionWorkerTest() {
    config_.models.max_image_batch = 2;
    config_.fibres.request_count = 2;
    worker_.emplace(config_,
                    InversionWorker::Links{
                        orders_,
                        wake_,
                        [this](NetworkTakenUp done) { taken_up_.push_back(std::move(done)); },
                        [this] { return live_data_.load(); },
                        stats_});
    serve(&engine_, nullptr);
  }

  void serve(InversionWorker::Host* engine, std::unique_ptr<models::PreparedNetwork> network) {
    NetworkOrder<InversionWorker::Host> order;
    order.task = Task::kFwi;
    order.engine = engine;
    order.network = std::move(network);
    orders_.post(std::move(order));
    wake_.wake();
  }

  std::unique_ptr<models::PreparedNetwork> bundle(const std::string& name, float shift) {
    auto overlay = std::make_shared<models::NetworkOverlay>();
    overlay->manifest = test::small_inverter();
    overlay->manifest.name = name;
    overlay->adapter_hash = "hash of " + name;
    overlay->tensors["shift"] = {{1}, {shift}};
    return std::move(*engine_.prepare(overlay));
  }

  /// Runs the worker until it has answered `count` requests (or the reply waits no longer).
  Result<void> run_until_answered(std::size_t count) {
    std::stop_source stop;
    auto ended = std::async(std::launch::async, [&] { return worker_->run(stop.get_token()); });
    while (answers_.size() < count &&
           ended.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
      take_replies();
    }
    stop.request_stop();
    auto result = ended.get();
    take_replies();
    return result;
  }

  void take_replies() {
    for (InversionWorker::Reply& reply : worker_->take_replies()) {
      EXPECT_FALSE(answers_.contains(reply.client)) << "one answer a request";
      answers_[reply.client] = std::move(reply.message);
    }
  }

  std::string error_of(const std::string& client) {
    const auto found = answers_.find(client);
    return found == answers_.end() ? "no answer"
                                   : json::parse(found->second.json).value("error", "");
  }

  config::Config config_;
  DaemonStats stats_;
  Mailbox<NetworkOrder<InversionWorker::Host>> orders_;
  WakeFd wake_;
  std::atomic<bool> live_data_{false};
  std::vector<NetworkTakenUp> taken_up_;
  test::FakeInverter engine_;
  std::map<std::string, ControlMessage> answers_;
  std::optional<InversionWorker> worker_;
};

TEST_F(InversionWorkerTest, AnswersMapsOfSetsInBatches) {
  worker_->post(shots({1.0F, 2.0F, 3.0F}), "anna");
  ASSERT_TRUE(run_until_answered(1));
  const auto answer = parse_inversion_answer(answers_.at("anna"));
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->maps.maps, 3U);
  EXPECT_EQ(answer->maps.depths, 3);
  EXPECT_EQ(answer->maps.offsets, 5);
  EXPECT_EQ(answer->maps.map(2).front(), 3.0F);
  EXPECT_EQ(engine_.batches, (std::vector<std::size_t>{2, 1}));
  EXPECT_EQ(json::parse(answer->json)["model"], "small-1");
  EXPECT_EQ(stats_.maps_inverted.load(), 3U);
}

TEST_F(InversionWorkerTest, WaitsWhileLiveDataWait) {
  live_data_ = true;
  worker_->post(shots({1.0F}), "anna");
  std::stop_source stop;
  auto ended = std::async(std::launch::async, [&] { return worker_->run(stop.get_token()); });
  // Three rounds of the loop with the request in hand: it stays untouched.
  const auto beats = stats_.invert_beats.load() + 3;
  while (stats_.invert_beats.load() < beats) {
    std::this_thread::yield();
  }
  EXPECT_EQ(stats_.maps_inverted.load(), 0U);
  live_data_ = false;
  while (answers_.empty()) {
    take_replies();
  }
  stop.request_stop();
  ASSERT_TRUE(ended.get());
  EXPECT_EQ(error_of("anna"), "");
  EXPECT_EQ(stats_.maps_inverted.load(), 1U);
}

TEST_F(InversionWorkerTest, ARequestIsAnsweredByOneNetworkAsAWhole) {
  engine_.on_batch = [this] {
    if (engine_.batches.size() == 1) {
      serve(&engine_, bundle("geology", 100.0F));
    }
  };
  worker_->post(shots({1.0F, 2.0F, 3.0F}), "anna");
  ASSERT_TRUE(run_until_answered(1));
  const auto answer = parse_inversion_answer(answers_.at("anna"));
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->maps.map(0).front(), 101.0F);
  EXPECT_EQ(answer->maps.map(2).front(), 103.0F);
  EXPECT_EQ(json::parse(answer->json)["adapter"], "geology-1");
  EXPECT_EQ(engine_.batches, (std::vector<std::size_t>{2, 2, 1}));
  ASSERT_EQ(taken_up_.size(), 2U);
  EXPECT_NE(taken_up_[1].before, nullptr);  // for a rollback
}

TEST_F(InversionWorkerTest, RefusesABundleThatDoesNotServe) {
  worker_->post(shots({1.0F}, "geology-1"), "anna");
  ASSERT_TRUE(run_until_answered(1));
  EXPECT_NE(error_of("anna").find("geology-1 is not active"), std::string::npos);
}

TEST_F(InversionWorkerTest, RefusesShotsOfAnotherSizeAndMoreThanMayWait) {
  InversionRequest wrong = shots({1.0F});
  wrong.sets.front().receivers = 3;
  worker_->post(wrong, "anna");
  for (const char* client : {"berta", "clara", "dora"}) {
    worker_->post(shots({1.0F}), client);
  }
  ASSERT_TRUE(run_until_answered(4));
  EXPECT_NE(error_of("anna").find("receivers"), std::string::npos);
  EXPECT_EQ(error_of("berta"), "");
  EXPECT_EQ(error_of("clara"), "");
  EXPECT_NE(error_of("dora").find("fibres.request_count"), std::string::npos);
  EXPECT_EQ(stats_.inversions_refused.load(), 2U);
}

TEST_F(InversionWorkerTest, WithoutANetworkSaysSo) {
  serve(nullptr, nullptr);
  worker_->post(shots({1.0F}), "anna");
  ASSERT_TRUE(run_until_answered(1));
  EXPECT_NE(error_of("anna").find("models.inverter"), std::string::npos);
}

TEST_F(InversionWorkerTest, ADeviceThatFailsEndsTheThreadAndAnswersFirst) {
  engine_.fails = true;
  worker_->post(shots({1.0F}), "anna");
  const auto ended = run_until_answered(1);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Errc::kDevice);
  EXPECT_NE(error_of("anna").find("device is gone"), std::string::npos);
}

TEST_F(InversionWorkerTest, AStopAnswersWhatWaits) {
  live_data_ = true;
  worker_->post(shots({1.0F}), "anna");
  std::stop_source stop;
  stop.request_stop();
  ASSERT_TRUE(worker_->run(stop.get_token()));
  take_replies();
  EXPECT_EQ(error_of("anna"), "geod stops");
}

TEST(InversionRequest, SurvivesTheWire) {
  const InversionRequest sent = shots({1.0F, -2.5F}, "geology-1");
  const auto taken = parse_inversion_request(to_message(sent), 1'000);
  ASSERT_TRUE(taken) << taken.error().what;
  EXPECT_EQ(taken->bundle, "geology-1");
  ASSERT_EQ(taken->sets.size(), 2U);
  EXPECT_EQ(taken->sets[1].times, 6);
  EXPECT_EQ(taken->sets[1].amplitudes, sent.sets[1].amplitudes);
}

TEST(InversionRequest, RefusesWhatIsWrongOrTooLarge) {
  const ControlMessage good = to_message(shots({1.0F}));
  const auto with = [&good](const char* key, json value) {
    ControlMessage message = good;
    json root = json::parse(message.json);
    root[key] = std::move(value);
    message.json = root.dump();
    return parse_inversion_request(std::move(message), 1'000);
  };
  for (const char* key : {"sets", "sources", "times", "receivers"}) {
    EXPECT_EQ(with(key, 0).error().code, Errc::kConfig) << key;
    EXPECT_EQ(with(key, "2").error().code, Errc::kConfig) << key;
    EXPECT_EQ(with(key, 1 << 20).error().code, Errc::kUnsupported) << key;
  }
  EXPECT_EQ(with("times", 5).error().code, Errc::kConfig);  // not what follows
  EXPECT_EQ(with("bundle", "../geology").error().code, Errc::kConfig);
  EXPECT_EQ(parse_inversion_request(ControlMessage("[]"), 1'000).error().code, Errc::kConfig);
  ControlMessage bare = good;
  bare.arrays.clear();
  EXPECT_EQ(parse_inversion_request(bare, 1'000).error().code, Errc::kConfig);
}

TEST(InversionAnswer, RefusesArraysThatDoNotFit) {
  const test::FakeInverter engine;
  models::VelocityMaps maps;
  maps.maps = 1;
  maps.depths = 3;
  maps.offsets = 5;
  maps.m_s.assign(15, 2000.0F);
  const ControlMessage good = to_message(maps, engine);
  ASSERT_TRUE(parse_inversion_answer(good));
  ControlMessage cut = good;
  cut.arrays[0].pop_back();
  EXPECT_EQ(parse_inversion_answer(cut).error().code, Errc::kProtocol);
  EXPECT_EQ(parse_inversion_answer(ControlMessage("{}")).error().code, Errc::kProtocol);
  const auto told =
      parse_inversion_answer(ControlMessage(R"({"error": "busy", "code": "unsupported"})"));
  EXPECT_EQ(told.error().what, "busy");
}

}  // namespace
}  // namespace geod
