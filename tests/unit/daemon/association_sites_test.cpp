#include "daemon/association_sites.hpp"

#include <gmock/gmock.h>

#include "catalog/inventory_csv.hpp"
#include "daemon/association_picks.hpp"
#include "daemon/doctor_checks.hpp"

namespace geod {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

const StationId kFixed{"XX", "FIXED"};
const StationId kMoved{"XX", "MOVED"};
const StationId kUnknown{"XX", "UNKNOWN"};

Time day(int number) {
  return Time{std::chrono::days{18'000 + number}};
}

std::shared_ptr<const Places> places() {
  Places places;
  places.inventory = *catalog::parse_inventory_csv(
      "network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end\n"
      "XX,FIXED,,,35.0,-117.0,100,,,\n"
      "XX,MOVED,,,35.1,-117.0,100,,," +
          to_iso(day(10)) +
          "\n"
          "XX,MOVED,,,35.2,-117.0,100,20," +
          to_iso(day(10)) + ",\n",
      "stations.csv");
  places.fibres.emplace("XX.CABLE1",
                        *catalog::FibrePositions::make(
                            {{0, {35.0, -117.0, 0.0, 0.0}}, {1000, {35.0, -116.9, 0.0, 0.0}}}));
  return std::make_shared<const Places>(std::move(places));
}

class AssociationSitesTest : public ::testing::Test {
 protected:
  void SetUp() override { sites_.take_up(places()); }
  AssociationSites sites_;
};

TEST_F(AssociationSitesTest, WhoIsNotHeardIsNoSite) {
  EXPECT_THAT(sites_.in_force(Time::min(), day(5)), IsEmpty());
  EXPECT_TRUE(sites_.hear(kFixed, day(5)));
  EXPECT_FALSE(sites_.hear(kFixed, day(6)));
  const auto in_force = sites_.in_force(day(4), day(6));
  ASSERT_THAT(in_force, SizeIs(1));
  EXPECT_EQ(in_force[0].latitude_deg, 35.0);
  EXPECT_EQ(in_force[0].elevation_km, 0.1);
  EXPECT_THAT(sites_.in_force(day(7), day(8)), IsEmpty());
}

TEST_F(AssociationSitesTest, AStationHasTheDelaysThatItsOperatorGives) {
  AssociationSites sites({{"XX.FIXED", {0.0, 0.25, -1.0}}});
  sites.take_up(places());
  sites.hear(kFixed, day(5));
  sites.hear(kMoved, day(5));
  const auto in_force = sites.in_force(day(4), day(6));
  ASSERT_THAT(in_force, SizeIs(2));
  EXPECT_EQ(in_force[0].p_delay_s, 0.25);
  EXPECT_EQ(in_force[0].s_delay_s, -1.0);
  EXPECT_EQ(in_force[1].p_delay_s, 0.0);
}

TEST_F(AssociationSitesTest, AStationThatWasMovedIsASiteWhereItWasAtTheTimeOfItsPicks) {
  sites_.hear(kMoved, day(10));
  EXPECT_THAT(sites_.in_force(day(8), day(9)), SizeIs(1));
  EXPECT_THAT(sites_.in_force(day(9), day(11)), SizeIs(2));
  EXPECT_NE(sites_.site_of(kMoved, day(9)), sites_.site_of(kMoved, day(10)));
  const auto in_force = sites_.in_force(day(10), day(11));
  ASSERT_THAT(in_force, SizeIs(1));
  EXPECT_EQ(in_force[0].latitude_deg, 35.2);
  EXPECT_EQ(in_force[0].elevation_km, 0.1) << "of the sensor, whatever lies above it";
  EXPECT_EQ(in_force[0].key, sites_.site_of(kMoved, day(10)));
}

TEST_F(AssociationSitesTest, NamesWhatIsHeardWithoutAPlace) {
  sites_.hear(kFixed, day(5));
  sites_.hear(kUnknown, day(5));
  sites_.hear_fibre("XX.CABLE1", day(5));
  sites_.hear_fibre("XX.CABLE2", day(5));
  EXPECT_THAT(sites_.stations_without_place(day(4)), ElementsAre("XX.UNKNOWN"));
  EXPECT_THAT(sites_.fibres_without_place(day(4)), ElementsAre("XX.CABLE2"));
  EXPECT_FALSE(sites_.site_of(kUnknown, day(5)));
}

TEST_F(AssociationSitesTest, APickOnAFibreIsOfTheNearestOfItsSites) {
  sites_.hear_fibre("XX.CABLE1", day(5));
  const auto in_force = sites_.in_force(day(4), day(6));
  // 9.13 km in steps of half a kilometre, and the last channel.
  EXPECT_THAT(in_force, SizeIs(20));
  for (const catalog::AssociationSite& site : in_force) {
    EXPECT_EQ(site.fibre_id, "XX.CABLE1");
  }
  EXPECT_EQ(sites_.site_of("XX.CABLE1", 20, day(5)), "XX.CABLE1:0@35.00000,-117.00000,0.0");
  EXPECT_EQ(sites_.site_of("XX.CABLE1", 999, day(5)), "XX.CABLE1:1000@35.00000,-116.90000,0.0");
  EXPECT_FALSE(sites_.site_of("XX.CABLE1", 1001, day(5)));
  EXPECT_FALSE(sites_.site_of("XX.CABLE2", 0, day(5)));
}

/// A fibre along a circle of latitude, from `from` on.
FibrePlacesChange told(const std::string& fibre_id, Time from, double latitude_deg) {
  return {fibre_id, from, {{0, latitude_deg, -117.0, 0.0}, {100, latitude_deg, -116.995, 0.0}}};
}

TEST_F(AssociationSitesTest, AFibreLiesWhereItsPublisherToldAtTheTime) {
  sites_.hear_fibre("XX.CABLE2", day(20));
  EXPECT_THAT(sites_.in_force(day(1), day(20)), IsEmpty());
  sites_.take_up_told(
      std::vector{told("XX.CABLE2", day(10), 36.0), told("XX.CABLE2", day(15), 37.0)});
  const std::string first = "XX.CABLE2:0@36.00000,-117.00000,0.0";
  const std::string second = "XX.CABLE2:0@37.00000,-117.00000,0.0";
  EXPECT_EQ(sites_.site_of("XX.CABLE2", 0, day(9)), first) << "what was told first holds before";
  EXPECT_EQ(sites_.site_of("XX.CABLE2", 0, day(14)), first);
  EXPECT_EQ(sites_.site_of("XX.CABLE2", 0, day(15)), second);
  const auto keys = [this](int since, int to) {
    std::vector<std::string> all;
    for (const auto& site : sites_.in_force(day(since), day(to))) {
      if (site.key.find(":0@") != std::string::npos) {
        all.push_back(site.key);
      }
    }
    return all;
  };
  EXPECT_THAT(keys(1, 5), ElementsAre(first));
  EXPECT_THAT(keys(11, 14), ElementsAre(first));
  EXPECT_THAT(keys(11, 15), ElementsAre(first, second));
  EXPECT_THAT(keys(15, 20), ElementsAre(second));
  EXPECT_THAT(sites_.fibres_without_place(day(1)), IsEmpty());
}

TEST_F(AssociationSitesTest, AFileOfTheConfigurationGoesBeforeThePublisher) {
  sites_.hear_fibre("XX.CABLE1", day(5));
  sites_.hear_fibre("XX.CABLE2", day(5));
  sites_.take_up_told(
      std::vector{told("XX.CABLE1", day(1), 36.0), told("XX.CABLE2", day(1), 36.0)});
  EXPECT_EQ(sites_.site_of("XX.CABLE1", 0, day(5)), "XX.CABLE1:0@35.00000,-117.00000,0.0");
  EXPECT_THAT(sites_.sources_of_fibres(day(1)),
              ElementsAre(Pair("XX.CABLE1", "catalog.fibres"), Pair("XX.CABLE2", "publisher")));
}

TEST_F(AssociationSitesTest, AnEstimateFollowsItsPick) {
  AssociationPicks picks(sites_);
  Pick pick;
  pick.pick_id = "00c0ffee00c0ffee";
  pick.instrument = {"XX", "FIXED", "", "H", "H"};
  pick.time = day(5);
  pick.uncertainty_s = 0.1;
  pick.probability = 0.8;
  picks.add(pick);
  ASSERT_THAT(picks.take(), SizeIs(1));
  Estimate estimate;
  estimate.pick_id = pick.pick_id;
  estimate.value = BackAzimuthEstimate{120.0, 15.0};
  picks.add(estimate);
  estimate.value = PolarityEstimate{0.9};
  picks.add(estimate);
  estimate.value = DistanceEstimate{30.0, 5.0};
  picks.add(estimate);
  estimate.pick_id = "0000000000000000";
  picks.add(estimate);
  picks.add(pick);  // again, from the store
  const auto taken = picks.take();
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_EQ(taken[0].back_azimuth_deg, (catalog::Measured{120.0, 15.0}));
  EXPECT_EQ(taken[0].distance_km, (catalog::Measured{30.0, 5.0}));
  EXPECT_EQ(taken[0].site, sites_.site_of(kFixed, day(5)));
  EXPECT_FALSE(picks.has_waiting());
  pick.pick_id = "1111111111111111";
  pick.instrument.station = "UNKNOWN";
  picks.add(pick);
  EXPECT_FALSE(picks.has_waiting());
  EXPECT_EQ(picks.without_place(), 1U);
}

TEST(JudgePlaces, NamesStationsAndFibresWithoutCoordinates) {
  storage::StationRow known;
  known.id = kFixed;
  known.last_sample = day(5);
  storage::StationRow unknown;
  unknown.id = kUnknown;
  unknown.last_sample = day(5);
  EXPECT_EQ(judge_places(*places(), {known}, {{"XX.CABLE1"}, {}}).verdict, Verdict::kOk);
  const Check check = judge_places(*places(), {known, unknown}, {{"XX.CABLE1", "XX.CABLE2"}, {}});
  EXPECT_EQ(check.verdict, Verdict::kWarn);
  EXPECT_THAT(check.finding, HasSubstr("XX.UNKNOWN, XX.CABLE2"));
  EXPECT_THAT(judge_places(*places(), {known}, {{"XX.CABLE1", "XX.CABLE2"}, {"XX.CABLE2"}}).finding,
              HasSubstr("XX.CABLE1 by catalog.fibres, XX.CABLE2 by its publisher"));
}

}  // namespace
}  // namespace geod
