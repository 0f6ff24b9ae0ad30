#include "daemon/image_requests.hpp"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/fake_engine.hpp"
#include "tests/support/fake_segmenter.hpp"

namespace geod {
namespace {

using models::Task;
using nlohmann::json;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr ImageRequests::SteadyTime kNow{std::chrono::hours{1}};

class ImageRequestsTest : public ::testing::Test {
 protected:
  ImageRequestsTest() {
    config_.request_bytes = 100'000;
    config_.request_count = 2;
  }
  ImageRequests& open() {
    requests_.emplace(
        config_,
        3,
        [this](const ControlServer::Client& client, ControlMessage message) {
          EXPECT_FALSE(answers_.contains(client)) << "one answer a request";
          answers_[client] = std::move(message);
        },
        stats_);
    requests_->set_active(Task::kSalt, &salt_);
    return *requests_;
  }
  static SegmentRequest image(std::int64_t rows, std::int64_t columns, std::string bundle = "") {
    models::Tile tile{rows, columns, {}};
    for (std::int64_t at = 0; at < rows * columns; ++at) {
      tile.values.push_back(at % columns < columns / 2 ? 127.0F : 255.0F);
    }
    return {Task::kSalt, std::move(bundle), std::move(tile)};
  }
  void score_all() {
    while (requests_->has_work()) {
      ASSERT_TRUE(requests_->score_batch(kNow));
    }
  }
  std::string error_of(const std::string& client) {
    const auto found = answers_.find(client);
    return found == answers_.end() ? "no answer"
                                   : json::parse(found->second.json).value("error", "");
  }
  /// Lets the bundle `name`-1 serve salt.
  void serve_bundle(const std::string& name, float gain) {
    models::Manifest manifest = salt_.manifest();
    manifest.name = name;
    salt_.replace(*salt_.prepare(test::fake_overlay(manifest, "hash of " + name, gain)));
    requests_->set_active(Task::kSalt, &salt_);
  }

  config::FibresConfig config_;
  DaemonStats stats_;
  test::FakeSegmenter salt_{test::small_segmenter(Task::kSalt)};
  std::map<std::string, ControlMessage> answers_;
  std::optional<ImageRequests> requests_;
};

TEST_F(ImageRequestsTest, AnswersMaskAndProbabilitiesOfAnImageOfAnySize) {
  open().take(image(100, 30), "anna", kNow);
  score_all();
  const auto answer = parse_segment_answer(answers_.at("anna"));
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->image.rows, 100);
  EXPECT_EQ(answer->image.columns, 30);
  for (std::size_t at = 0; at < answer->image.mask.size(); ++at) {
    EXPECT_EQ(answer->image.mask[at], at % 30 < 15 ? 0 : 1);
  }
  const json text = json::parse(answer->json);
  EXPECT_EQ(text["model"], "small-1");
  EXPECT_EQ(text["class_names"], json::array({"background", "event"}));
  EXPECT_THAT(salt_.batches, Each(testing::Le(3U))) << "a batch at a time, so that fibres get in";
  EXPECT_EQ(stats_.requests_answered.load(), 1U);
}

TEST_F(ImageRequestsTest, RefusesWhatNoNetworkServes) {
  SegmentRequest request = image(10, 10);
  request.task = Task::kCrater;
  open().take(std::move(request), "anna", kNow);
  EXPECT_THAT(error_of("anna"), HasSubstr("no network serves crater"));
  EXPECT_FALSE(requests_->has_work());
}

TEST_F(ImageRequestsTest, ABundleThatIsNamedMustBeTheOneThatServes) {
  open();
  requests_->take(image(10, 10, "ridge-1"), "anna", kNow);
  EXPECT_THAT(error_of("anna"), HasSubstr("what geod ships is: geod adapters activate ridge-1"));
  serve_bundle("ridge", 1.0F);
  requests_->take(image(10, 10, "ridge-1"), "bert", kNow);
  score_all();
  EXPECT_EQ(json::parse(answers_.at("bert").json)["adapter"], "ridge-1");
  requests_->take(image(10, 10, "other-1"), "carl", kNow);
  EXPECT_THAT(error_of("carl"), HasSubstr("ridge-1 is"));
}

TEST_F(ImageRequestsTest, AnImageIsAnsweredByOneNetworkAsAWhole) {
  open().take(image(200, 30), "anna", kNow);
  ASSERT_TRUE(requests_->score_batch(kNow));
  ASSERT_THAT(answers_, IsEmpty());
  serve_bundle("half", 0.5F);
  score_all();
  const auto answer = parse_segment_answer(answers_.at("anna"));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->image.probabilities,
              Each(testing::AnyOf(testing::FloatNear(0.0F, 1e-5F),
                                  testing::FloatNear(0.5F, 1e-5F),
                                  testing::FloatNear(1.0F, 1e-5F))));
  EXPECT_EQ(json::parse(answer->json)["adapter"], "half-1");
}

TEST_F(ImageRequestsTest, AnExchangeAwayFromTheNamedBundleIsToldInsteadOfAnswered) {
  open();
  serve_bundle("ridge", 1.0F);
  requests_->take(image(200, 30, "ridge-1"), "anna", kNow);
  ASSERT_TRUE(requests_->score_batch(kNow));
  serve_bundle("other", 1.0F);
  EXPECT_THAT(error_of("anna"), HasSubstr("ridge-1 is not active"));
  EXPECT_FALSE(requests_->has_work());
}

