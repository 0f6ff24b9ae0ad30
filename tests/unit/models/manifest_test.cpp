#include "models/manifest.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/models_tmp_dir.hpp"

namespace geod::models {
namespace {

using nlohmann::json;
using test::TmpDir;

Manifest example() {
  Manifest manifest;
  manifest.name = "starter-dpk";
  manifest.version = "1";
  manifest.geometry = *named_geometry("starter");
  manifest.picks.hop_samples = 700;
  manifest.picks.blind_left_samples = 100;
  manifest.picks.threshold_s = 0.4;
  manifest.picks.calibration_p = {{0.1, 0.05}, {0.9, 1.0}};
  manifest.picks.sigma_s_s[1] = 0.2;
  manifest.weights_sha256 = std::string(64, 'a');
  manifest.provenance_json = R"({"data":["x"]})";
  return manifest;
}

TEST(Manifest, SurvivesItsFile) {
  TmpDir folder;
  const Manifest written = example();
  ASSERT_TRUE(save_manifest(folder.path(), written));
  const auto read = load_manifest(folder.path());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->model_id(), "starter-dpk-1");
  EXPECT_EQ(read->geometry, written.geometry);
  EXPECT_EQ(read->picks.hop_samples, 700);
  EXPECT_EQ(read->picks.blind_left_samples, 100);
  EXPECT_EQ(read->picks.threshold_s, 0.4);
  EXPECT_EQ(read->picks.calibration_p, written.picks.calibration_p);
  EXPECT_EQ(read->picks.sigma_s_s[1], 0.2);
  EXPECT_EQ(read->weights_sha256, written.weights_sha256);
  EXPECT_EQ(json::parse(read->provenance_json), json::parse(written.provenance_json));
}

Manifest scalar_example() {
  Manifest manifest = example();
  manifest.task = Task::kPmp;
  manifest.scalar = {0.2, 0.4, {{0.5, 0.55}, {1.0, 0.9}}, 0.3};
  return manifest;
}

TEST(Manifest, KeepsTheSettingsOfAScalarTask) {
  TmpDir folder;
  const Manifest written = scalar_example();
  ASSERT_TRUE(save_manifest(folder.path(), written));
  const auto read = load_manifest(folder.path());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->task, Task::kPmp);
  EXPECT_EQ(read->scalar.p_from, 0.2);
  EXPECT_EQ(read->scalar.p_to, 0.4);
  EXPECT_EQ(read->scalar.calibration, written.scalar.calibration);
  EXPECT_EQ(read->scalar.sigma, 0.3);
  EXPECT_FALSE(json::parse(TmpDir::read(folder.path() / "manifest.json")).contains("picks"));
}

TEST(Manifest, RefusesARepeatedKey) {
  TmpDir folder;
  std::string text = *manifest_to_json(example());
  text.insert(1, R"("name": "other",)");
  folder.write("manifest.json", text);
  EXPECT_EQ(load_manifest(folder.path()).error().code, Errc::kModelMismatch);
}

TEST(Manifest, SaysWhichFileIsMissing) {
  TmpDir folder;
  const auto missing = load_manifest(folder.path());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::kNotFound);
  EXPECT_NE(missing.error().what.find("manifest.json"), std::string::npos);
}

TEST(Manifest, RefusesToWriteWhatItWouldNotRead) {
  TmpDir folder;
  Manifest manifest = example();
  manifest.picks.hop_samples = 5000;
  EXPECT_FALSE(save_manifest(folder.path(), manifest));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

struct FaultyKey {
  const char* pointer;
  json value;
  const char* names;
};

/// One fault at a time: each is refused with its file and key.
void expect_named(const Manifest& example, const std::vector<FaultyKey>& cases) {
  TmpDir folder;
  ASSERT_TRUE(save_manifest(folder.path(), example));
  const json good = json::parse(TmpDir::read(folder.path() / "manifest.json"));
  for (const auto& c : cases) {
    json bad = good;
    bad[json::json_pointer(c.pointer)] = c.value;
    folder.write("manifest.json", bad.dump());
    const auto read = load_manifest(folder.path());
    ASSERT_FALSE(read) << c.pointer << " " << c.value;
    EXPECT_NE(read.error().what.find("manifest.json"), std::string::npos) << read.error().what;
    EXPECT_NE(read.error().what.find(c.names), std::string::npos) << read.error().what;
  }
}

TEST(Manifest, NamesTheFaultyKeyOfAScalarTask) {
  expect_named(scalar_example(),
               {{"/scalar", 1, "scalar"},
                {"/scalar/p", 1, "'p'"},
                {"/scalar/p_from", -0.1, "p_from"},
                {"/scalar/p_from", 0.4, "p_from"},
                {"/scalar/p_to", 1.5, "p_to"},
                {"/scalar/p_to", "1", "p_to"},
                {"/scalar/calibration", json::parse("[[0.5, 0.1], [0.5, 0.2]]"), "calibration"},
                {"/scalar/calibration", json::parse("[0.5]"), "calibration"},
                {"/scalar/sigma", -1.0, "sigma"},
                {"/scalar/sigma", 181.0, "sigma"}});
}

TEST(Manifest, NamesTheFaultyKey) {
  const std::vector<FaultyKey> cases{
      {"/name", "../etc", "name"},
      {"/name", ".hidden", "name"},
      {"/name", "", "name"},
      {"/name", 1, "name"},
      {"/version", std::string(65, '1'), "version"},
      {"/family", "phasenet", "family"},
      {"/task", "das", "das"},
      {"/normalisation", "max", "normalisation"},
      {"/weights_sha256", std::string(63, 'a'), "weights_sha256"},
      {"/weights_sha256", std::string(64, 'A'), "weights_sha256"},
      {"/geometry", 3, "geometry"},
      {"/geometry/heads", 7, "heads"},
      {"/extra", 1, "extra"},
      {"/picks", json::array(), "picks"},
      {"/picks/hop", 1, "hop"},
      {"/picks/hop_samples", 0, "hop_samples"},
      {"/picks/hop_samples", 3000, "hop_samples"},
      {"/picks/hop_samples", 1.5, "hop_samples"},
      {"/picks/blind_right_samples", -1, "blind_right_samples"},
      {"/picks/threshold_p", 0.0, "threshold"},
      {"/picks/threshold_p", "0.3", "threshold_p"},
      {"/picks/min_distance_s", -1.0, "min_distance_s"},
      {"/picks/calibration_s", json::parse("[[0.5, 0.1], [0.5, 0.2]]"), "calibration"},
      {"/picks/calibration_s", json::parse("[[0.5, 1.1]]"), "calibration"},
      {"/picks/calibration_s", json::parse("[[0.5]]"), "calibration_s"},
      {"/picks/sigma_p_s", json::parse("[0.1]"), "sigma_p_s"},
      {"/picks/sigma_p_s", json::parse("[0.1, 0]"), "sigma"},
  };
  expect_named(example(), cases);
}

TEST(Manifest, RefusesWhatIsNoJson) {
  TmpDir folder;
  for (const char* text : {"", "{", "[]", "{\"name\": \"a\"} x"}) {
    folder.write("manifest.json", text);
    const auto read = load_manifest(folder.path());
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::kModelMismatch);
  }
}

}  // namespace
}  // namespace geod::models
