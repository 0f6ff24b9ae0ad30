#include "trainer/metrics_log.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "tests/unit/trainer/tmp_dir.hpp"

namespace geod::trainer {
namespace {

using Series = std::vector<std::pair<std::int64_t, double>>;

TEST(MetricsLog, WritesOneLineAndOneEventACall) {
  const test::TmpDir folder;
  auto log = MetricsLog::open(folder.path() / "run", 0);
  ASSERT_TRUE(log) << log.error().what;
  ASSERT_TRUE(log->add(10, {{"loss", 0.5}, {"learning_rate", 0.001}}));
  ASSERT_TRUE(log->add_object(20, "scores", R"({"P":{"f1":0.75,"labels":4},"name":"x"})"));
  EXPECT_EQ(test::read_all(folder.path() / "run" / "metrics.jsonl"),
            "{\"learning_rate\":0.001,\"loss\":0.5,\"step\":10}\n"
            "{\"scores\":{\"P\":{\"f1\":0.75,\"labels\":4},\"name\":\"x\"},\"step\":20}\n");
  std::size_t event_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "run")) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("events.out.tfevents.")) {
      ++event_files;
      const std::string bytes = test::read_all(entry.path());
      EXPECT_NE(bytes.find("learning_rate"), std::string::npos);
      EXPECT_NE(bytes.find("scores/P/f1"), std::string::npos);
    }
  }
  EXPECT_EQ(event_files, 1U);
}

TEST(MetricsLog, WritesWhatIsNotFiniteAsNull) {
  const test::TmpDir folder;
  auto log = MetricsLog::open(folder.path(), 0);
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->add(1, {{"loss", std::numeric_limits<double>::quiet_NaN()}}));
  EXPECT_EQ(test::read_all(folder / "metrics.jsonl"), "{\"loss\":null,\"step\":1}\n");
  const auto history = read_metrics(folder / "metrics.jsonl");
  ASSERT_TRUE(history);
  EXPECT_TRUE(history->empty());
}

TEST(MetricsLog, RefusesScoresThatAreNoObject) {
  const test::TmpDir folder;
  auto log = MetricsLog::open(folder.path(), 0);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->add_object(1, "scores", "[1]").error().code, Errc::kConfig);
  EXPECT_EQ(log->add_object(1, "scores", "{").error().code, Errc::kConfig);
  EXPECT_EQ(test::read_all(folder / "metrics.jsonl"), "");
}

TEST(MetricsLog, GoesOnAfterALineThatWasCutOff) {
  const test::TmpDir folder;
  folder.write("metrics.jsonl", "{\"step\":1,\"loss\":2.0}\n{\"step\":2,\"lo");
  auto log = MetricsLog::open(folder.path(), 1);
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->add(2, {{"loss", 1.0}}));
  const auto history = read_metrics(folder / "metrics.jsonl");
  ASSERT_TRUE(history) << history.error().what;
  EXPECT_EQ(history->at("loss"), (Series{{1, 2.0}, {2, 1.0}}));
}

TEST(ReadMetrics, ReplacesStepsThatWereDoneTwice) {
  const test::TmpDir folder;
  folder.write("metrics.jsonl",
               "{\"step\":100,\"loss\":3}\n{\"step\":200,\"loss\":2}\n{\"step\":300,\"loss\":1}\n"
               "{\"step\":200,\"loss\":2.5}\n{\"step\":200,\"scores\":{\"P\":{\"f1\":0.5}}}\n");
  const auto history = read_metrics(folder / "metrics.jsonl");
  ASSERT_TRUE(history);
  EXPECT_EQ(history->at("loss"), (Series{{100, 3.0}, {200, 2.5}}));
  EXPECT_EQ(history->at("scores/P/f1"), (Series{{200, 0.5}}));
  EXPECT_EQ(history->count("step"), 0U);
}

TEST(ReadMetrics, NamesTheLineThatIsWrong) {
  const test::TmpDir folder;
  EXPECT_EQ(read_metrics(folder / "metrics.jsonl").error().code, Errc::kNotFound);
  folder.write("metrics.jsonl", "{\"step\":1,\"loss\":2.0}\nnonsense\n{\"step\":3}\n");
  const auto history = read_metrics(folder / "metrics.jsonl");
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().code, Errc::kCorruptRecord);
  EXPECT_NE(history.error().what.find("metrics.jsonl:2"), std::string::npos);
}

}  // namespace
}  // namespace geod::trainer
