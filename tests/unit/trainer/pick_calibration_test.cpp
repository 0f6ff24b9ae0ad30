#include "trainer/pick_calibration.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

EvaluationSettings settings() {
  EvaluationSettings out;
  out.picks.threshold_p = 0.3;
  out.picks.threshold_s = 0.3;
  out.picks.sigma_p_s[0] = 0.02;  // at score 1
  out.picks.sigma_p_s[1] = 0.16;  // at the threshold
  return out;
}

Recording labelled(std::vector<PhaseLabel> labels) {
  Recording recording;
  recording.kind = RecordingKind::kWindow;
  recording.samples = 6000;
  recording.labels = std::move(labels);
  return recording;
}

TEST(PickCalibration, HoldsProbabilitiesAgainstLabels) {
  const Recording recording = labelled({{Phase::kP, 1000.0}});
  const EvaluatedRecording evaluated[] = {{&recording,
                                           {{Phase::kP, 1004.0, 0.95},
                                            {Phase::kP, 3000.0, 0.92},
                                            {Phase::kP, 4000.0, 0.15},
                                            {Phase::kS, 2000.0, 0.9}}}};
  const PickCalibration p = pick_calibration(evaluated, settings(), Phase::kP);
  EXPECT_EQ(p.reliability.count, 3);
  EXPECT_EQ(p.reliability.bins[9].count, 2);
  EXPECT_NEAR(p.reliability.bins[9].observed, 0.5, 1e-12);
  EXPECT_EQ(p.reliability.bins[1].count, 1);  // below the threshold, and not so
  EXPECT_EQ(p.reliability.bins[1].observed, 0.0);
  // 0.04 s late; the deviation at score 0.95 is 0.16 - 0.14 * 0.65 / 0.7 = 0.03 s.
  ASSERT_EQ(p.normalised_residuals.size(), 1U);
  EXPECT_NEAR(p.normalised_residuals[0], 0.04 / 0.03, 1e-9);
  // S carries no label: nothing is said.
  EXPECT_EQ(pick_calibration(evaluated, settings(), Phase::kS).reliability.count, 0);
}

TEST(PickCalibration, UsesTheManifestsTable) {
  EvaluationSettings own = settings();
  own.picks.calibration_p = {{0.5, 0.2}, {1.0, 0.6}};
  const Recording recording = labelled({{Phase::kP, 1000.0}});
  const EvaluatedRecording evaluated[] = {{&recording, {{Phase::kP, 1000.0, 0.75}}}};
  const PickCalibration p = pick_calibration(evaluated, own, Phase::kP);
  EXPECT_EQ(p.reliability.bins[4].count, 1);  // 0.4
}

TEST(PhaseConfusion, TellsWhatLabelsWerePickedAs) {
  const Recording both = labelled({{Phase::kP, 1000.0}, {Phase::kS, 2000.0}});
  const Recording only_p = labelled({{Phase::kP, 1000.0}});
  const EvaluatedRecording evaluated[] = {
      // P found; S picked as P, which is no pick without a label; one P where nothing is.
      {&both, {{Phase::kP, 1010.0, 0.9}, {Phase::kP, 2010.0, 0.9}, {Phase::kP, 4000.0, 0.9}}},
      // P missed below the threshold; of S nothing is known, so that its pick says nothing.
      {&only_p, {{Phase::kP, 1010.0, 0.2}, {Phase::kS, 3000.0, 0.9}}}};
  const PhaseConfusion c = phase_confusion(evaluated, settings());
  EXPECT_EQ(c[0], (std::array<std::int64_t, 3>{1, 0, 1}));
  EXPECT_EQ(c[1], (std::array<std::int64_t, 3>{1, 0, 0}));
  EXPECT_EQ(c[2], (std::array<std::int64_t, 3>{1, 0, -1}));
}

}  // namespace
}  // namespace geod::trainer
