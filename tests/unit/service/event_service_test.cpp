#include "service/event_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "service/event_request.hpp"
#include "tests/support/event_rows.hpp"

namespace geod::service {
namespace {

using std::chrono::seconds;
using storage::kStart;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Four events: at 10 s ML 2.5, at 20 s in two versions, at 30 s withdrawn, at 40 s far away.
class EventService : public storage::StoredEventsTest {
 protected:
  void SetUp() override {
    StoredEventsTest::SetUp();
    const auto picks = storage::make_event_picks(seconds{10});
    EventChange measured = storage::make_change(1, seconds{10}, picks);
    measured.event.magnitudes = storage::make_magnitudes(picks[0]);
    EventChange gone = storage::make_change(3, seconds{30}, picks, 2);
    gone.event.status = EventStatus::kWithdrawn;
    EventChange far = storage::make_change(4, seconds{40}, picks);
    far.event.origin.latitude_deg = -17.0;
    far.event.origin.longitude_deg = 179.5;
    far.event.origin.depth_km = 500.0;
    commit({measured,
            storage::make_change(2, seconds{20}, picks),
            storage::make_change(2, seconds{20}, picks, 2),
            storage::make_change(3, seconds{30}, picks),
            gone,
            far},
           picks);
    pool_.emplace(options_.file);
    add_event_routes(router_, *pool_, {"test.net", 3});
  }
  HttpResponse get(const std::string& target) {
    auto request = *parse_target("/fdsnws/event/1/" + target);
    request.base_url = "http://localhost:8080";
    const Route* route = router_.find(request.path);
    EXPECT_NE(route, nullptr) << target;
    return route->answer(request);
  }
  /// The last digit of the ids, in the order of the answer.
  std::string ids(const std::string& query) {
    HttpResponse response = get("query?format=text&" + query);
    if (response.status != 200) {
      return std::to_string(response.status);
    }
    std::string out;
    std::size_t line = 0;
    while ((line = response.body.find("\n0", line)) != std::string::npos) {
      out += response.body[line + 16];
      ++line;
    }
    return out;
  }

