#include "config/endpoint.hpp"

#include <string>

#include <gtest/gtest.h>

namespace geod::config {
namespace {

TEST(Endpoint, TakesTcpAddressesApart) {
  const auto endpoint = parse_endpoint("tcp://[2001:db8::1]:15555");
  ASSERT_TRUE(endpoint.has_value());
  EXPECT_EQ(endpoint->host, "2001:db8::1");
  EXPECT_EQ(endpoint->port, 15555);
}

TEST(Endpoint, ReadsStarAsAnyHostOrAnyFreePort) {
  const auto endpoint = parse_endpoint("tcp://*:*");
  ASSERT_TRUE(endpoint.has_value());
  EXPECT_EQ(endpoint->host, "*");
  EXPECT_FALSE(endpoint->port.has_value());
}

TEST(Endpoint, KnowsWhatOnlyThisHostReaches) {
  for (const char* text : {"tcp://127.0.0.1:1",
                           "tcp://127.9.9.9:1",
                           "tcp://localhost:1",
                           "tcp://[::1]:1",
                           "tcp://lo:1",
                           "ipc:///run/geod/ingest"}) {
    EXPECT_TRUE(parse_endpoint(text).value().is_local()) << text;
  }
  for (const char* text : {"tcp://*:1",
                           "tcp://0.0.0.0:1",
                           "tcp://eth0:1",
                           "tcp://[::]:1",
                           "tcp://127.0.0.1.example.org:1",
                           "tcp://10.0.0.1:1"}) {
    EXPECT_FALSE(parse_endpoint(text).value().is_local()) << text;
  }
}

TEST(Endpoint, RefusesEverythingElse) {
  const std::string long_path = "ipc:///" + std::string(200, 'x');
  for (const std::string& text : {std::string(""),
                                  std::string("127.0.0.1:15555"),
                                  std::string("tcp://127.0.0.1"),
                                  std::string("tcp://:15555"),
                                  std::string("tcp://host:0"),
                                  std::string("tcp://host:65536"),
                                  std::string("tcp://host:12x"),
                                  std::string("tcp://ho st:1"),
                                  std::string("udp://host:1"),
                                  std::string("inproc://x"),
                                  std::string("ipc://relative"),
                                  std::string("tcp://::1:5"),
                                  long_path}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_FALSE(endpoint.has_value()) << text;
    EXPECT_EQ(endpoint.error().code, Errc::kConfig);
  }
}

}  // namespace
}  // namespace geod::config
