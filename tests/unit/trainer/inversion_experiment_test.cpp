#include "trainer/inversion_experiment.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "trainer/inversion_scores.hpp"

namespace geod::trainer {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string scores(std::initializer_list<std::pair<const char*, InversionScores>> sets) {
  std::vector<InversionTest> tests;
  for (const auto& [name, score] : sets) {
    tests.push_back({name, find_openfwi_set(name), score, 1500.0});
  }
  return inversion_tests_to_json(tests);
}

InversionRun run(std::optional<InversionMethod> method,
                 std::uint64_t seed,
                 double in_distribution,
                 double out_of_distribution) {
  InversionPlan plan;
  plan.method = method;
  plan.seed = seed;
  return {plan,
          "flatvel-b",
          100,
          10,
          1.0,
          scores({{"flatvel-b", {8, in_distribution, in_distribution, 1.0 - in_distribution}},
                  {"style-a",
                   {8, out_of_distribution, out_of_distribution, 1.0 - out_of_distribution}}})};
}

TEST(InversionExperiments, HaveThePublishedNumberOfTrainings) {
  InversionMatrix matrix;
  matrix.targets = 4;
  matrix.seeds = {1, 2};
  const auto count = [&matrix](InversionExperiment experiment) {
    const auto plan = plan_of(experiment, matrix);
    std::set<std::string> names;
    for (const InversionPlan& each : plan) {
      names.insert(run_name(each, std::to_string(each.target)));
    }
    EXPECT_EQ(names.size(), plan.size()) << "every run has a folder of its own";
    return plan.size();
  };
  EXPECT_EQ(count(InversionExperiment::kOod), 2U * (1 + 3 * 4));
  EXPECT_EQ(count(InversionExperiment::kLowData), 2U * (1 + 40));
  EXPECT_EQ(count(InversionExperiment::kRankAlpha), 2U * (1 + 6));
  matrix.alphas = {4, 8, 16, 32, 64, 128};
  EXPECT_EQ(count(InversionExperiment::kRankAlpha), 2U * (1 + 36));
}

TEST(InversionExperiments, AverageOverSeedsAndStandBesideThePaper) {
  const std::vector<InversionRun> runs{run({}, 1, 0.5, 0.5),
                                       run(InversionMethod::kFull, 1, 0.02, 0.3),
                                       run(InversionMethod::kFull, 2, 0.04, 0.3),
                                       run(InversionMethod::kLora, 1, 0.05, 0.2)};
  const auto rows = inversion_rows(InversionExperiment::kOod, runs);
  ASSERT_TRUE(rows) << rows.error().what;
  ASSERT_EQ(rows->size(), 6U);  // three trainings tested on two sets
  const InversionRow& full = (*rows)[2];
  EXPECT_EQ(full.trained_on, "FVB");
  EXPECT_TRUE(full.is_in_distribution());
  EXPECT_EQ(full.runs, 2);
  EXPECT_DOUBLE_EQ(full.mae.mean, 0.03);
  EXPECT_NEAR(full.mae.spread, 0.02 / std::sqrt(2.0), 1e-12);
  ASSERT_TRUE(full.published);
  EXPECT_EQ(full.published->mae, 0.030);
  EXPECT_FALSE((*rows)[0].published);

  const LoraGain gain = lora_gain(*rows);
  EXPECT_EQ(gain.pairs, 1);  // style-a alone is out of distribution
  EXPECT_EQ(gain.better[0], 1);
  EXPECT_NEAR(gain.mean[0], 1.0 / 3.0, 1e-12);

  const std::string text = experiment_to_text(InversionExperiment::kOod, *rows);
  EXPECT_THAT(text, HasSubstr("0.0300 +- 0.0141"));
  EXPECT_THAT(text, HasSubstr("in 1, 1 and 1 of 1 pairs"));
  EXPECT_THAT(text, HasSubstr("copied"));  // what is wrong with the paper's LoRA on FVB
  const auto json =
      nlohmann::json::parse(experiment_to_json(InversionExperiment::kOod, runs, *rows));
  EXPECT_EQ(json["rows"][2]["published"]["ssim"], 0.952);
  EXPECT_EQ(json["runs"].size(), 4U);
  EXPECT_THAT(to_html(experiment_to_report(InversionExperiment::kOod, *rows, "geod experiment")),
              HasSubstr("Tables III and IV are pictures"));
}

TEST(InversionExperiments, OfRanksStandBesideTableTwoAlone) {
  std::vector<InversionRun> runs{run(InversionMethod::kLora, 1, 0.05, 0.2)};
  runs[0].plan.rank = 8;
  auto rows = inversion_rows(InversionExperiment::kRankAlpha, runs);
  ASSERT_TRUE(rows);
  ASSERT_TRUE((*rows)[0].published);
  EXPECT_EQ((*rows)[0].published->ssim, 0.936);
  EXPECT_FALSE((*rows)[1].published);  // out of distribution Table II has nothing
  runs[0].plan.alpha = 32.0;
  rows = inversion_rows(InversionExperiment::kRankAlpha, runs);
  EXPECT_FALSE((*rows)[0].published);
}

TEST(InversionExperiments, OfOtherScoresAreRefused) {
  std::vector<InversionRun> runs{run(InversionMethod::kLora, 1, 0.05, 0.2)};
  for (const char* wrong : {"{}", "[", R"({"sets": [{"name": "a"}]})", R"({"sets": []})"}) {
    runs[0].scores_json = wrong;
    const auto rows = inversion_rows(InversionExperiment::kOod, runs);
    ASSERT_FALSE(rows) << wrong;
    EXPECT_EQ(rows.error().code, Errc::kCorruptRecord);
  }
}

TEST(PublishedInversions, AgreeWithWhatIsKnownOfTheTables) {
  // 4 sets, 2 methods in Table V, LoRA on one; 12 cross-tests; 120 cells of Tables VI to IX.
  EXPECT_EQ(published_inversions().size(), 8U + 1U + 12U + 120U);
  int impossible = 0;
  for (const PublishedInversion& cell : published_inversions()) {
    if (cell.rmse < cell.mae) {
      ++impossible;
      EXPECT_THAT(std::string(cell.remark), HasSubstr("cannot be"));
    }
  }
  EXPECT_EQ(impossible, 1);
  const LoraGain gain = published_lora_gain();
  EXPECT_EQ(gain.pairs, 60);
  EXPECT_EQ(gain.better[0], 55);
  EXPECT_EQ(gain.better[1], 51);
  EXPECT_EQ(gain.better[2], 53);
  EXPECT_NEAR(gain.mean[0], (10.7 + 12.9 + 13.3 + 12.3 + 10.7) / 500.0, 5e-4);
  EXPECT_NEAR(gain.mean[2], (7.1 + 9.3 + 7.7 + 5.2 + 4.3) / 500.0, 5e-4);
}

}  // namespace
}  // namespace geod::trainer
