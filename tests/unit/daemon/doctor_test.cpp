#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/doctor_checks.hpp"

namespace geod {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Doctor : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              fmt::format("geod_doctor_{}",
                          ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
};

TEST_F(Doctor, FindsAWritableFolderAndLeavesItEmpty) {
  EXPECT_EQ(check_directory("state_directory", folder_).verdict, Verdict::kOk);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Doctor, WarnsOfAMissingFolderAndFailsOnWhatIsNone) {
  EXPECT_EQ(check_directory("state_directory", folder_ / "none").verdict, Verdict::kWarn);
  std::ofstream(folder_ / "file") << "x";
  const Check check = check_directory("state_directory", folder_ / "file");
  EXPECT_EQ(check.verdict, Verdict::kFail);
  EXPECT_FALSE(check.remedy.empty());
}

TEST_F(Doctor, JudgesDiskSpace) {
  EXPECT_EQ(judge_disk_space("/", 100ULL << 30).verdict, Verdict::kOk);
  EXPECT_EQ(judge_disk_space("/", 1ULL << 30).verdict, Verdict::kWarn);
  EXPECT_EQ(judge_disk_space("/", 1ULL << 20).verdict, Verdict::kFail);
  EXPECT_THAT(check_disk_space(folder_ / "not" / "yet").finding, HasSubstr(folder_.string()));
}

TEST_F(Doctor, TakesAMissingDatabaseForAFreshOne) {
  EXPECT_EQ(check_database(folder_ / "geod.sqlite").verdict, Verdict::kOk);
}

TEST_F(Doctor, FailsOnAFileThatIsNoDatabase) {
  std::ofstream(folder_ / "geod.sqlite") << std::string(8192, 'x');
  const Check check = check_database(folder_ / "geod.sqlite");
  EXPECT_EQ(check.verdict, Verdict::kFail);
  EXPECT_THAT(check.finding, HasSubstr("geod.sqlite"));
  EXPECT_THAT(check.remedy, HasSubstr("backup"));
}

/// A TCP port of this host that somebody else holds.
class BusyPort {
 public:
  BusyPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    is_listening_ = bind(fd_, generic, length) == 0 && listen(fd_, 1) == 0 &&
                    getsockname(fd_, generic, &length) == 0;
    port_ = ntohs(address.sin_port);
  }
  ~BusyPort() { close(fd_); }
  BusyPort(const BusyPort&) = delete;
  BusyPort& operator=(const BusyPort&) = delete;

  bool is_listening() const { return is_listening_; }
  std::string address() const { return fmt::format("tcp://127.0.0.1:{}", port_); }

 private:
  int fd_;
  bool is_listening_ = false;
  int port_ = 0;
};

config::StreamsConfig listening_at(const std::string& address) {
  config::StreamsConfig streams;
  streams.endpoints.resize(1);
  streams.endpoints[0].name = "main";
  streams.endpoints[0].endpoint = address;
  return streams;
}

TEST_F(Doctor, FindsAFreePort) {
  const auto checks = check_endpoints(listening_at("tcp://127.0.0.1:*"), false);
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks[0].verdict, Verdict::kOk) << checks[0].finding;
}

TEST_F(Doctor, FailsOnABusyPortUnlessItIsTheDaemons) {
  const BusyPort busy;
  ASSERT_TRUE(busy.is_listening());
  const Check check = check_endpoints(listening_at(busy.address()), false).at(0);
  EXPECT_EQ(check.verdict, Verdict::kFail);
  EXPECT_EQ(check.name, "endpoint main");
  EXPECT_THAT(check.finding, HasSubstr(busy.address()));
  EXPECT_EQ(check_endpoints(listening_at(busy.address()), true).at(0).verdict, Verdict::kOk);
}

TEST_F(Doctor, FailsOnAnAddressThatIsNotOfThisHost) {
  // 192.0.2.0/24 is reserved for documentation (RFC 5737).
  EXPECT_EQ(check_endpoints(listening_at("tcp://192.0.2.1:15555"), false).at(0).verdict,
            Verdict::kFail);
}

TEST_F(Doctor, LooksAtTheFolderOfAnIpcEndpointAndLeavesTheSocketAlone) {
  std::ofstream(folder_ / "ingest") << "in use";
  const Check check =
      check_endpoints(listening_at("ipc://" + (folder_ / "ingest").string()), false).at(0);
  EXPECT_EQ(check.verdict, Verdict::kOk) << check.finding;
  EXPECT_EQ(fs::file_size(folder_ / "ingest"), 6U);
}

TEST_F(Doctor, WarnsWhenThereIsNothingToListenTo) {
  EXPECT_EQ(check_endpoints({}, false).at(0).verdict, Verdict::kWarn);
}

