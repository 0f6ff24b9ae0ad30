#include "models/geometry.hpp"

#include <gtest/gtest.h>

namespace geod::models {
namespace {

TEST(Geometry, DividesThePublishedWindowsIntoTokens) {
  const auto diting = named_geometry("seismollm-diting");
  const auto stead = named_geometry("seismollm-stead");
  ASSERT_TRUE(diting && stead);
  EXPECT_EQ(diting->feature_columns(), 1024);
  EXPECT_EQ(diting->tokens(), 128);
  EXPECT_EQ(diting->d_model(), 768);
  EXPECT_EQ(stead->feature_columns(), 750);
  EXPECT_EQ(stead->tokens(), 93);  // the last 6 columns fill no token
}

TEST(Geometry, SurvivesJson) {
  for (const char* name : {"seismollm-diting", "seismollm-stead", "starter"}) {
    const auto geometry = named_geometry(name);
    ASSERT_TRUE(geometry);
    const auto back = geometry_from_json(geometry_to_json(*geometry));
    ASSERT_TRUE(back) << back.error().what;
    EXPECT_EQ(*back, *geometry);
  }
}

TEST(Geometry, KeepsDefaultsOfMissingKeys) {
  const auto geometry = geometry_from_json(R"({"window_samples": 6000})");
  ASSERT_TRUE(geometry) << geometry.error().what;
  EXPECT_EQ(geometry->window_samples, 6000);
  EXPECT_EQ(geometry->blocks, 3);
}

TEST(Geometry, NamesTheFaultyField) {
  const struct {
    const char* json;
    const char* names;
  } cases[] = {
      {R"({"window_sample": 6000})", "window_sample"},
      {R"({"window_samples": "6000"})", "window_samples"},
      {R"({"window_samples": 0})", "window_samples"},
      {R"({"window_samples": 99999999999})", "window_samples"},
      {R"({"window_samples": 56})", "window_samples"},
      {R"({"heads": 7})", "heads"},
      {R"({"positions": 100})", "positions"},
      {R"({"embed_channels": [1, 2, 3]})", "embed_channels"},
      {R"({"embed_channels": [1, 2, 3, "4"]})", "embed_channels"},
      {R"({"kernel_base": [1, 8, 6, 1]})", "kernel_base"},
      {R"({"dropout": 1.0})", "dropout"},
      {R"({"dropout": "x"})", "dropout"},
      {R"({"sampling_rate": [0, 1]})", "sampling_rate"},
      {R"({"lora_alpha": 0})", "lora_alpha"},
      {R"([1])", "JSON"},
      {R"({"heads": )", "JSON"},
  };
  for (const auto& c : cases) {
    const auto geometry = geometry_from_json(c.json);
    ASSERT_FALSE(geometry) << c.json;
    EXPECT_EQ(geometry.error().code, Errc::kModelMismatch);
    EXPECT_NE(geometry.error().what.find(c.names), std::string::npos) << geometry.error().what;
  }
}

TEST(Geometry, RefusesAnUnknownName) {
  EXPECT_EQ(named_geometry("phasenet").error().code, Errc::kNotFound);
}

TEST(Task, SurvivesItsName) {
  for (const Task task : {Task::kDpk, Task::kPmp, Task::kBaz, Task::kEmg, Task::kDis}) {
    EXPECT_EQ(parse_task(to_string(task)), task);
  }
  EXPECT_EQ(parse_task("fault"), Task::kFault);
  EXPECT_FALSE(parse_task("phasenet"));
}

}  // namespace
}  // namespace geod::models
