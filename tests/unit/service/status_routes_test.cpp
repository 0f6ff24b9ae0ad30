#include "service/status_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace geod::service {
namespace {

class StatusRoutes : public ::testing::Test {
 protected:
  void SetUp() override {
    add_status_routes(
        router_,
        {[] {
           return std::vector<Metric>{
               {"geod_commits_total", "Commits.", Metric::Kind::kCounter, {{4.0}}}};
         },
         [this] { return checks_; },
         [] {
           return std::vector<std::pair<std::string, std::string>>{{"version", "1.2.3"}};
         }});
  }
  HttpResponse get(const std::string& path) const {
    const Route* route = router_.find(path);
    EXPECT_NE(route, nullptr) << path;
    EXPECT_TRUE(route->is_quick) << path;
    return route->answer({});
  }

  std::vector<HealthCheck> checks_{{"ingest", true, "running"}, {"database", true, "commits"}};
  Router router_;
};

TEST_F(StatusRoutes, IsReadyOnlyWhenEveryCheckIsWell) {
  HttpResponse response = get("/readyz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(nlohmann::json::parse(response.body)["ready"], true);
  checks_[1] = {"database", false, "disk is full"};
  response = get("/readyz");
  EXPECT_EQ(response.status, 503);
  const auto json = nlohmann::json::parse(response.body);
  EXPECT_EQ(json["ready"], false);
  EXPECT_EQ(json["checks"]["ingest"]["healthy"], true);
  EXPECT_EQ(json["checks"]["database"]["detail"], "disk is full");
}

TEST_F(StatusRoutes, IsAliveWhateverTheChecksSay) {
  checks_[0].is_healthy = false;
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(StatusRoutes, TellsMetricsInTheFormatOfPrometheus) {
  const HttpResponse response = get("/metrics");
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(response.body, ::testing::HasSubstr("\ngeod_commits_total 4\n"));
}

TEST_F(StatusRoutes, TellsTheVersion) {
  EXPECT_EQ(nlohmann::json::parse(get("/version").body)["version"], "1.2.3");
}

}  // namespace
}  // namespace geod::service