TEST_F(Doctor, LooksAtTheAddressesOfTheService) {
  config::ServiceConfig service;
  EXPECT_TRUE(check_service(service, false).empty()) << "it is switched off";
  service.enabled = true;
  service.listen = "127.0.0.1:0";
  service.publish = "tcp://127.0.0.1:*";
  for (const Check& check : check_service(service, false)) {
    EXPECT_EQ(check.verdict, Verdict::kOk) << check.finding;
  }
  const BusyPort busy;
  ASSERT_TRUE(busy.is_listening());
  service.listen = busy.address().substr(std::string("tcp://").size());
  service.publish = busy.address();
  const auto checks = check_service(service, false);
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(checks[0].verdict, Verdict::kFail);
  EXPECT_THAT(checks[0].finding, HasSubstr(service.listen));
  EXPECT_THAT(checks[0].remedy, HasSubstr("change service.listen"));
  EXPECT_EQ(checks[1].verdict, Verdict::kFail);
  EXPECT_THAT(checks[1].remedy, HasSubstr("change service.publish"));
  for (const Check& check : check_service(service, true)) {
    EXPECT_EQ(check.verdict, Verdict::kOk) << "the running daemon has it";
  }
}

TEST_F(Doctor, LooksAtTheFolderOfAnIpcPublisher) {
  config::ServiceConfig service;
  service.enabled = true;
  service.listen = "127.0.0.1:0";
  service.publish = "ipc://" + (folder_ / "absent" / "feed").string();
  const auto checks = check_service(service, false);
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(checks[1].name, "service.publish");
  EXPECT_EQ(checks[1].verdict, Verdict::kWarn) << checks[1].finding;
}

TEST_F(Doctor, JudgesTheClock) {
  EXPECT_EQ(judge_clock(true, 1'000).verdict, Verdict::kOk);
  EXPECT_EQ(judge_clock(true, 500'000).verdict, Verdict::kWarn);
  EXPECT_EQ(judge_clock(false, 1'000).verdict, Verdict::kWarn);
  EXPECT_NE(check_clock().verdict, Verdict::kFail);
}

TEST_F(Doctor, ReportsAModelFolderWithoutAManifest) {
  std::optional<models::Manifest> manifest;
  const Check check = check_model(folder_, manifest);
  EXPECT_EQ(check.verdict, Verdict::kFail);
  EXPECT_FALSE(manifest.has_value());
}

TEST_F(Doctor, ReportsWeightsThatAreNotTheManifests) {
  models::Manifest manifest;
  manifest.name = "test";
  manifest.version = "1";
  manifest.weights_sha256 = std::string(64, '0');
  manifest.provenance_json = "{}";
  ASSERT_TRUE(models::save_manifest(folder_, manifest).has_value());
  std::optional<models::Manifest> loaded;
  EXPECT_EQ(check_model(folder_, loaded).verdict, Verdict::kFail);
  std::ofstream(folder_ / "model.safetensors") << "abc";
  EXPECT_THAT(check_model(folder_, loaded).finding,
              HasSubstr("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  EXPECT_FALSE(loaded.has_value());

  // FIPS 180-4: the hash of "abc".
  manifest.weights_sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  ASSERT_TRUE(models::save_manifest(folder_, manifest).has_value());
  EXPECT_EQ(check_model(folder_, loaded).verdict, Verdict::kOk);
  EXPECT_TRUE(loaded.has_value());
}

TEST_F(Doctor, CountsTheStationsThatAHostCarries) {
  models::Manifest manifest;
  manifest.geometry.sampling_rate = SampleRate::make(100).value();
  manifest.picks.hop_samples = 1000;  // a window each 10 s and station
  EXPECT_DOUBLE_EQ(stations_carried(20.0, manifest), 200.0);
  models::EngineInfo info;
  info.windows_per_s = 20.0;
  EXPECT_THAT(judge_capacity(info, manifest).finding, HasSubstr("200 three-component stations"));
  info.windows_per_s = 0.05;
  EXPECT_EQ(judge_capacity(info, manifest).verdict, Verdict::kFail);
}

TEST_F(Doctor, BoundsTheMemoryByTheConfiguration) {
  config::Config config;
  const models::Manifest manifest;
  const std::uint64_t small = memory_bound_bytes(config, manifest, 10.0);
  config.daemon.window_queue_bytes += 1ULL << 30;
  EXPECT_EQ(memory_bound_bytes(config, manifest, 10.0), small + (1ULL << 30));
  config.fibres.queue_bytes += 1ULL << 29;
  EXPECT_EQ(memory_bound_bytes(config, manifest, 10.0), small + (3ULL << 29));
  EXPECT_GT(memory_bound_bytes(config, manifest, 20.0), memory_bound_bytes(config, manifest, 10.0));
  EXPECT_EQ(judge_memory(1ULL << 30, 8ULL << 30, 10.0).verdict, Verdict::kOk);
  EXPECT_EQ(judge_memory(7ULL << 30, 8ULL << 30, 10.0).verdict, Verdict::kWarn);
}

}  // namespace
}  // namespace geod
