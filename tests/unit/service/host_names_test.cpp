#include "service/host_names.hpp"

#include <gtest/gtest.h>

namespace geod::service {
namespace {

TEST(HostNames, AddressesInDigitsAndLocalhostAreAllowedOnAnyPort) {
  const HostNames hosts({});
  EXPECT_EQ(hosts.base_url("127.0.0.1:8080"), "http://127.0.0.1:8080");
  EXPECT_EQ(hosts.base_url("10.1.2.3"), "http://10.1.2.3");
  EXPECT_EQ(hosts.base_url("[::1]:80"), "http://[::1]:80");
  EXPECT_EQ(hosts.base_url("LocalHost:8080"), "http://localhost:8080");
}

TEST(HostNames, OtherNamesMustBeConfigured) {
  const HostNames hosts({"quakes.example.org", "lab:9000", "https://tls.example.org"});
  EXPECT_EQ(hosts.base_url("quakes.example.org"), "http://quakes.example.org");
  EXPECT_EQ(hosts.base_url("quakes.example.org:8080"), "http://quakes.example.org:8080");
  EXPECT_EQ(hosts.base_url("lab:9000"), "http://lab:9000");
  EXPECT_EQ(hosts.base_url("tls.example.org"), "https://tls.example.org");
  for (const char* host : {"evil.example.org",
                           "lab",
                           "lab:9001",
                           "quakes.example.org.evil.org",
                           "quakes.example.org:",
                           "quakes.example.org:1x",
                           ""}) {
    EXPECT_FALSE(hosts.base_url(host)) << host;
  }
}

TEST(HostNames, NothingThatIsNoHostPasses) {
  const HostNames hosts({});
  for (const char* host : {"localhost/",
                           "localhost:80/x",
                           "127.0.0.1\"><script>",
                           "[::1",
                           "[]:80",
                           "[::1]x",
                           "1.2.3",
                           "a@localhost"}) {
    EXPECT_FALSE(hosts.base_url(host)) << host;
  }
  EXPECT_FALSE(hosts.base_url(std::string(1000, 'a')));
  using namespace std::string_view_literals;
  EXPECT_FALSE(hosts.base_url("127.0.0.1\0\"><script>"sv));
  EXPECT_FALSE(hosts.base_url("[::1\0\"><script>]:80"sv));
}

}  // namespace
}  // namespace geod::service
