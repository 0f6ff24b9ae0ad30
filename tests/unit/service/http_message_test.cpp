#include "service/http_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::service {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(HttpMessage, TakesPathAndParametersApart) {
  const auto request =
      parse_target("/fdsnws/station/1/query?net=CI&loc=--&net=N%41&start=2019-07-04+17:00");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, "/fdsnws/station/1/query");
  EXPECT_THAT(request->parameters,
              ElementsAre(Pair("net", "CI"),
                          Pair("loc", "--"),
                          Pair("net", "NA"),
                          Pair("start", "2019-07-04 17:00")));
}

TEST(HttpMessage, AParameterWithoutAValueIsEmpty) {
  const auto request = parse_target("/a?b&c=&&d==");
  ASSERT_TRUE(request);
  EXPECT_THAT(request->parameters, ElementsAre(Pair("b", ""), Pair("c", ""), Pair("d", "=")));
}

TEST(HttpMessage, ABrokenCodeIsAFault) {
  for (const char* target :
       {"/a%", "/a%4", "/a%zz", "/a%00b", "/a?b=%f", "/a?%0=c", "a", "", "?a=b"}) {
    const auto request = parse_target(target);
    ASSERT_FALSE(request) << target;
    EXPECT_EQ(request.error().code, Errc::kProtocol);
  }
}

TEST(HttpMessage, ParametersAreBounded) {
  std::string target = "/a?b=c";
  for (int i = 0; i < 1000; ++i) {
    target += "&b=c";
  }
  EXPECT_FALSE(parse_target(target));
}

TEST(HttpMessage, GzipIsAcceptedOnlyWhereItIsSaid) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("deflate, gzip;q=0.5"));
  EXPECT_TRUE(accepts_gzip("br , x-gzip"));
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_FALSE(accepts_gzip(""));
  EXPECT_FALSE(accepts_gzip("deflate, br"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip; q=0.000"));
}

}  // namespace
}  // namespace geod::service
