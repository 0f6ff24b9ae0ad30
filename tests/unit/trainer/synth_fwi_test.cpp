#include "trainer/synth_fwi.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/models_tmp_dir.hpp"
#include "trainer/acoustic_solver.hpp"
#include "trainer/npy_shard.hpp"
#include "trainer/openfwi_files.hpp"

namespace geod::trainer {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

SynthFwiOptions options_for(const fs::path& out, const char* code) {
  SynthFwiOptions options;
  options.out = out;
  options.set = find_openfwi_set(code);
  options.samples = 4;
  options.shard_samples = 2;
  options.seed = 7;
  options.device = models::Device::kCpu;
  options.threads = 2;
  return options;
}

Result<SynthFwiReport> make(const SynthFwiOptions& options) {
  return synthesise_fwi(options, [](std::int64_t) {});
}

TEST(SynthFwi, WritesShotsThatBelongToTheVelocitiesBesideThem) {
  const models::test::TmpDir folder;
  const auto report = make(options_for(folder.path() / "FVA", "FVA"));
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->samples, 4);
  EXPECT_EQ(report->held_out, 1);
  EXPECT_EQ(report->shards, 3);
  EXPECT_EQ(report->resumed, 0);
  const auto shards = find_openfwi_shards(folder.path() / "FVA");
  ASSERT_TRUE(shards) << shards.error().what;
  ASSERT_EQ(shards->size(), 3U);
  EXPECT_EQ(shards->front().part, InversionPart::kTraining);
  EXPECT_EQ(shards->back().part, InversionPart::kValidation);

  const auto shots = NpyShard::open(shards->front().shots);
  const auto velocities = NpyShard::open(shards->front().velocities);
  ASSERT_TRUE(shots && velocities);
  EXPECT_EQ(shots->samples(), 2);
  EXPECT_EQ(shots->sample_shape(), (std::vector<std::int64_t>{5, 1000, 70}));
  EXPECT_EQ(velocities->sample_shape(), (std::vector<std::int64_t>{1, 70, 70}));
  EXPECT_EQ(shots->file_bytes(), 128U + 2U * 5U * 1000U * 70U * 4U);  // as numpy writes it

  const AcousticSurvey survey;
  std::vector<float> model(survey.model_cells());
  std::vector<float> record(survey.record_values());
  std::vector<float> expected(survey.record_values());
  ASSERT_TRUE(velocities->read(1, model));
  ASSERT_TRUE(shots->read(1, record));
  ASSERT_TRUE((*make_cpu_acoustics(survey, 1))->simulate(model, expected));
  EXPECT_EQ(record, expected);
}

TEST(SynthFwi, GivesTheSameSamplesForAnyThreadsAndShards) {
  const models::test::TmpDir folder;
  SynthFwiOptions options = options_for(folder.path() / "two", "FFB");
  options.samples = 3;
  ASSERT_TRUE(make(options));
  options.out = folder.path() / "one";
  options.threads = 1;
  ASSERT_TRUE(make(options));
  for (const char* name : {"seis6_1_0.npy", "vel6_1_0.npy", "seis8_1_0.npy", "vel8_1_0.npy"}) {
    EXPECT_EQ(models::test::TmpDir::read(folder.path() / "one" / name),
              models::test::TmpDir::read(folder.path() / "two" / name))
        << name;
  }
}

TEST(SynthFwi, GoesOnWhereAnInterruptedRunStopped) {
  const models::test::TmpDir folder;
  const SynthFwiOptions options = options_for(folder.path() / "FVB", "FVB");
  ASSERT_TRUE(make(options));
  const fs::path lost = options.out / "data" / "data2.npy";
  const std::string before = models::test::TmpDir::read(lost);
  fs::remove(lost);
  const auto report = make(options);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->samples, 4);
  EXPECT_EQ(report->resumed, 3);
  EXPECT_EQ(models::test::TmpDir::read(lost), before);
}

TEST(SynthFwi, RefusesAFolderThatHoldsSomethingElse) {
  const models::test::TmpDir folder;
  folder.write("notes.txt", "mine");
  const auto foreign = make(options_for(folder.path(), "FVA"));
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, Errc::kConfig);
  EXPECT_THAT(foreign.error().what, HasSubstr("name a new folder"));
  EXPECT_EQ(models::test::TmpDir::read(folder.path() / "notes.txt"), "mine");

  SynthFwiOptions options = options_for(folder.path() / "FVA", "FVA");
  options.samples = 1;
  ASSERT_TRUE(make(options));
  options.seed = 8;
  const auto other = make(options);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().what, HasSubstr("begun with other options"));
}

TEST(SynthFwi, SaysThatThereIsNoCudaDevice) {
  if (fs::exists("/dev/nvidiactl")) {
    GTEST_SKIP() << "there is an NVIDIA device here";
  }
  const models::test::TmpDir folder;
  SynthFwiOptions options = options_for(folder.path() / "FVA", "FVA");
  options.device = models::Device::kCuda;
  const auto report = make(options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kDevice);
  EXPECT_THAT(report.error().what, HasSubstr("--device cpu"));
  EXPECT_FALSE(fs::exists(options.out));
}

}  // namespace
}  // namespace geod::trainer