TEST_F(ImageRequestsTest, IsBoundedInNumberAndSize) {
  open();
  requests_->take(image(10, 10), "anna", kNow);
  requests_->take(image(10, 10), "bert", kNow);
  requests_->take(image(10, 10), "carl", kNow);
  EXPECT_THAT(error_of("carl"), HasSubstr("2 images wait already"));
  score_all();
  requests_->take(image(200, 100), "dora", kNow);
  EXPECT_THAT(error_of("dora"), HasSubstr("fibres.request_bytes"));
  EXPECT_EQ(stats_.requests_answered.load(), 2U);
  EXPECT_EQ(stats_.requests_refused.load(), 2U);
}

TEST_F(ImageRequestsTest, WhatWaitsForTooLongIsRefused) {
  open().take(image(10, 10), "anna", kNow);
  ASSERT_TRUE(requests_->score_batch(kNow + ImageRequests::kLongestWait + std::chrono::seconds{1}));
  EXPECT_THAT(error_of("anna"), HasSubstr("no time for this image"));
  EXPECT_THAT(salt_.batches, IsEmpty());
}

TEST_F(ImageRequestsTest, AFailedDeviceIsToldToBoth) {
  salt_.fails = true;
  open().take(image(10, 10), "anna", kNow);
  const auto scored = requests_->score_batch(kNow);
  ASSERT_FALSE(scored);
  EXPECT_EQ(scored.error().code, Errc::kDevice);
  EXPECT_THAT(error_of("anna"), HasSubstr("the device is gone"));
}

TEST_F(ImageRequestsTest, AStopTellsAllThatWait) {
  open().take(image(10, 10), "anna", kNow);
  requests_->refuse_all({Errc::kCancelled, "geod stops"});
  EXPECT_EQ(error_of("anna"), "geod stops");
  EXPECT_FALSE(requests_->has_work());
}

TEST(TilesInTime, ABatchTakesAboutTwoSeconds) {
  models::EngineInfo info;
  EXPECT_EQ(tiles_in_time(info, 4), 4U) << "nothing was measured";
  info.windows_per_s = 0.2;
  EXPECT_EQ(tiles_in_time(info, 4), 1U);
  info.windows_per_s = 1.6;
  EXPECT_EQ(tiles_in_time(info, 4), 3U);
  info.windows_per_s = 1000.0;
  EXPECT_EQ(tiles_in_time(info, 4), 4U);
}

/// What is wrong with `text` and one array of `bytes`.
std::string parse_error(const std::string& text, std::size_t bytes) {
  ControlMessage message(text);
  message.arrays.emplace_back(bytes, '\0');
  const auto parsed = parse_segment_request(std::move(message), 1000);
  return parsed ? "" : parsed.error().what;
}

TEST(SegmentRequest, TravelsAsTextAndOneArray) {
  const SegmentRequest request{Task::kFault, "ridge-1", {2, 1, {0.0F, 254.5F}}};
  const auto parsed = parse_segment_request(to_message(request), 8);
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ(parsed->task, request.task);
  EXPECT_EQ(parsed->bundle, request.bundle);
  EXPECT_EQ(parsed->image.values, request.image.values);
}

TEST(SegmentRequest, RefusesWhatDoesNotHoldTogether) {
  EXPECT_THAT(parse_error("[]", 4), HasSubstr("no JSON object"));
  EXPECT_THAT(parse_error(R"({"task":"dpk","rows":1,"columns":1})", 4), HasSubstr("\"task\""));
  EXPECT_THAT(parse_error(R"({"task":"das","rows":0,"columns":1})", 4), HasSubstr("\"rows\""));
  EXPECT_THAT(parse_error(R"({"task":"das","rows":1,"columns":1.5})", 4), HasSubstr("\"columns\""));
  EXPECT_THAT(parse_error(R"({"task":"das","rows":1,"columns":1e30})", 4),
              HasSubstr("\"columns\""));
  EXPECT_THAT(parse_error(R"({"task":"das","rows":1048576,"columns":1048576})", 4),
              HasSubstr("fibres.request_bytes"));
  EXPECT_THAT(parse_error(R"({"task":"das","rows":2,"columns":1})", 4), HasSubstr("8 bytes"));
  EXPECT_THAT(parse_error(R"({"task":"das","rows":1,"columns":1,"bundle":"../x"})", 4),
              HasSubstr("\"bundle\""));
  EXPECT_EQ(parse_error(R"({"task":"das","rows":1,"columns":1})", 4), "");
}

TEST(SegmentAnswer, BringsTheDaemonsErrorOrSaysWhatIsMissing) {
  auto answer = parse_segment_answer(to_message(Error{Errc::kNotFound, "no network serves salt"}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kNotFound);
  EXPECT_EQ(answer.error().what, "no network serves salt");
  answer = parse_segment_answer(ControlMessage(R"({"rows":1,"columns":1,"classes":2})"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kProtocol);
}

}  // namespace
}  // namespace geod
