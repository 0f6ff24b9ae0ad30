#include "daemon/sd_notify.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace geod {
namespace {

/// Stands in for systemd: a datagram socket in the abstract namespace.
class FakeSystemd {
 public:
  FakeSystemd() : name_(fmt::format("@geod-test-{}", getpid())) {
    fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    is_bound_ = bind(fd_, reinterpret_cast<const sockaddr*>(&address), length) == 0;
  }
  ~FakeSystemd() { close(fd_); }
  FakeSystemd(const FakeSystemd&) = delete;
  FakeSystemd& operator=(const FakeSystemd&) = delete;

  bool is_bound() const { return is_bound_; }
  const std::string& name() const { return name_; }

  /// The next message, or "" when none has arrived.
  std::string next() {
    std::array<char, 4096> buffer{};
    const ssize_t bytes = recv(fd_, buffer.data(), buffer.size(), 0);
    return bytes > 0 ? std::string(buffer.data(), static_cast<std::size_t>(bytes)) : "";
  }

 private:
  std::string name_;
  int fd_ = -1;
  bool is_bound_ = false;
};

class SdNotifyTest : public ::testing::Test {
 protected:
  void TearDown() override {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
  }
};

TEST_F(SdNotifyTest, SendsEachMessageAsOneDatagram) {
  FakeSystemd systemd;
  ASSERT_TRUE(systemd.is_bound());
  setenv("NOTIFY_SOCKET", systemd.name().c_str(), 1);
  SdNotify notify = SdNotify::from_environment();
  notify.ready();
  EXPECT_EQ(systemd.next(), "READY=1");
  notify.reloading();
  EXPECT_EQ(systemd.next(), "RELOADING=1");
  notify.watchdog();
  EXPECT_EQ(systemd.next(), "WATCHDOG=1");
  notify.extend_timeout(std::chrono::seconds{30});
  EXPECT_EQ(systemd.next(), "EXTEND_TIMEOUT_USEC=30000000");
  notify.stopping();
  EXPECT_EQ(systemd.next(), "STOPPING=1");
  EXPECT_EQ(systemd.next(), "");
}

TEST_F(SdNotifyTest, AStatusStaysOneVariable) {
  FakeSystemd systemd;
  ASSERT_TRUE(systemd.is_bound());
  SdNotify notify(systemd.name());
  notify.status("six stations\nREADY=1");
  EXPECT_EQ(systemd.next(), "STATUS=six stations READY=1");
}

TEST_F(SdNotifyTest, WithoutASocketMessagesAreDropped) {
  for (const char* path : {"", "@", "relative", "/nonexistent/notify"}) {
    SdNotify notify(path);
    notify.ready();
    notify.status("x");
  }
  SdNotify too_long(std::string(200, '/'));
  too_long.ready();
}

TEST_F(SdNotifyTest, AFullSocketDoesNotBlock) {
  FakeSystemd systemd;
  ASSERT_TRUE(systemd.is_bound());
  SdNotify notify(systemd.name());
  for (int i = 0; i < 100'000; ++i) {
    notify.watchdog();
  }
  EXPECT_EQ(systemd.next(), "WATCHDOG=1");
}

TEST_F(SdNotifyTest, AMovedFromObjectIsSilent) {
  FakeSystemd systemd;
  ASSERT_TRUE(systemd.is_bound());
  SdNotify first(systemd.name());
  SdNotify second(std::move(first));
  second.ready();
  EXPECT_EQ(systemd.next(), "READY=1");
}

TEST_F(SdNotifyTest, TheWatchdogCountsOnlyForThisProcess) {
  setenv("WATCHDOG_USEC", "60000000", 1);
  EXPECT_EQ(SdNotify::from_environment().watchdog_interval(), std::chrono::seconds{60});
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  EXPECT_EQ(SdNotify::from_environment().watchdog_interval(), std::chrono::seconds{60});
  setenv("WATCHDOG_PID", std::to_string(getpid() + 1).c_str(), 1);
  EXPECT_EQ(SdNotify::from_environment().watchdog_interval(), std::nullopt);
  unsetenv("WATCHDOG_PID");
  for (const char* bad : {"", "0", "-5", "60s"}) {
    setenv("WATCHDOG_USEC", bad, 1);
    EXPECT_EQ(SdNotify::from_environment().watchdog_interval(), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace geod
