#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.hpp"

namespace geod {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Directive -> values, in order, over all sections.
using Unit = std::map<std::string, std::vector<std::string>>;

Unit read_unit() {
  Unit unit;
  std::ifstream file(std::filesystem::path(GEOD_SOURCE_DIR) / "systemd/geod.service.in");
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    if (!line.starts_with("#") && equals != std::string::npos) {
      unit[line.substr(0, equals)].push_back(line.substr(equals + 1));
    }
  }
  return unit;
}

TEST(UnitFile, RunsTheInstalledDaemonUnderItsOwnUser) {
  Unit unit = read_unit();
  EXPECT_EQ(unit["ExecStart"],
            std::vector<std::string>{"@GEOD_UNIT_BINDIR@/geod run --config /etc/geod/geod.yaml"});
  EXPECT_EQ(unit["User"], std::vector<std::string>{"geod"});
  EXPECT_EQ(unit["WantedBy"], std::vector<std::string>{"multi-user.target"});
}

TEST(UnitFile, IsSupervisedByWhatTheDaemonSays) {
  Unit unit = read_unit();
  EXPECT_EQ(unit["Type"], std::vector<std::string>{"notify"});
  EXPECT_EQ(unit["NotifyAccess"], std::vector<std::string>{"main"});
  EXPECT_EQ(unit["Restart"], std::vector<std::string>{"on-failure"});
  EXPECT_EQ(unit["RestartPreventExitStatus"], std::vector<std::string>{"78"});
  ASSERT_EQ(unit["WatchdogSec"].size(), 1U);
  EXPECT_GE(std::stoi(unit["WatchdogSec"][0]), 30);
}

TEST(UnitFile, GivesTheDaemonLongerToStopThanItTakesItself) {
  Unit unit = read_unit();
  ASSERT_EQ(unit["TimeoutStopSec"].size(), 1U);
  const std::chrono::seconds timeout{std::stoi(unit["TimeoutStopSec"][0])};
  EXPECT_GE(timeout, config::DaemonConfig{}.stop_deadline + std::chrono::seconds{10});
}

TEST(UnitFile, MakesTheFoldersOfTheDefaultConfiguration) {
  Unit unit = read_unit();
  const config::Config defaults;
  ASSERT_EQ(unit["StateDirectory"].size(), 1U);
  ASSERT_EQ(unit["RuntimeDirectory"].size(), 1U);
  EXPECT_EQ("/var/lib/" + unit["StateDirectory"][0], defaults.daemon.state_directory);
  EXPECT_EQ("/run/" + unit["RuntimeDirectory"][0], defaults.daemon.runtime_directory);
}

TEST(UnitFile, KeepsTheSandbox) {
  Unit unit = read_unit();
  const std::vector<std::pair<std::string, std::string>> required{
      {"NoNewPrivileges", "yes"},
      {"CapabilityBoundingSet", ""},
      {"ProtectSystem", "strict"},
      {"ProtectHome", "yes"},
      {"PrivateTmp", "yes"},
      {"PrivateUsers", "yes"},
      {"ProtectKernelTunables", "yes"},
      {"ProtectKernelModules", "yes"},
      {"ProtectKernelLogs", "yes"},
      {"ProtectControlGroups", "yes"},
      {"RestrictSUIDSGID", "yes"},
      {"RestrictNamespaces", "yes"},
      {"LockPersonality", "yes"},
      {"DevicePolicy", "closed"},
      {"IPAddressDeny", "any"},
      {"SystemCallArchitectures", "native"},
      {"SystemCallFilter", "@system-service"}};
  for (const auto& [directive, value] : required) {
    EXPECT_THAT(unit[directive], Contains(value)) << directive;
  }
}

TEST(UnitFile, LetsTheDaemonWork) {
  Unit unit = read_unit();
  for (const char* forbidden : {"MemoryDenyWriteExecute",
                                "PrivateDevices",
                                "ProtectClock",
                                "ProcSubset",
                                "DynamicUser",
                                "PrivateNetwork",
                                "RootDirectory"}) {
    EXPECT_FALSE(unit.contains(forbidden)) << forbidden;
  }
  EXPECT_THAT(unit["RestrictAddressFamilies"], Each(HasSubstr("AF_UNIX")));  // sd_notify
  EXPECT_THAT(unit["RestrictAddressFamilies"], Each(HasSubstr("AF_INET")));
  EXPECT_THAT(unit["DeviceAllow"], Contains(StartsWith("char-nvidia")));
  // Calls outside the filter fail; a kill would take the daemon down over a scheduling hint.
  EXPECT_EQ(unit["SystemCallErrorNumber"], std::vector<std::string>{"EPERM"});
}

}  // namespace
}  // namespace geod
