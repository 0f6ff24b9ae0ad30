#include "config/config.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/loaded_config.hpp"

namespace geod::config {
namespace {

using test::faults_of;
using test::load;
using ::testing::HasSubstr;

TEST(Config, AnEmptyFileIsTheDefaults) {
  for (const char* yaml : {"", "\n", "# only a comment\n", "streams:\nstorage:\n", "{}"}) {
    const Loaded loaded = load(yaml);
    EXPECT_EQ(faults_of(loaded), "") << yaml;
    EXPECT_EQ(to_yaml(loaded.config), to_yaml(Config{})) << yaml;
  }
}

TEST(Config, ReadsEveryKindOfValue) {
  const Loaded loaded = load(R"(
streams:
  endpoints:
    - {name: main, endpoint: "tcp://127.0.0.1:15555"}
    - name: regional
      endpoint: tcp://10.1.2.3:15557
      mode: sub_connect
      topics: [ms/1/FDSN:CI_, ms/1/FDSN:NN_]
  files:
    - name: recording
      paths: [/data/a.mseed, /data/b]
  max_age: 7d
  max_message_bytes: 1MiB
  windows: {min_valid_fraction: 0.5}
models:
  max_batch: 32
  thresholds: {p: 0.25}
  station_thresholds:
    CI.CLC: {p: 0.4, s: null}
    NN.BEK: {s: 0.2}
daemon:
  overload: drop_oldest
  exit_when_sources_end: true
)");
  ASSERT_EQ(faults_of(loaded), "");
  const Config& config = loaded.config;
  ASSERT_EQ(config.streams.endpoints.size(), 2U);
  EXPECT_EQ(config.streams.endpoints[0].mode, EndpointMode::kPullBind);
  EXPECT_EQ(config.streams.endpoints[1].mode, EndpointMode::kSubConnect);
  EXPECT_THAT(config.streams.endpoints[1].topics,
              ::testing::ElementsAre("ms/1/FDSN:CI_", "ms/1/FDSN:NN_"));
  EXPECT_THAT(config.streams.files.at(0).paths, ::testing::ElementsAre("/data/a.mseed", "/data/b"));
  EXPECT_EQ(config.streams.max_age, std::chrono::hours{7 * 24});
  EXPECT_EQ(config.streams.max_message_bytes, 1U << 20);
  EXPECT_DOUBLE_EQ(config.streams.windows.min_valid_fraction, 0.5);
  EXPECT_EQ(config.models.max_batch, 32U);
  EXPECT_EQ(config.models.thresholds.p, 0.25);
  EXPECT_EQ(config.models.thresholds.s, std::nullopt);
  EXPECT_EQ(config.models.station_thresholds.at("CI.CLC").p, 0.4);
  EXPECT_EQ(config.models.station_thresholds.at("NN.BEK").s, 0.2);
  EXPECT_EQ(config.daemon.overload, Overload::kDropOldest);
  EXPECT_TRUE(config.daemon.exit_when_sources_end);
  EXPECT_EQ(to_yaml(load(to_yaml(config)).config), to_yaml(config));
}

TEST(Config, ReportsAllFaultsAtOnceEachWithItsLine) {
  const Loaded loaded = load(R"(streams:
  endpoints:
    - name: a
      endpoint: tcp://127.0.0.1:15555
      mode: push
    - endpoint: tcp://127.0.0.1:15556
  max_age: 5
  recieve_buffer_bytes: 1MiB
models:
  max_batch: 0
  station_thresholds:
    CI.CLC: {p: high}
    nonsense: {p: 0.5}
storage:
  busy_timeout:
  max_batch_rows: 10
  max_batch_rows: 20
deamon: {}
)");
  struct Expected {
    int line;
    const char* key;
    const char* what;
  };
  const std::vector<Expected> all{
      {5, "streams.endpoints[0].mode", "pull_bind, pull_connect, sub_connect, sub_bind"},
      {6, "streams.endpoints[1].name", "is missing"},
      {7, "streams.max_age", "'5' is not a duration"},
      {8, "streams.recieve_buffer_bytes", "is not a known key; known here: endpoints, curve"},
      {10, "models.max_batch", "0 is out of range; write a whole number from 1 to 4096"},
      {12, "models.station_thresholds.CI.CLC.p", "'high' is not a number"},
      {13, "models.station_thresholds.nonsense", "write NET.STA"},
      {15, "storage.busy_timeout", "has no value"},
      {17, "storage.max_batch_rows", "is written twice"},
      {18,
       "deamon",
       "known here: streams, fibres, models, adapters, catalog, storage, service, daemon"}};
  ASSERT_EQ(loaded.faults.size(), all.size()) << faults_of(loaded);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(loaded.faults[i].source, "geod.yaml");
    EXPECT_EQ(loaded.faults[i].line, all[i].line) << loaded.faults[i].to_string();
    EXPECT_EQ(loaded.faults[i].key, all[i].key);
    EXPECT_THAT(loaded.faults[i].what, HasSubstr(all[i].what));
  }
}

TEST(Config, SaysFileLineAndKey) {
  EXPECT_EQ((Fault{"geod.yaml", 7, "streams.max_age", "is wrong"}).to_string(),
            "geod.yaml:7: streams.max_age: is wrong");
  EXPECT_EQ((Fault{"geod.yaml", 0, "", "cannot be opened"}).to_string(),
            "geod.yaml: cannot be opened");
}

TEST(Config, AMissingFileOrAFolderIsOneFault) {
  for (const char* file : {"/nonexistent/geod.yaml", "/tmp"}) {
    const Loaded loaded = load_config(file);
    ASSERT_EQ(loaded.faults.size(), 1U);
    EXPECT_EQ(loaded.faults[0].source, file);
    const auto required = require_config(file);
    ASSERT_FALSE(required.has_value());
    EXPECT_EQ(required.error().code, Errc::kConfig);
  }
}

TEST(Config, TakesRelativePathsFromTheFolderOfTheFile) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / "geod_config_relative";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "geod.yaml") << "daemon: {state_directory: state}\n"
                                         "models: {picker: ../model}\n"
                                         "streams: {files: [{name: f, paths: [a.mseed, /b]}]}\n";
  const Loaded loaded = load_config(folder / "geod.yaml");
  ASSERT_EQ(faults_of(loaded), "");
  EXPECT_EQ(loaded.config.daemon.state_directory, (folder / "state").string());
  EXPECT_EQ(loaded.config.models.picker, (folder.parent_path() / "model").string());
  EXPECT_EQ(loaded.config.streams.files[0].paths[0], (folder / "a.mseed").string());
  EXPECT_EQ(loaded.config.streams.files[0].paths[1], "/b");
  EXPECT_EQ(database_path(loaded.config), folder / "state" / "geod.sqlite");
  std::filesystem::remove_all(folder);
}

TEST(Config, PutsTheFolderOfAdaptersBelowTheState) {
  Config config;
  EXPECT_EQ(adapters_path(config), "/var/lib/geod/adapters");
  config.adapters.directory = "/data/adapters";
  EXPECT_EQ(adapters_path(config), "/data/adapters");
}

TEST(Config, TakesAWordForWhatHappensToNewBundles) {
  EXPECT_EQ(test::load("").config.adapters.on_new, OnNewBundle::kShadow);
  EXPECT_EQ(test::load("adapters: {on_new: activate}").config.adapters.on_new,
            OnNewBundle::kActivate);
  EXPECT_EQ(test::load("adapters: {on_new: check}").config.adapters.on_new, OnNewBundle::kCheck);
}

TEST(Config, KeepsAnAbsoluteDatabaseWhereItIs) {
  Config config;
  EXPECT_EQ(database_path(config), "/var/lib/geod/geod.sqlite");
  config.storage.database = "/data/picks.sqlite";
  EXPECT_EQ(database_path(config), "/data/picks.sqlite");
}

}  // namespace
}  // namespace geod::config
