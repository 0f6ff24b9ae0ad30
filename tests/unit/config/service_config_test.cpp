#include "config/service_config.hpp"

#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.hpp"
#include "config/validate.hpp"

namespace geod::config {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> faults_of(const ServiceConfig& service) {
  Config config;
  config.service = service;
  std::vector<std::string> keys;
  for (const Fault& fault : validate(config)) {
    keys.push_back(fault.key);
  }
  return keys;
}

TEST(ServiceConfig, ListensOnAddressesOfBothKinds) {
  for (const auto& [text, host, port] :
       std::vector<std::tuple<const char*, const char*, int>>{{"127.0.0.1:8080", "127.0.0.1", 8080},
                                                              {"localhost:0", "127.0.0.1", 0},
                                                              {"*:80", "0.0.0.0", 80},
                                                              {"[::1]:65535", "::1", 65535}}) {
    const auto address = parse_listen(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->host, host);
    EXPECT_EQ(address->port, port);
  }
}

TEST(ServiceConfig, WhatIsNoAddressIsAFault) {
  for (const char* text : {"",
                           "8080",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:x",
                           "127.0.0.1:65536",
                           "::1:80",
                           "[::1]",
                           "[127.0.0.1]:80",
                           "geod.example.org:80",
                           "tcp://127.0.0.1:80"}) {
    EXPECT_FALSE(parse_listen(text)) << text;
    ServiceConfig service;
    service.listen = text;
    EXPECT_EQ(faults_of(service), std::vector<std::string>{"service.listen"}) << text;
  }
}

TEST(ServiceConfig, NamesMayTellPortAndTls) {
  const auto plain = parse_public_host("Quakes.Example.org:8080");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->authority, "quakes.example.org:8080");
  EXPECT_FALSE(plain->is_https);
  const auto secure = parse_public_host("https://quakes.example.org");
  ASSERT_TRUE(secure);
  EXPECT_EQ(secure->authority, "quakes.example.org");
  EXPECT_TRUE(secure->is_https);
}

TEST(ServiceConfig, NamesThatMisleadObspyAreRefused) {
  for (const char* name : {"event.example.org", "station-server", "mydataselect.org"}) {
    const auto host = parse_public_host(name);
    ASSERT_FALSE(host) << name;
    EXPECT_THAT(host.error().what, HasSubstr("ObsPy"));
  }
  for (const char* name : {"", "https://", "a b", "x/y", "ftp://x", "name:port", "name:"}) {
    EXPECT_FALSE(parse_public_host(name)) << name;
  }
  ServiceConfig service;
  service.hosts = {"good.example.org", "bad name"};
  EXPECT_EQ(faults_of(service), std::vector<std::string>{"service.hosts[1]"});
}

TEST(ServiceConfig, EveryOtherFaultIsToldByItsKey) {
  ServiceConfig service;
  service.agency_id = "x y";
  service.publish = "udp://127.0.0.1:1";
  service.max_subscribers = service.max_connections;
  EXPECT_EQ(faults_of(service),
            (std::vector<std::string>{
                "service.agency_id", "service.max_subscribers", "service.publish"}));
  service = {};
  service.agency_id = ".x.";
  EXPECT_EQ(faults_of(service), std::vector<std::string>{"service.agency_id"});
}

}  // namespace
}  // namespace geod::config
