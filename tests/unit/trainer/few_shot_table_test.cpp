#include "trainer/few_shot_table.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace geod::trainer {
namespace {

using models::Task;
using nlohmann::json;
using testing::HasSubstr;

TEST(FewShotTable, AveragesOverTheSeedsOfAShare) {
  const FewShotRun runs[] = {
      {0.1, 1, R"({"published":{"mae":2.0,"r2":0.5},"median_absolute":1.0,"skill":0.2})"},
      {0.01, 1, R"({"published":{"mae":9.0,"r2":null},"median_absolute":8.0,"skill":0.0})"},
      {0.1, 2, R"({"published":{"mae":4.0,"r2":0.7},"median_absolute":1.0,"skill":0.4})"}};
  const auto table = few_shot_table(Task::kDis, runs);
  ASSERT_TRUE(table);
  ASSERT_EQ(table->rows.size(), 2U);
  EXPECT_EQ(table->rows[0].share, 0.01);
  EXPECT_EQ(table->rows[0].runs, 1);
  EXPECT_EQ(table->rows[0].cells[0].mean, 9.0);
  EXPECT_EQ(table->rows[0].cells[0].spread, 0.0);
  EXPECT_TRUE(std::isnan(table->rows[0].cells[2].mean));  // its R2 is no number
  EXPECT_EQ(table->rows[1].runs, 2);
  EXPECT_NEAR(table->rows[1].cells[0].mean, 3.0, 1e-12);
  EXPECT_NEAR(table->rows[1].cells[0].spread, std::sqrt(2.0), 1e-12);
  const std::string text = to_text(*table);
  EXPECT_THAT(text, HasSubstr("3.000 +- 1.414"));
  EXPECT_THAT(text, HasSubstr("1 %"));
  const json parsed = json::parse(to_json(Task::kDis, *table));
  EXPECT_EQ(parsed["rows"][1]["scores"]["MAE (published)"]["mean"], 3.0);
  EXPECT_TRUE(parsed["rows"][0]["scores"]["R2 (published)"]["mean"].is_null());
}

TEST(FewShotTable, ReadsTheScoresOfPickersAndPolarities) {
  const FewShotRun picks[] = {
      {0.1,
       1,
       R"({"published":{"P":{"f1":0.9},"S":{"f1":0.8}},"windows":{"P":{"0.1":{"f1":0.7}}}})"}};
  const auto table = few_shot_table(Task::kDpk, picks);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->rows[0].cells[0].mean, 0.9);
  EXPECT_EQ(table->rows[0].cells[1].mean, 0.8);
  EXPECT_EQ(table->rows[0].cells[2].mean, 0.7);
  EXPECT_TRUE(std::isnan(table->rows[0].cells[3].mean));
  const FewShotRun motions[] = {{0.1, 1, R"({"published":{"f1":0.6},"accuracy":0.5})"}};
  EXPECT_EQ(few_shot_table(Task::kPmp, motions)->rows[0].cells[1].mean, 0.5);
}

TEST(FewShotTable, NamesTheRunWhoseScoresAreBroken) {
  const FewShotRun runs[] = {{0.1, 7, "[]"}};
  const auto table = few_shot_table(Task::kDpk, runs);
  ASSERT_FALSE(table);
  EXPECT_THAT(table.error().what, HasSubstr("seed 7"));
}

TEST(FewShotTable, BecomesAPageWithACurveForEveryScore) {
  const FewShotRun runs[] = {{0.1, 1, R"({"published":{"f1":0.6},"accuracy":0.5})"},
                             {0.3, 1, R"({"published":{"f1":0.8},"accuracy":0.7})"}};
  const HtmlReport page =
      to_report(Task::kPmp, *few_shot_table(Task::kPmp, runs), "geod few-shot --task pmp");
  EXPECT_EQ(page.sections[0].figures.size(), 2U);
  const std::string html = to_html(page);
  EXPECT_THAT(html, HasSubstr("geod few-shot --task pmp"));
  EXPECT_THAT(html, HasSubstr("30 %"));
}

}  // namespace
}  // namespace geod::trainer
