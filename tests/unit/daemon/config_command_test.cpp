#include "daemon/config_command.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "config/config.hpp"
#include "daemon/keygen_command.hpp"
#include "streams/curve_keys.hpp"

namespace geod {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct Answer {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// Runs one command as `geod ARGUMENTS...` would.
Answer run(std::vector<std::string> arguments) {
  CLI::App app{"geod"};
  CommandContext context;
  add_check_config_command(app, context);
  add_print_config_command(app, context);
  add_keygen_command(app, context);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes a vector
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError&) {
    context.exit_code = kExitUsage;
  }
  std::fflush(nullptr);
  return {context.exit_code,
          ::testing::internal::GetCapturedStdout(),
          ::testing::internal::GetCapturedStderr()};
}

class ConfigCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::path(::testing::TempDir()) /
        ("geod_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string file(const std::string& yaml) {
    const fs::path path = folder_ / "geod.yaml";
    std::ofstream(path) << yaml;
    return path.string();
  }

  fs::path folder_;
};

TEST_F(ConfigCommand, CheckAcceptsAValidFile) {
  const Answer answer = run({"check-config", file("models: {max_batch: 4}\n")});
  EXPECT_EQ(answer.exit_code, kExitOk);
  EXPECT_THAT(answer.out, HasSubstr("geod.yaml: no faults"));
}

TEST_F(ConfigCommand, CheckPrintsEveryFaultAndExits78) {
  const std::string path = file("models:\n  max_batch: 0\n  picker: missing\nx: 1\n");
  const Answer answer = run({"check-config", "--config", path});
  EXPECT_EQ(answer.exit_code, 78);
  EXPECT_THAT(answer.err, HasSubstr(path + ":2: models.max_batch: 0 is out of range"));
  EXPECT_THAT(answer.err, HasSubstr(path + ":3: models.picker: "));
  EXPECT_THAT(answer.err, HasSubstr(path + ":4: x: is not a known key"));
}

TEST_F(ConfigCommand, CheckAnswersInJson) {
  const Answer answer = run({"check-config", "--json", file("x\xff: 1\n")});
  EXPECT_EQ(answer.exit_code, 78);
  const auto json = nlohmann::json::parse(answer.out);
  EXPECT_EQ(json.at("valid"), false);
  EXPECT_EQ(json.at("faults").at(0).at("line"), 1);
}

TEST_F(ConfigCommand, CheckOfAMissingFileExits78) {
  EXPECT_EQ(run({"check-config", (folder_ / "none.yaml").string()}).exit_code, 78);
}

TEST_F(ConfigCommand, PrintWritesTheReference) {
  EXPECT_EQ(run({"print-config"}).out, config::reference_yaml());
}

TEST_F(ConfigCommand, PrintEffectiveWritesWhatIsInForce) {
  const std::string path = file("models: {max_batch: 4}\n");
  const Answer answer =
      run({"print-config", "--effective", "--config", path, "--set", "models.threads=3"});
  EXPECT_EQ(answer.exit_code, kExitOk);
  EXPECT_THAT(answer.out, HasSubstr("  threads: 3\n  max_batch: 4\n"));
  const Answer faulty =
      run({"print-config", "--effective", "--config", path, "--set", "models.threads=-1"});
  EXPECT_EQ(faulty.exit_code, 78);
  EXPECT_EQ(faulty.out, "");
}

TEST_F(ConfigCommand, KeygenMakesAPairForItsOwnerOnlyAndNeverOverwrites) {
  const fs::path secret = folder_ / "curve.secret";
  const Answer answer = run({"keygen", secret.string()});
  ASSERT_EQ(answer.exit_code, kExitOk) << answer.err;
  EXPECT_EQ(answer.out.size(), 41U);  // 40 characters and the line end
  struct stat status {};
  ASSERT_EQ(stat(secret.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto keys = streams::load_curve_keypair(secret.string());
  ASSERT_TRUE(keys) << keys.error().what;
  EXPECT_EQ(keys->public_key + "\n", answer.out);

  const Answer again = run({"keygen", secret.string()});
  EXPECT_EQ(again.exit_code, kExitFailure);
  EXPECT_THAT(again.err, HasSubstr("not overwritten"));
  EXPECT_EQ(run({"keygen", "/nonexistent/key"}).exit_code, kExitFailure);
}

}  // namespace
}  // namespace geod
