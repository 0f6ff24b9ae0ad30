#include "trainer/openfwi_plan.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

TEST(OpenFwiPlan, GivesThePublishedShardsForThePublishedNumberOfSamples) {
  struct Expected {
    const char* code;
    std::size_t training;
    std::size_t validation;
    const char* first;
    const char* last_velocities;
  };
  for (const Expected& expected :
       {Expected{"FVA", 48, 12, "data/data1.npy", "model/model60.npy"},
        Expected{"CFB", 96, 12, "seis6_1_0.npy", "vel8_1_35.npy"},
        Expected{"FFA", 96, 12, "seis2_1_0.npy", "vel4_1_35.npy"},
        Expected{"STB", 120, 14, "data/data1.npy", "model/model134.npy"}}) {
    const OpenFwiSet& set = *find_openfwi_set(expected.code);
    const auto shards = plan_openfwi(set, published_samples(set), kOpenFwiShardSamples);
    const auto training = static_cast<std::size_t>(
        std::count_if(shards.begin(), shards.end(), [](const PlannedShard& shard) {
          return shard.part == InversionPart::kTraining;
        }));
    EXPECT_EQ(training, expected.training) << expected.code;
    EXPECT_EQ(shards.size() - training, expected.validation) << expected.code;
    EXPECT_EQ(shards.front().shots, expected.first);
    EXPECT_EQ(shards.back().velocities, expected.last_velocities);
    for (const PlannedShard& shard : shards) {
      EXPECT_EQ(shard.count, kOpenFwiShardSamples) << shard.shots;
    }
  }
}

TEST(OpenFwiPlan, HoldsEverySampleOnceForAnyCounts) {
  for (const char* code : {"FVB", "FFB", "STA"}) {
    for (const std::int64_t samples : {1, 2, 3, 7, 60, 1001}) {
      for (const std::int64_t shard_samples : {1, 4, 500}) {
        std::int64_t next = 0;
        for (const PlannedShard& shard :
             plan_openfwi(*find_openfwi_set(code), samples, shard_samples)) {
          EXPECT_EQ(shard.first, next);
          EXPECT_GE(shard.count, 1);
          EXPECT_LE(shard.count, shard_samples);
          next += shard.count;
        }
        EXPECT_EQ(next, samples) << code << " " << shard_samples;
      }
    }
  }
}

/// Otherwise a part of a Fault set would know nothing of some counts of layers.
TEST(OpenFwiPlan, GivesEveryCountOfLayersAThirdOfBothParts) {
  std::map<std::pair<std::size_t, InversionPart>, std::int64_t> samples;
  for (const PlannedShard& shard : plan_openfwi(*find_openfwi_set("CFA"), 60, 7)) {
    samples[{shard.layers, shard.part}] += shard.count;
  }
  const std::map<std::pair<std::size_t, InversionPart>, std::int64_t> expected{
      {{2, InversionPart::kTraining}, 18},
      {{2, InversionPart::kValidation}, 2},
      {{3, InversionPart::kTraining}, 18},
      {{3, InversionPart::kValidation}, 2},
      {{4, InversionPart::kTraining}, 18},
      {{4, InversionPart::kValidation}, 2}};
  EXPECT_EQ(samples, expected);
}

TEST(OpenFwiPlan, ListsTheShardsOfAPart) {
  const auto shards = plan_openfwi(*find_openfwi_set("FVA"), 10, 4);
  EXPECT_EQ(openfwi_list(shards, InversionPart::kTraining),
            "data/data1.npy\tmodel/model1.npy\ndata/data2.npy\tmodel/model2.npy\n");
  EXPECT_EQ(openfwi_list(shards, InversionPart::kValidation), "data/data3.npy\tmodel/model3.npy\n");
}

}  // namespace
}  // namespace geod::trainer