  std::optional<ReaderPool> pool_;
  Router router_;
};

TEST_F(EventService, TellsWhatStandsTheNewestFirst) {
  EXPECT_EQ(ids(""), "421");
  EXPECT_EQ(ids("orderby=time-asc"), "124");
  EXPECT_EQ(ids("orderby=magnitude"), "142") << "without a magnitude below all others";
}

TEST_F(EventService, EveryConditionNarrows) {
  EXPECT_EQ(ids("start=2019-07-04T17:00:15"), "42");
  EXPECT_EQ(ids("end=2019-07-04T17:00:20"), "21") << "the end counts in";
  EXPECT_EQ(ids("minlat=30&maxlat=40&minlon=-120&maxlon=-110"), "21");
  EXPECT_EQ(ids("minlon=170&maxlon=-170"), "4");
  EXPECT_EQ(ids("lat=-17&lon=-179.5&maxradius=2"), "4");
  EXPECT_EQ(ids("lat=-17&lon=-179.5&minradius=2"), "21");
  EXPECT_EQ(ids("mindepth=100"), "4");
  EXPECT_EQ(ids("maxdepth=100"), "21");
  EXPECT_EQ(ids("minmag=2"), "1");
  EXPECT_EQ(ids("maxmag=2"), "204");
  EXPECT_EQ(ids("minmag=2&magtype=ML"), "1");
  EXPECT_EQ(ids("minmag=2&magtype=Mw"), "204");
  EXPECT_EQ(ids("catalog=geod&contributor=test.net"), "421");
  EXPECT_EQ(ids("catalog=other"), "204");
  EXPECT_EQ(ids("contributor=other"), "204");
  EXPECT_EQ(ids("eventtype=quarry%20blast"), "204");
  EXPECT_EQ(ids("start=2030-01-01&nodata=404"), "404");
}

TEST_F(EventService, LimitAndOffsetGivePages) {
  EXPECT_EQ(ids("limit=2"), "42");
  EXPECT_EQ(ids("limit=2&offset=3"), "1");
  EXPECT_EQ(ids("offset=4"), "204");
}

TEST_F(EventService, EventsAreFoundByTheirIdsAlsoWithdrawnOnes) {
  EXPECT_EQ(ids("eventid=0000000000000002"), "2");
  EXPECT_EQ(ids("eventid=0000000000000003"), "3");
  EXPECT_EQ(ids("eventid=smi:test.net/event/0000000000000001"), "1");
  EXPECT_EQ(ids("eventid=00000000000000ff"), "204");
}

TEST_F(EventService, WhoAsksForChangesIsToldOfWithdrawals) {
  EXPECT_EQ(get("query?format=text&updatedafter=2000-01-01").status, 413) << "four, of three";
  EXPECT_EQ(ids("updatedafter=2000-01-01&maxdepth=100"), "321");
  EXPECT_EQ(ids("updatedafter=2100-01-01"), "204");
}

TEST_F(EventService, TooManyEventsAreRefused) {
  const auto picks = storage::make_event_picks(seconds{10});
  commit({storage::make_change(5, seconds{50}, picks)}, {});
  const HttpResponse response = get("query");
  EXPECT_EQ(response.status, 413);
  EXPECT_THAT(response.body, HasSubstr("Error 413: Request Too Large\n\nMore than 3 events"));
  EXPECT_EQ(ids("limit=3"), "542");
}

TEST_F(EventService, QuakemlHasWhatIsAskedFor) {
  HttpResponse response = get("query?eventid=0000000000000001");
  EXPECT_EQ(response.content_type, "application/xml");
  EXPECT_THAT(response.body, HasSubstr("<stationMagnitude "));
  EXPECT_THAT(response.body, Not(HasSubstr("<arrival ")));
  response = get("query?eventid=0000000000000001&includearrivals=true");
  EXPECT_THAT(response.body, HasSubstr("<arrival "));
  EXPECT_THAT(response.body, HasSubstr("<pick "));
  const auto origins = [this](const std::string& query) {
    const std::string body = get(query).body;
    std::size_t count = 0;
    for (std::size_t at = 0; (at = body.find("<origin ", at)) != std::string::npos; ++at) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(origins("query?eventid=0000000000000002"), 1U);
  EXPECT_EQ(origins("query?eventid=0000000000000002&includeallorigins=true"), 2U);
}

TEST_F(EventService, GeojsonIsOneCollection) {
  for (const char* format : {"json", "geojson"}) {
    const HttpResponse response = get(std::string("query?format=") + format);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(nlohmann::json::parse(response.body)["features"].size(), 3U);
  }
}

TEST_F(EventService, AnAnswerOfManyEventsComesInPieces) {
  Router large;
  add_event_routes(large, *pool_, {"test.net", 1000});
  const auto picks = storage::make_event_picks(seconds{10});
  std::vector<EventChange> changes;
  for (std::uint64_t id = 100; id < 400; ++id) {
    changes.push_back(storage::make_change(id, std::chrono::milliseconds{10'000 + id}, picks));
  }
  ASSERT_EQ(commit(changes, {}).first_refusal, "");
  HttpResponse response = large.find("/fdsnws/event/1/query")
                              ->answer(*parse_target("/fdsnws/event/1/query?format=text"));
  ASSERT_NE(response.more, nullptr) << response.status << response.body.substr(0, 300);
  std::string body = response.body;
  while (true) {
    auto piece = response.more->next();
    ASSERT_TRUE(piece) << piece.error().what;
    if (!*piece) {
      break;
    }
    EXPECT_FALSE((*piece)->empty());
    body += **piece;
  }
  EXPECT_EQ(std::count(body.begin(), body.end(), '\n'), 304);
}

TEST_F(EventService, FaultsAreTold) {
  for (const char* query : {"minlat=x",
                            "orderby=size",
                            "format=pdf",
                            "limit=0",
                            "offset=0",
                            "start=2020-01-02&end=2020-01-01",
                            "minlat=2&maxlat=1",
                            "minradius=-1",
                            "includearrivals=maybe",
                            "nodata=200",
                            "planet=mars"}) {
    EXPECT_EQ(get(std::string("query?") + query).status, 400) << query;
  }
}

TEST_F(EventService, ADatabaseThatCannotBeReadIs503) {
  Router broken;
  ReaderPool nowhere(folder_ / "absent.sqlite");
  add_event_routes(broken, nowhere, {"test.net", 3});
  const HttpResponse response =
      broken.find("/fdsnws/event/1/query")->answer(*parse_target("/fdsnws/event/1/query"));
  EXPECT_EQ(response.status, 503);
}

TEST_F(EventService, DescribesItself) {
  EXPECT_EQ(get("catalogs").body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Catalogs>\n  "
            "<Catalog>geod</Catalog>\n</Catalogs>\n");
  EXPECT_THAT(get("contributors").body, HasSubstr("<Contributor>test.net</Contributor>"));
  const std::string wadl = get("application.wadl").body;
  for (const ParameterInfo& info : event_parameters()) {
    EXPECT_THAT(wadl, HasSubstr("name=\"" + std::string(info.name) + "\""));
  }
  EXPECT_EQ(get("version").body, "1.2.0\n");
}

}  // namespace
}  // namespace geod::service
