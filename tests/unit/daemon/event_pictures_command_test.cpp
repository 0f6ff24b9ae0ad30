// `geod catalog map` and `geod catalog section` over a database and recordings of Ridgecrest.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/section_content.hpp"
#include "tests/support/catalog_fixture.hpp"
#include "tests/support/event_rows.hpp"
#include "tests/support/mseed_files.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using storage::make_change;
using storage::make_pick;
using storage::make_review;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kData = GEOD_SOURCE_DIR "/tests/data/ridgecrest_20190704_1700";
constexpr const char* kForeshock = "0000000000000001";

class EventPictures : public CatalogTest {
 protected:
  void SetUp() override {
    CatalogTest::SetUp();
    storage::Store store = open_store();
    storage::Batch batch;
    batch.picks = {make_pick("CLC", Phase::kP, 178300ms),
                   make_pick("CLC", Phase::kS, 180600ms),
                   make_pick("SRT", Phase::kP, 179900ms)};
    batch.event_changes = {
        make_change(1, 175340ms, batch.picks), make_change(2, 600s, {}), make_change(3, 900s, {})};
    batch.event_changes[0].event.magnitudes = storage::make_magnitudes(batch.picks[0]);
    batch.event_changes[2].event.origin.quality = QualityClass::kD;
    ReviewedEvent review = make_review("smi:local/2", 600s);
    batch.reviewed_events = {{review, "0000000000000002"}};
    ASSERT_TRUE(store.commit(batch));
    ASSERT_TRUE(store.close("test", "{}"));
    ASSERT_EQ(run({"stations", "--import", kData + "/stations.csv"}).exit_code, 0);
  }
  std::string inventory() {
    const std::string file = (folder_ / "channels.csv").string();
    std::ofstream(file)
        << "network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end\n"
           "CI,CLC,,HHZ,35.81574,-117.59751,775,0,,\n"
           "CI,WRC2,,HHZ,35.9479,-117.65038,943,0,,\n"
           "CI,SRT,,HHZ,35.69235,-117.75051,667,0,,\n";
    return file;
  }
  /// Draws, and gives the picture.
  std::string picture(std::vector<std::string> arguments) {
    const std::string out = (folder_ / "out.svg").string();
    arguments.insert(arguments.end(), {"-o", out});
    const Answer answer = run(arguments);
    EXPECT_EQ(answer.exit_code, 0) << answer.err;
    EXPECT_EQ(answer.out, out + "\n");
    const auto bytes = test::read_file(out);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

TEST_F(EventPictures, TheMapShowsEventsAndTheStationsOfTheDatabase) {
  const std::string svg = picture({"map"});
  EXPECT_THAT(svg, HasSubstr("Seismicity 2019-07-04T17:02:55Z to 2019-07-04T17:15:00Z: 3 events"));
  EXPECT_THAT(svg, HasSubstr("1 reviewed"));
  for (const char* station : {">CI.CLC<", ">PB.B921<"}) {
    EXPECT_THAT(svg, HasSubstr(station));
  }
  EXPECT_EQ(svg, picture({"map"}));
}

TEST_F(EventPictures, TheMapSaysHowItsEventsWereChosen) {
  const std::string svg = picture({"map",
                                   "--from",
                                   "2019-07-04T17:00",
                                   "--to",
                                   "2019-07-04T17:20",
                                   "--quality",
                                   "B",
                                   "--region",
                                   "35/36.5/-118/-117"});
  EXPECT_THAT(svg, HasSubstr("Seismicity 2019-07-04T17:00:00Z to 2019-07-04T17:20:00Z: 2 events"));
  EXPECT_THAT(svg, HasSubstr("region 35/36.5/-118/-117, quality B or better"));
}

TEST_F(EventPictures, TheMapTakesTheStationsOfAnInventory) {
  const std::string svg = picture({"map", "--title", "Of <mine>", "--inventory", inventory()});
  EXPECT_THAT(svg, HasSubstr("Of &lt;mine&gt;: 3 events"));
  EXPECT_THAT(svg, HasSubstr(">CI.CLC<"));
  const Answer refused = run({"map", "-o", (folder_ / "x").string(), "--inventory", "absent.xml"});
  EXPECT_EQ(refused.exit_code, kExitUsage);
}

TEST_F(EventPictures, TheMapShowsTheFibresOfTheConfiguration) {
  std::ofstream(folder_ / "fibre.csv") << "channel,latitude,longitude,elevation_m\n"
                                          "0,35.70,-117.60,700\n900,35.75,-117.55,710\n";
  std::ofstream(folder_ / "geod.yaml") << "catalog: {fibres: {XX.FORGE: {positions: fibre.csv}}}\n";
  const std::string svg = picture({"map", "--config", (folder_ / "geod.yaml").string()});
  EXPECT_THAT(svg, HasSubstr(">XX.FORGE<"));
  EXPECT_THAT(svg, HasSubstr("<polyline class=\"fibre\""));
}

TEST_F(EventPictures, AMapOfNothingShowsTheNetwork) {
  EXPECT_THAT(picture({"map", "--min-magnitude", "9"}), HasSubstr("Seismicity: no events"));
}

TEST_F(EventPictures, TheSectionShowsTracesPicksAndCurves) {
  const std::string svg = picture({"section", kForeshock, "--waveforms", kData + "/mseed"});
  EXPECT_THAT(svg, HasSubstr("2019-07-04T17:02:55.34Z"));
  EXPECT_THAT(svg, HasSubstr("ML 2.5"));
  EXPECT_THAT(svg, HasSubstr("2 traces, 2 P and 1 S picks"));
  EXPECT_THAT(svg, HasSubstr("P of iasp91 for 8.5 km"));
  EXPECT_THAT(svg, HasSubstr("CI.CLC..HHZ"));
  EXPECT_THAT(svg, HasSubstr("band-pass 1 to 15 Hz"));
  EXPECT_EQ(svg, picture({"section", kForeshock, "--waveforms", kData + "/mseed"}));
}

TEST_F(EventPictures, TheSectionReachesAsFarAsItIsAsked) {
  const std::string svg = picture({"section",
                                   kForeshock,
                                   "--waveforms",
                                   kData + "/mseed",
                                   "--inventory",
                                   inventory(),
                                   "--max-distance",
                                   "60",
                                   "--velocity-model",
                                   "continental",
                                   "--band",
                                   "2/8"});
  EXPECT_THAT(svg, HasSubstr("CI.WRC2..HHZ"));
  EXPECT_THAT(svg, HasSubstr("3 traces"));
  EXPECT_THAT(svg, HasSubstr("S of continental"));
  EXPECT_THAT(svg, HasSubstr("band-pass 2 to 8 Hz"));
}

TEST_F(EventPictures, TheSectionSaysWhatItLacks) {
  const std::string out = (folder_ / "out.svg").string();
  const Answer unknown =
      run({"section", "00000000000000ff", "-o", out, "--waveforms", kData + "/mseed"});
  EXPECT_EQ(unknown.exit_code, kExitFailure);
  EXPECT_THAT(unknown.err, HasSubstr("00000000000000ff: is not in the database"));
  const Answer silent = run({"section", kForeshock, "-o", out, "--waveforms", folder_.string()});
  EXPECT_EQ(silent.exit_code, kExitFailure);
  EXPECT_THAT(silent.err, HasSubstr("holds no miniSEED file"));
  const Answer nowhere = run({"section", kForeshock, "-o", out});
  EXPECT_EQ(nowhere.exit_code, kExitConfig);
  EXPECT_THAT(nowhere.err, HasSubstr("storage.waveforms"));
  const Answer band = run({"section", kForeshock, "-o", out, "--band", "9/3"});
  EXPECT_EQ(band.exit_code, kExitUsage);
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(SectionPicks, AreThoseOfTheReviewWhereAHumanPicked) {
  storage::StoredEvent stored;
  storage::StoredArrival arrival;
  arrival.arrival.phase = Phase::kP;
  arrival.pick = storage::StoredPick{make_pick("CLC", Phase::kP, 10s), 0, {}, 0, {}};
  stored.arrivals = {arrival};
  const auto automatic = section_picks(stored);
  ASSERT_EQ(automatic.size(), 1U);
  EXPECT_FALSE(automatic.at({"CI", "CLC"}).front().is_reviewed);
  stored.reviewed = {make_review("smi:local/1", 10s)};
  const auto reviewed = section_picks(stored);
  ASSERT_EQ(reviewed.size(), 1U);
  EXPECT_TRUE(reviewed.at({"ZZ", "FAR"}).front().is_reviewed);
}

TEST(SitesOf, AreTheStationsOfTheDatabaseWithCoordinatesAndTheirVerticals) {
  storage::StationRow row;
  row.id = {"CI", "CLC"};
  row.latitude_deg = 35.8;
  row.longitude_deg = -117.6;
  row.channels = ".HHE .HHN .HHZ 10.HNZ";
  storage::StationRow nowhere;
  nowhere.id = {"CI", "SRT"};
  const auto sites = sites_of(std::vector{row, nowhere});
  ASSERT_EQ(sites.size(), 1U);
  EXPECT_THAT(sites[0].verticals,
              ElementsAre(*SourceId::from_seed("CI", "CLC", "", "HHZ"),
                          *SourceId::from_seed("CI", "CLC", "10", "HNZ")));
}

}  // namespace
}  // namespace geod
