#include "config/overlay.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/loaded_config.hpp"

namespace geod::config {
namespace {

using test::faults_of;
using ::testing::HasSubstr;

Loaded load_with(std::string_view yaml, Environment environment, std::vector<std::string> flags) {
  LoadOptions options;
  options.environment = std::move(environment);
  options.overrides = std::move(flags);
  return load_config_text(yaml, "geod.yaml", options);
}

TEST(Overlay, TheCommandLineWinsOverTheEnvironmentAndThatOverTheFile) {
  const char* yaml = "models: {threads: 1, max_batch: 1}\nstorage: {max_batch_rows: 1}\n";
  const Loaded loaded = load_with(
      yaml, {{"GEOD_MODELS_THREADS", "2"}, {"GEOD_MODELS_MAX_BATCH", "2"}}, {"models.threads=3"});
  ASSERT_EQ(faults_of(loaded), "");
  EXPECT_EQ(loaded.config.models.threads, 3);
  EXPECT_EQ(loaded.config.models.max_batch, 2U);
  EXPECT_EQ(loaded.config.storage.max_batch_rows, 1U);
}

TEST(Overlay, ReachesNestedSections) {
  const Loaded loaded = load_with("", {{"GEOD_STREAMS_CONTINUITY_REORDER_HORIZON", "3s"}}, {});
  ASSERT_EQ(faults_of(loaded), "");
  EXPECT_EQ(loaded.config.streams.continuity.reorder_horizon, std::chrono::seconds{3});
}

TEST(Overlay, ABadOrUnknownVariableIsAFaultThatNamesIt) {
  const Loaded loaded = load_with("",
                                  {{"GEOD_STORAGE_BUSY_TIMEOUT", "5"},
                                   {"GEOD_STORAGE_DATABSE", "x"},
                                   {"GEOD_STREAMS_ENDPOINTS", "[]"},
                                   {"GEOD_COMPUTE_MODULE", "/lib/x.so"}},
                                  {});
  ASSERT_EQ(loaded.faults.size(), 3U) << faults_of(loaded);
  for (const Fault& fault : loaded.faults) {
    EXPECT_EQ(fault.source, "environment");
    EXPECT_THAT(fault.key, ::testing::StartsWith("GEOD_ST"));
  }
}

TEST(Overlay, ABadOrUnknownFlagIsAFaultThatNamesIt) {
  const Loaded loaded =
      load_with("", {}, {"models.threads=many", "models.thread=1", "daemon.log_level"});
  ASSERT_EQ(loaded.faults.size(), 3U) << faults_of(loaded);
  EXPECT_THAT(faults_of(loaded), HasSubstr("--set: models.threads: 'many' is not a whole number"));
  EXPECT_THAT(faults_of(loaded), HasSubstr("--set: models.thread: is not a single value"));
  EXPECT_THAT(faults_of(loaded), HasSubstr("write section.key=value"));
}

TEST(Overlay, AFaultBetweenKeysNamesTheLayerThatSetTheValue) {
  const char* yaml = "streams: {max_message_bytes: 128MiB, receive_buffer_bytes: 256MiB}\n";
  const Loaded from_environment =
      load_with(yaml, {{"GEOD_STREAMS_RECEIVE_BUFFER_BYTES", "1MiB"}}, {});
  ASSERT_EQ(from_environment.faults.size(), 1U);
  EXPECT_EQ(from_environment.faults[0].source, "environment");
  const Loaded from_flag = load_with(yaml, {}, {"streams.receive_buffer_bytes=1MiB"});
  ASSERT_EQ(from_flag.faults.size(), 1U);
  EXPECT_EQ(from_flag.faults[0].source, "--set");
}

TEST(Overlay, NullUnsetsAnOptionalValue) {
  const Loaded loaded =
      load_with("models: {thresholds: {p: 0.5}}\n", {{"GEOD_MODELS_THRESHOLDS_P", "null"}}, {});
  ASSERT_EQ(faults_of(loaded), "");
  EXPECT_EQ(loaded.config.models.thresholds.p, std::nullopt);
}

}  // namespace
}  // namespace geod::config
