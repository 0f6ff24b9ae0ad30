#include <cmath>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/unit/trainer/tmp_dir.hpp"
#include "trainer/best_weights.hpp"
#include "trainer/process_store.hpp"
#include "trainer/run_progress.hpp"

namespace geod::trainer {
namespace {

class BestWeightsTest : public ::testing::Test {
 protected:
  /// Whether the offer was a gain.
  bool offer(std::int64_t step, double metric) {
    const auto gained =
        best_.offer({step, metric}, [](const std::filesystem::path& path) -> Result<void> {
          std::ofstream(path) << "weights";
          return {};
        });
    EXPECT_TRUE(gained);
    return gained.value_or(false);
  }

  test::TmpDir dir_;
  BestWeights best_{dir_ / "", 2};
};

TEST_F(BestWeightsTest, KeepsTheFilesOfTheBestAndRemovesTheOthers) {
  EXPECT_TRUE(offer(10, 0.5));
  EXPECT_FALSE(offer(20, 0.7));
  EXPECT_TRUE(offer(30, 0.4));
  EXPECT_FALSE(offer(40, 0.9));
  EXPECT_EQ(best_.kept(), (std::vector<KeptWeights>{{30, 0.4}, {10, 0.5}}));
  EXPECT_EQ(best_.best_file(), dir_ / "best-30.safetensors");
  EXPECT_TRUE(std::filesystem::exists(dir_ / "best-10.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "best-20.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "best-40.safetensors"));
}

TEST_F(BestWeightsTest, AnEqualMetricIsNoGain) {
  EXPECT_TRUE(offer(10, 0.5));
  EXPECT_FALSE(offer(20, 0.5));
  EXPECT_EQ(best_.best().step, 10);
}

TEST_F(BestWeightsTest, AMetricThatIsNoNumberIsTheWorst) {
  offer(10, std::nan(""));
  EXPECT_TRUE(offer(20, 1e9));
  EXPECT_EQ(best_.best().step, 20);
}

TEST(RunProgress, ReadsWhatItWroteBitForBit) {
  const RunProgress progress{12, 3.25, {{8, 0.1}, {4, 1.0 / 3.0}}, 2};
  const auto read = progress_from_metadata(progress_to_metadata(progress));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->steps, 12);
  EXPECT_EQ(read->elapsed_s, 3.25);
  EXPECT_EQ(read->best, progress.best);
  EXPECT_EQ(read->validations_without_gain, 2);
}

TEST(RunProgress, NamesTheKeyThatIsNoNumber) {
  for (const char* key : {"steps", "elapsed_s", "best", "validations_without_gain"}) {
    auto metadata = progress_to_metadata({12, 3.25, {{8, 0.1}}, 2});
    metadata[key] = "8:many";
    const auto read = progress_from_metadata(metadata);
    ASSERT_FALSE(read) << key;
    EXPECT_EQ(read.error().code, Errc::kCorruptRecord);
    EXPECT_EQ(read.error().what, std::string(key) + " is not a number");
  }
}

TEST(ProcessStore, TakesFilesAndAddresses) {
  const auto file = ProcessStore::parse("file:/tmp/meet");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->path, "/tmp/meet");
  EXPECT_TRUE(file->is_local());
  const auto tcp = ProcessStore::parse("tcp://10.0.0.1:29500");
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->host, "10.0.0.1");
  EXPECT_EQ(tcp->port, 29500);
  EXPECT_FALSE(tcp->is_local());
  EXPECT_TRUE(ProcessStore::parse("tcp://localhost:1")->is_local());
}

TEST(ProcessStore, RefusesAnythingElseNamingIt) {
  for (const char* text : {"",
                           "file:",
                           "tcp://",
                           "tcp://host",
                           "tcp://host:0",
                           "tcp://host:70000",
                           "tcp://:29500",
                           "tcp://host:1x",
                           "http://host:1"}) {
    const auto store = ProcessStore::parse(text);
    ASSERT_FALSE(store) << text;
    EXPECT_EQ(store.error().code, Errc::kConfig);
    EXPECT_NE(store.error().what.find(text), std::string::npos);
  }
}

}  // namespace
}  // namespace geod::trainer
