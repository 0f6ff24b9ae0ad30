#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pugixml.hpp>

#include "tests/unit/trainer/tmp_dir.hpp"
#include "trainer/example_windows.hpp"
#include "trainer/pick_report.hpp"
#include "trainer/run_report.hpp"
#include "trainer/scalar_report.hpp"

namespace geod::trainer {
namespace {

using testing::HasSubstr;
using testing::Not;

ReportContext hostile_context() {
  ReportContext context;
  context.title = "a <b> picker";
  context.command = "geod eval --data 'a & b'";
  context.facts = {{"model", "<script>x</script>"}};
  context.data.name = "net<1>";
  context.data.folders.resize(1);
  context.data.folders[0].licence = "CC BY 4.0";
  context.data.folders[0].attribution = "\"someone\" & others";
  context.data.exclusions = {{{"XX.A"}, {}, {}, "kept for an honest score"}};
  context.history["loss"] = {{100, 1.0}, {200, 0.5}};
  context.history["learning_rate"] = {{100, 1e-3}, {200, 1e-4}};
  return context;
}

/// A recording with P at 10 s and S at 15 s of a station with a hostile name.
Recording labelled_recording() {
  Recording recording;
  recording.id = "folder/<X>.&.00.HH";
  recording.kind = RecordingKind::kWindow;
  recording.samples = 3000;
  recording.data.resize(9000);
  for (std::size_t i = 0; i < recording.data.size(); ++i) {
    recording.data[i] = i % 2 == 0 ? 0.1F : -0.1F;
  }
  recording.data[1000] = 1.0F;
  recording.labels = {{Phase::kP, 1000.0}, {Phase::kS, 1500.0}};
  return recording;
}

/// P with score 0.9 where it is, 0.05 s late, and no S.
Result<void> score_p(std::span<const ScoreInput> windows, std::span<float> scores) {
  std::fill(scores.begin(), scores.end(), 0.0F);
  for (std::size_t n = 0; n < windows.size(); ++n) {
    scores[n * 2 * 3000 + 1005] = 0.9F;
  }
  return {};
}

EvaluationSettings settings() {
  EvaluationSettings out;
  out.window_samples = 3000;
  return out;
}

void expect_well_formed(const std::string& page) {
  pugi::xml_document document;
  const auto parsed = document.load_string(page.c_str(), pugi::parse_full);
  EXPECT_TRUE(parsed) << parsed.description() << " at " << parsed.offset;
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

TEST(PickReport, HoldsScoresCurvesCalibrationExamplesAndSources) {
  const Recording recording = labelled_recording();
  const Recording* recordings[] = {&recording};
  const auto evaluated = evaluate(recordings, settings(), score_p);
  ASSERT_TRUE(evaluated);
  const auto report = pick_report(hostile_context(), *evaluated, settings(), score_p);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->cards[0].value, "1.000");  // F1 of P
  EXPECT_EQ(report->cards[2].value, "0.050 s");
  const std::string page = to_html(*report);
  expect_well_formed(page);
  for (const char* part : {"Learning curves",
                           "Confusion at the thresholds",
                           "Probability of picks",
                           "best: folder/&lt;X&gt;.&amp;.00.HH",
                           "P 0.90",
                           "CC BY 4.0",
                           "kept for an honest score",
                           "geod eval --data &#39;a &amp; b&#39;"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
}

TEST(PickReport, SaysLessWhereNothingIsKnown) {
  Recording recording = labelled_recording();
  recording.kind = RecordingKind::kContinuous;
  recording.labels.clear();
  const EvaluatedRecording evaluated[] = {{&recording, {{Phase::kP, 10.0, 0.9}}}};
  const auto report = pick_report(ReportContext{}, evaluated, settings(), score_p);
  ASSERT_TRUE(report);
  const std::string page = to_html(*report);
  expect_well_formed(page);
  EXPECT_THAT(page, HasSubstr("unexplained picks an hour"));
  EXPECT_THAT(page, Not(HasSubstr("Confusion")));
  EXPECT_THAT(page, Not(HasSubstr("Learning curves")));
}

TEST(ScalarReport, ShowsDirectionsAndFirstMotions) {
  const Recording recording = labelled_recording();
  EventLabel event;
  event.p_sample = 1000.0;
  ScalarEvaluationSettings scalar;
  scalar.task = models::Task::kBaz;
  const EvaluatedEvent directions[] = {{&recording, &event, {350.0, 10.0, 15.0}, 2},
                                       {&recording, &event, {90.0, 95.0, 15.0}, 2}};
  const HtmlReport baz = scalar_report(hostile_context(), directions, scalar);
  EXPECT_EQ(baz.cards[0].value, "12.5 degrees");  // of 20 and 5
  const std::string page = to_html(baz);
  expect_well_formed(page);
  EXPECT_THAT(page, HasSubstr("circular standard deviation"));
  EXPECT_THAT(page, HasSubstr("50.0 % lie within one stated standard deviation"));
  EXPECT_THAT(page, HasSubstr("known 350 degrees, said 10 degrees +- 15"));

  scalar.task = models::Task::kPmp;
  const EvaluatedEvent motions[] = {{&recording, &event, {1.0, 0.9, 0.0}, 2},
                                    {&recording, &event, {0.0, 0.7, 0.0}, 2}};
  const HtmlReport pmp = scalar_report(hostile_context(), motions, scalar);
  EXPECT_EQ(pmp.cards[0].value, "50.0 %");
  expect_well_formed(to_html(pmp));
  EXPECT_THAT(to_html(pmp), HasSubstr("known down, said 0.70 up"));
}

TEST(RankedExamples, AreBestTypicalAndWorstAndEachOnce) {
  const double badness[] = {5.0, 1.0, 4.0, 2.0, 3.0, 0.0, 9.0, 8.0};
  std::vector<std::string> said;
  for (const RankedExample& example : ranked_examples(badness)) {
    said.push_back(fmt::format("{} {}", example.rank, badness[example.index]));
  }
  EXPECT_THAT(
      said,
      testing::ElementsAre("best 0", "best 1", "typical 3", "typical 4", "worst 8", "worst 9"));
  for (std::size_t count = 0; count < 6; ++count) {
    EXPECT_EQ(ranked_examples(std::span(badness).first(count)).size(), count);
  }
}

TEST(RunReport, IsWrittenBesideTheMetrics) {
  const test::TmpDir folder;
  folder.write("metrics.jsonl",
               "{\"step\":1,\"loss\":2.0,\"learning_rate\":0.1}\n"
               "{\"step\":2,\"loss\":1.0,\"learning_rate\":0.1}\n");
  TrainOptions options;
  options.name = "mine";
  options.command_line = "geod train --task dpk";
  models::SeisMollmGeometry geometry;
  geometry.window_samples = 3000;
  geometry.sampling_rate = *SampleRate::make(100);
  const std::vector<Recording> recordings{labelled_recording()};
  const DatasetDescription data;
  const models::ScalarSettings scalar;
  const RunReport run{options, data, geometry, scalar, recordings, "held out", folder.path()};
  const auto written = write_run_report(run, score_p);
  ASSERT_TRUE(written) << written.error().what;
  const std::string page = test::read_all(folder / "report.html");
  expect_well_formed(page);
  EXPECT_THAT(page, HasSubstr("mine 1: phase picking"));
  EXPECT_THAT(page, HasSubstr("Learning curves"));
  EXPECT_THAT(page, HasSubstr("F1 of P"));
}

TEST(RunReport, NeedsItsMetrics) {
  const test::TmpDir folder;
  const TrainOptions options;
  const DatasetDescription data;
  const models::SeisMollmGeometry geometry;
  const models::ScalarSettings scalar;
  const RunReport run{options, data, geometry, scalar, {}, "", folder.path()};
  EXPECT_EQ(write_run_report(run, score_p).error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace geod::trainer
