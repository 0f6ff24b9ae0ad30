#include <cmath>

#include <gtest/gtest.h>

#include "trainer/evaluation.hpp"

namespace geod::trainer {
namespace {

constexpr double kRate = 100.0;

Recording labelled(std::vector<PhaseLabel> labels, RecordingKind kind = RecordingKind::kWindow) {
  Recording recording;
  recording.kind = kind;
  recording.samples = 6000;
  recording.labels = std::move(labels);
  return recording;
}

TEST(ScoreWindows, CountsEveryOtherPickOfALabelledPhaseAsFalse) {
  const Recording recording = labelled({{Phase::kP, 1000.0}});
  const EvaluatedRecording evaluated[] = {{&recording,
                                           {{Phase::kP, 1004.0, 0.9},
                                            {Phase::kP, 3000.0, 0.5},
                                            {Phase::kP, 4000.0, 0.2},
                                            {Phase::kS, 2000.0, 0.9}}}};
  const PhaseScores p = score_windows(evaluated, Phase::kP, 0.3, 0.1, kRate);
  EXPECT_EQ(p.labels, 1);
  EXPECT_EQ(p.true_picks, 1);
  EXPECT_EQ(p.false_picks, 1);
  EXPECT_NEAR(p.f1(), 2.0 / 3.0, 1e-12);
  EXPECT_NEAR(p.mean_s(), 0.04, 1e-12);
  // S carries no label here: nothing is said about it.
  const PhaseScores s = score_windows(evaluated, Phase::kS, 0.3, 0.1, kRate);
  EXPECT_EQ(s.labels, 0);
  EXPECT_EQ(s.false_picks, 0);
}

TEST(ScoreWindows, GivesTheErrorsOfTheTruePicksAlone) {
  const Recording early = labelled({{Phase::kP, 1000.0}});
  const Recording late = labelled({{Phase::kP, 1000.0}});
  const Recording missed = labelled({{Phase::kP, 1000.0}});
  const EvaluatedRecording evaluated[] = {{&early, {{Phase::kP, 990.0, 0.9}}},
                                          {&late, {{Phase::kP, 1030.0, 0.9}}},
                                          {&missed, {{Phase::kP, 2000.0, 0.9}}}};
  const PhaseScores p = score_windows(evaluated, Phase::kP, 0.3, 0.5, kRate);
  EXPECT_NEAR(p.mean_s(), 0.1, 1e-12);
  EXPECT_NEAR(p.mae_s(), 0.2, 1e-12);
  EXPECT_NEAR(p.rmse_s(), std::sqrt(0.05), 1e-12);
  EXPECT_NEAR(p.standard_deviation_s(), 0.2, 1e-12);
  EXPECT_NEAR(p.median_absolute_s(), 0.2, 1e-12);
  EXPECT_TRUE(std::isnan(score_windows({}, Phase::kP, 0.3, 0.5, kRate).mae_s()));
}

TEST(ScoreContinuous, ExcusesPicksInMasksOfTheirPhase) {
  Recording recording = labelled({{Phase::kP, 1000.0}}, RecordingKind::kContinuous);
  recording.masks = {{Phase::kP, 2950.0, 3050.0}};
  const EvaluatedRecording evaluated[] = {
      {&recording, {{Phase::kP, 3000.0, 0.9}, {Phase::kP, 4000.0, 0.9}, {Phase::kS, 3000.0, 0.9}}}};
  EXPECT_EQ(score_continuous(evaluated, Phase::kP, 0.3, 0.5, kRate).false_picks, 1);
  EXPECT_EQ(score_continuous(evaluated, Phase::kP, 0.3, 0.5, kRate).recall(), 0.0);
  EXPECT_EQ(score_continuous(evaluated, Phase::kS, 0.3, 0.5, kRate).false_picks, 1);
}

TEST(QuietPicks, CountsBothPhasesMoreThanASecondBeforeP) {
  const Recording recording = labelled({{Phase::kP, 3700.0}});
  const EvaluatedRecording evaluated[] = {
      {&recording, {{Phase::kP, 1000.0, 0.9}, {Phase::kP, 3650.0, 0.9}, {Phase::kS, 2000.0, 0.4}}}};
  EXPECT_NEAR(quiet_picks_per_hour(evaluated, 0.3, 0.3, kRate), 2.0 / (36.0 / 3600.0), 1e-9);
}

TEST(PublishedScores, DivideResidualsByAllWindows) {
  const Recording found = labelled({{Phase::kP, 1000.0}});
  const Recording late = labelled({{Phase::kP, 1000.0}});
  const Recording missed = labelled({{Phase::kP, 1000.0}});
  const EvaluatedRecording evaluated[] = {
      {&found, {{Phase::kP, 1006.0, 0.9}, {Phase::kP, 3000.0, 0.8}}},
      {&late, {{Phase::kP, 1011.0, 0.9}}},
      {&missed, {}}};
  const PublishedScores scores = published_scores(evaluated, Phase::kP, 0.3, kRate);
  EXPECT_EQ(scores.true_picks, 1);
  EXPECT_NEAR(scores.precision(), 0.5, 1e-5);
  EXPECT_NEAR(scores.recall(), 1.0 / 3.0, 1e-5);
  EXPECT_NEAR(scores.mean_samples(), -2.0, 1e-12);
  EXPECT_NEAR(scores.mae_samples(), 2.0, 1e-12);
  EXPECT_NEAR(scores.rmse_samples(), std::sqrt(12.0), 1e-12);
  EXPECT_NEAR(scores.std_samples(), std::sqrt(8.0), 1e-12);
  EXPECT_NEAR(scores.true_mae_samples(), 6.0, 1e-12);
}

/// A scorer that finds a step in the vertical: P probability 1 at the largest sample.
Result<void> score_largest(std::span<const ScoreInput> windows, std::span<float> scores) {
  std::fill(scores.begin(), scores.end(), 0.0F);
  for (std::size_t n = 0; n < windows.size(); ++n) {
    const auto vertical = windows[n].window.component(0);
    const auto at = std::max_element(vertical.begin(), vertical.end());
    if (*at > 5.0F) {
      scores[n * 2 * vertical.size() + static_cast<std::size_t>(at - vertical.begin())] = 1.0F;
    }
  }
  return {};
}

TEST(PickRecording, FindsAPickWhereverTheWindowsAreCut) {
  EvaluationSettings settings;
  settings.window_samples = 1000;
  settings.picks.hop_samples = 250;
  settings.batch_windows = 3;
  for (const std::size_t at : {300U, 1234U, 2550U}) {
    Recording recording = labelled({});
    recording.samples = 2600;
    recording.data.resize(7800);
    for (std::size_t i = 0; i < recording.data.size(); ++i) {
      recording.data[i] = static_cast<float>(std::sin(static_cast<double>(i)));
    }
    recording.data[at] = 40.0F;
    const auto picks = pick_recording(recording, settings, score_largest);
    ASSERT_TRUE(picks);
    ASSERT_EQ(picks->size(), 1U) << at;
    EXPECT_NEAR(picks->front().sample, static_cast<double>(at), 1e-9);
    EXPECT_GT(picks->front().score, 0.99);
  }
}

TEST(PickRecording, DropsPicksAtTheEdgeOfPadding) {
  EvaluationSettings settings;
  settings.window_samples = 1000;
  settings.picks.hop_samples = 250;
  Recording recording = labelled({});
  recording.samples = 2000;
  recording.data.assign(6000, 0.0F);
  for (std::size_t i = 600; i < 2000; ++i) {
    recording.data[i] = static_cast<float>(std::sin(static_cast<double>(i)));
  }
  recording.data[620] = 40.0F;
  const auto picks = pick_recording(recording, settings, score_largest);
  ASSERT_TRUE(picks);
  EXPECT_TRUE(picks->empty());
}

}  // namespace
}  // namespace geod::trainer
