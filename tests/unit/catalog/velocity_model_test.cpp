#include "catalog/velocity_model.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace geod::catalog {
namespace {

using ::testing::HasSubstr;

void expect_refused(const std::string& text, const std::string& reason) {
  const auto model = parse_velocity_model(text, "valley.txt");
  ASSERT_FALSE(model.has_value()) << text;
  EXPECT_EQ(model.error().code, Errc::kConfig);
  EXPECT_THAT(model.error().what, HasSubstr("valley.txt"));
  EXPECT_THAT(model.error().what, HasSubstr(reason));
}

TEST(VelocityModel, IsReadFromLinesOfDepthVpVs) {
  const auto model = parse_velocity_model(
      "# central Chile\n-3 5.9 3.4\n\n0\t6.1 3.6 # crust\r\n40 7.1 4.2\n40, 8.0, 4.6\n", "chile");
  ASSERT_TRUE(model.has_value()) << model.error().what;
  EXPECT_EQ(model->name, "chile");
  ASSERT_EQ(model->knots.size(), 4U);
  EXPECT_EQ(model->knots[0].depth_km, -3.0);
  EXPECT_EQ(model->knots[2].vp_km_per_s, 7.1);
  EXPECT_EQ(model->knots[3].depth_km, 40.0);
  EXPECT_EQ(model->knots[3].velocity(Phase::kS), 4.6);
}

TEST(VelocityModel, RefusesWhatIsNoModelAndSaysWhere) {
  expect_refused("", "no line");
  expect_refused("0 6.0 3.5\n10 6.0\n", "line 2: expected");
  expect_refused("0 6.0 3.5 2.7\n", "line 1: expected");
  expect_refused("0 six 3.5\n", "line 1: expected");
  expect_refused("0 nan 3.5\n", "line 1: expected");
  expect_refused("5 6.0 3.5\n", "first depth");
  expect_refused("0 6.0 3.5\n20 6.5 3.7\n10 6.6 3.8\n", "line 3: the depths must not decrease");
  expect_refused("0 6.0 3.5\n9 6 3.5\n9 6 3.5\n9 6 3.5\n", "line 4: a depth may stand twice");
  expect_refused("0 6000 3500\n", "km/s");
  expect_refused("0 1.5 0\n", "vs must be");
  expect_refused("0 3.5 6.0\n", "times vs");
  expect_refused(std::string("0 6 3\n") + std::string(2'000, '\n') + "9 6 3\n", "more than");
}

TEST(VelocityModel, IsFoundByNameOrPath) {
  EXPECT_EQ(find_velocity_model("iasp91")->knots[1].vp_km_per_s, 5.8);
  EXPECT_EQ(find_velocity_model("ak135")->knots[0].vs_km_per_s, 3.46);
  EXPECT_EQ(find_velocity_model("continental")->name, "continental");
  const auto missing = find_velocity_model("iasp19");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Errc::kNotFound);
  EXPECT_THAT(missing.error().what, HasSubstr("iasp91, ak135, continental"));

  const auto path = std::filesystem::temp_directory_path() /
                    ("geod_velocity_" + std::to_string(::getpid()) + ".txt");
  std::ofstream(path) << "0 6.1 3.6\n40 7.1 4.2\n";
  const auto read = find_velocity_model(path.string());
  std::filesystem::remove(path);
  ASSERT_TRUE(read.has_value()) << read.error().what;
  EXPECT_EQ(read->knots.size(), 2U);
}

}  // namespace
}  // namespace geod::catalog
