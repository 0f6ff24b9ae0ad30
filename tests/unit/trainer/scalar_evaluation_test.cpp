#include "trainer/scalar_evaluation.hpp"

#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace geod::trainer {
namespace {

using models::Task;
using nlohmann::json;
using testing::ElementsAre;

ScalarEvaluationSettings settings_of(Task task) {
  ScalarEvaluationSettings settings;
  settings.task = task;
  settings.window_samples = 1000;
  settings.hop_samples = 250;
  settings.scalar.p_from = 0.1;
  settings.scalar.p_to = 0.5;
  return settings;
}

/// A spike at every P, as high as the label.
Recording recording_of(std::vector<EventLabel> events) {
  Recording recording;
  recording.samples = 2000;
  recording.data.resize(6000);
  for (const EventLabel& event : events) {
    recording.data[static_cast<std::size_t>(event.p_sample)] = 1.0F;
  }
  recording.events = std::move(events);
  return recording;
}

EventLabel event_at(double p_sample) {
  EventLabel event;
  event.p_sample = p_sample;
  event.magnitude = 3.0;
  return event;
}

TEST(ScalarWindowStarts, AreThoseOfTheHopGridWithPInItsRange) {
  const auto settings = settings_of(Task::kEmg);
  EXPECT_THAT(scalar_window_starts(1000.0, settings), ElementsAre(500, 750));
  EXPECT_THAT(scalar_window_starts(600.0, settings), ElementsAre(250, 500));  // both ends count
  EXPECT_THAT(scalar_window_starts(20.0, settings), ElementsAre(-250));
}

TEST(ScalarWindowStarts, HoldAWindowOfTheirOwnWhereTheGridHasNone) {
  auto settings = settings_of(Task::kEmg);
  settings.hop_samples = 1000;
  EXPECT_THAT(scalar_window_starts(1700.0, settings), ElementsAre(1400));
}

TEST(EvaluateScalar, AveragesWindowsAndStatesTheirSpread) {
  const Recording recording = recording_of({event_at(1000.0)});
  const Recording* recordings[] = {&recording};
  auto settings = settings_of(Task::kEmg);
  settings.scalar.sigma = 0.3;
  std::vector<std::int64_t> peaks;
  const auto evaluated = evaluate_scalar(
      recordings, settings, [&](std::span<const ScoreInput> windows, std::span<float> scores) {
        for (std::size_t i = 0; i < windows.size(); ++i) {
          const auto vertical = windows[i].window.component(0);
          peaks.push_back(std::max_element(vertical.begin(), vertical.end()) - vertical.begin());
          scores[i] = i == 0 ? 2.0F : 2.8F;
        }
        return Result<void>{};
      });
  ASSERT_TRUE(evaluated);
  ASSERT_EQ(evaluated->size(), 1U);
  EXPECT_THAT(peaks, ElementsAre(500, 250));  // where P lies in the two windows
  const EvaluatedEvent& event = evaluated->front();
  EXPECT_EQ(event.windows, 2);
  EXPECT_EQ(event.result.target, 3.0);
  EXPECT_NEAR(event.result.prediction, 2.4, 1e-6);
  EXPECT_NEAR(event.result.uncertainty, std::sqrt(0.09 + 0.32), 1e-6);  // spread 0.4 * sqrt(2)
}

TEST(EvaluateScalar, SaysWhatOfAWindowLiesOutsideTheRecording) {
  const Recording recording = recording_of({event_at(20.0), event_at(1990.0)});
  const Recording* recordings[] = {&recording};
  std::vector<std::pair<std::int64_t, std::int64_t>> present;
  const auto evaluated = evaluate_scalar(
      recordings,
      settings_of(Task::kEmg),
      [&](std::span<const ScoreInput> windows, std::span<float> scores) {
        for (std::size_t i = 0; i < windows.size(); ++i) {
          present.emplace_back(windows[i].present_begin, windows[i].present_samples);
          scores[i] = 1.0F;
        }
        return Result<void>{};
      });
  ASSERT_TRUE(evaluated);
  EXPECT_EQ(present.front(), (std::pair<std::int64_t, std::int64_t>{250, 1000}));
  EXPECT_EQ(present.back(), (std::pair<std::int64_t, std::int64_t>{0, 250}));
}

TEST(EvaluateScalar, AsksNoDirectionOfHorizontalsThatAreNotOriented) {
  EventLabel event = event_at(1000.0);
  event.back_azimuth_deg = 350.0;
  const Recording oriented = recording_of({event});
  Recording turned = oriented;
  turned.oriented = false;
  Recording vertical = oriented;
  vertical.vertical_only = true;
  const Recording unlabelled = recording_of({event_at(1000.0)});
  const Recording* recordings[] = {&turned, &oriented, &vertical, &unlabelled};
  const auto evaluated = evaluate_scalar(recordings,
                                         settings_of(Task::kBaz),
                                         [](std::span<const ScoreInput>, std::span<float> scores) {
                                           scores[0] = 1.0F;  // north, and west
                                           scores[1] = 0.0F;
                                           scores[2] = 0.0F;
                                           scores[3] = -0.1F;
                                           return Result<void>{};
                                         });
  ASSERT_TRUE(evaluated);
  ASSERT_EQ(evaluated->size(), 1U);
  EXPECT_EQ(evaluated->front().recording, &oriented);
  EXPECT_NEAR(evaluated->front().result.prediction, 315.0, 1e-4);
  const json scores = json::parse(scalar_scores_to_json(Task::kBaz, *evaluated));
  EXPECT_EQ(scores["count"], 1);
  EXPECT_NEAR(scores["published"]["mae"].get<double>(), 35.0, 1e-4);
  EXPECT_NEAR(scores["circular"]["mean_deg"].get<double>(), -35.0, 1e-4);
  EXPECT_FALSE(scores.contains("uncertainty"));  // none is stated
}

TEST(EvaluateScalar, CalibratesPolarities) {
  EventLabel event = event_at(1000.0);
  event.first_motion_up = false;
  const Recording recording = recording_of({event});
  const Recording* recordings[] = {&recording};
  auto settings = settings_of(Task::kPmp);
  settings.scalar.calibration = {{0.0, 0.2}, {1.0, 0.7}};
  const auto evaluated = evaluate_scalar(
      recordings, settings, [](std::span<const ScoreInput>, std::span<float> scores) {
        std::fill(scores.begin(), scores.end(), 0.5F);
        return Result<void>{};
      });
  ASSERT_TRUE(evaluated);
  EXPECT_EQ(evaluated->front().result.target, 0.0);
  EXPECT_NEAR(evaluated->front().result.prediction, 0.45, 1e-6);
  const json scores = json::parse(scalar_scores_to_json(Task::kPmp, *evaluated));
  EXPECT_EQ(scores["accuracy"], 1.0);
  EXPECT_EQ(scores["confusion"], json::parse("[[0,0,0],[0,0,1]]"));
}

TEST(EvaluateScalar, PassesOnTheFailureOfTheNetwork) {
  const Recording recording = recording_of({event_at(1000.0)});
  const Recording* recordings[] = {&recording};
  const auto evaluated =
      evaluate_scalar(recordings,
                      settings_of(Task::kEmg),
                      [](std::span<const ScoreInput>, std::span<float>) -> Result<void> {
                        return fail(Errc::kDevice, "gone");
                      });
  ASSERT_FALSE(evaluated);
  EXPECT_EQ(evaluated.error().code, Errc::kDevice);
}

}  // namespace
}  // namespace geod::trainer
