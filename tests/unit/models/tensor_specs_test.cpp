#include "models/tensor_specs.hpp"

#include <set>

#include <gtest/gtest.h>

namespace geod::models {
namespace {

TEST(TensorSpecs, PadsAsPublished) {
  EXPECT_EQ(auto_padding(4096, 26, 2), (Padding{12, 12}));
  EXPECT_EQ(auto_padding(1000, 16, 1), (Padding{7, 8}));
  EXPECT_EQ(auto_padding(7, 4, 2), (Padding{1, 2}));
}

TEST(TensorSpecs, UpsamplesToThePublishedSizes) {
  SeisMollmGeometry geometry;
  EXPECT_EQ(head_sizes(geometry), (std::array<std::int64_t, 4>{1721, 2895, 4870, 8192}));
  geometry.window_samples = 6000;
  EXPECT_EQ(head_sizes(geometry), (std::array<std::int64_t, 4>{1253, 2112, 3560, 6000}));
  geometry.window_samples = 6016;
  EXPECT_EQ(head_sizes(geometry), (std::array<std::int64_t, 4>{1264, 2126, 3577, 6016}));
  geometry.window_samples = 4096;
  EXPECT_EQ(head_sizes(geometry), (std::array<std::int64_t, 4>{860, 1447, 2435, 4096}));
}

TEST(TensorSpecs, NamesEveryTensorOnce) {
  for (const Task task : {Task::kDpk, Task::kPmp}) {
    std::set<std::string> names;
    for (const TensorSpec& spec : tensor_specs({}, task)) {
      EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    }
    // The published checkpoints hold 230 and 206 tensors: these, one step counter for each
    // BatchNorm (24 and 20), and the empty word table.
    EXPECT_EQ(names.size(), task == Task::kDpk ? 230U - 24U - 1U : 206U - 20U - 1U);
  }
}

TEST(TensorSpecs, RefusesAScalarHeadOnAShortWindow) {
  SeisMollmGeometry geometry;
  geometry.window_samples = 632;
  EXPECT_FALSE(validate_for(geometry, Task::kEmg));
  EXPECT_TRUE(validate_for(geometry, Task::kDpk));
  geometry.window_samples = 633;
  EXPECT_TRUE(validate_for(geometry, Task::kEmg)) << "80 columns";
}

}  // namespace
}  // namespace geod::models
