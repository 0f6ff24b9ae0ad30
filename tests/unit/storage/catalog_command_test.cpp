#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/support/catalog_fixture.hpp"

namespace geod {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using storage::kStart;
using storage::make_pick;

class CatalogCommand : public CatalogTest {
 protected:
  void fill() {
    storage::Store store = open_store();
    storage::Batch batch;
    batch.picks = {make_pick("CLC", Phase::kP, seconds{1}, 0.987654321),
                   make_pick("CLC", Phase::kS, seconds{7}, 0.5),
                   make_pick("SRT", Phase::kP, seconds{3}, 0.75)};
    const SourceId channel = *SourceId::from_seed("CI", "CLC", "", "HHZ");
    batch.channels = {{channel, 100.0, kStart, kStart + seconds{60}}};
    batch.continuity = {
        {channel, ContinuityKind::kRateChange, kStart, kStart, "100 Hz -> 200 Hz, \"loud\" \xFF"}};
    batch.completeness = {
        storage::make_completeness(channel.instrument_id(), kStart, 3500.5, 10.0)};
    batch.estimates = {
        storage::make_estimate(batch.picks[0], PolarityEstimate{0.125}, "starter-pmp-1"),
        storage::make_estimate(batch.picks[0], BackAzimuthEstimate{7.25, 31.5}, "starter-baz-1"),
        storage::make_estimate(
            batch.picks[0], NeuralMagnitudeEstimate{-0.25, 0.5}, "starter-emg-1"),
        storage::make_estimate(batch.picks[0], DistanceEstimate{142.5, 8.25}, "starter-dis-1")};
    batch.station_locations = {storage::make_location(batch.picks[0])};
    ASSERT_TRUE(store.commit(batch));
    ASSERT_TRUE(store.close("test", "{}"));
  }
};

TEST_F(CatalogCommand, ShowsWhatTheOtherTasksSayOfAPick) {
  fill();
  const auto picks = nlohmann::json::parse(run({"picks", "--json"}).out);
  const auto& pick = picks[0];
  EXPECT_EQ(pick["polarity"], "down");
  EXPECT_EQ(pick["polarity_probability"], 0.875);
  EXPECT_EQ(pick["back_azimuth_deg"], 7.25);
  EXPECT_EQ(pick["back_azimuth_uncertainty_deg"], 31.5);
  EXPECT_EQ(pick["magnitude"], -0.25);
  EXPECT_EQ(pick["magnitude_uncertainty"], 0.5);
  EXPECT_EQ(pick["distance_km"], 142.5);
  EXPECT_EQ(pick["distance_uncertainty_km"], 8.25);
  EXPECT_EQ(pick["distance_adapter_id"], "starter-dis-1");
  EXPECT_EQ(pick["polarity_adapter_hash"].get<std::string>().size(), 64U);
  EXPECT_EQ(picks[1]["polarity"], "");
  EXPECT_TRUE(picks[1]["distance_km"].is_null());
  const std::string table = run({"picks", "--limit", "1"}).out;
  for (const char* cell : {"down 0.88", "7 +-32", "-0.2 +-0.5", "142 +-8.2", "starter-dpk-1"}) {
    EXPECT_NE(table.find(cell), std::string::npos) << cell << "\n" << table;
  }
}

TEST_F(CatalogCommand, TheTableOfPicksFitsAScreen) {
  fill();
  std::istringstream lines(run({"picks"}).out);
  std::string line;
  while (std::getline(lines, line)) {
    EXPECT_LE(line.size(), 120U) << line;
  }
}

TEST_F(CatalogCommand, LocationsHaveAnEpicentreWhereTheStationHasCoordinates) {
  fill();
  const auto before = nlohmann::json::parse(run({"locations", "--json"}).out);
  ASSERT_EQ(before.size(), 1U);
  EXPECT_TRUE(before[0]["latitude"].is_null());
  EXPECT_EQ(before[0]["distance_km"], 42.5);
  EXPECT_EQ(before[0]["semi_axis_along_km"], 6.25);
  EXPECT_NEAR(before[0]["semi_axis_across_km"].get<double>(), 9.272, 0.001);
  std::ofstream(folder_ / "s.csv") << "network,station,latitude,longitude\nCI,CLC,35.8,-117.6\n";
  ASSERT_EQ(run({"stations", "--import", (folder_ / "s.csv").string()}).exit_code, kExitOk);
  const auto after = nlohmann::json::parse(run({"locations", "--json"}).out);
  // 42.5 km to the south-south-west (210 degrees): 36.8 km south, 21.25 km west.
  EXPECT_NEAR(after[0]["latitude"].get<double>(), 35.8 - 36.8 / 110.94, 0.002);
  EXPECT_NEAR(after[0]["longitude"].get<double>(), -117.6 - 21.25 / 90.6, 0.002);
  EXPECT_NE(run({"locations"}).out.find("6 x 9"), std::string::npos);
  EXPECT_EQ(run({"locations", "--from", "2019-07-05"}).out.find("CLC"), std::string::npos);
}

TEST_F(CatalogCommand, PicksAsCsvHaveTheColumnsThatScoringReads) {
  fill();
  const Answer answer = run({"picks", "--format", "csv"});
  EXPECT_EQ(answer.exit_code, kExitOk);
  std::istringstream lines(answer.out);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line,
            "network,station,location,channel,phase,time,probability,uncertainty_s,components,"
            "model_id,score,model_hash,pick_id,inserted,adapter_id,adapter_hash,"
            "polarity,polarity_probability,polarity_adapter_id,polarity_adapter_hash,"
            "back_azimuth_deg,back_azimuth_uncertainty_deg,back_azimuth_adapter_id,"
            "back_azimuth_adapter_hash,"
            "magnitude,magnitude_uncertainty,magnitude_adapter_id,magnitude_adapter_hash,"
            "distance_km,distance_uncertainty_km,distance_adapter_id,distance_adapter_hash");
  std::getline(lines, line);
  EXPECT_TRUE(line.starts_with(
      "CI,CLC,,HH,P,2019-07-04T17:00:01.000000Z,0.987654321,0.05,ZNE,starter-dpk-1,"))
      << line;
}

TEST_F(CatalogCommand, EveryListingIsValidJson) {
  fill();
  for (const char* name : {"picks", "locations", "stations", "gaps", "completeness"}) {
    for (const char* station : {"*", "XX.*"}) {
      const Answer answer = run({name, "--json", "--station", station});
      EXPECT_EQ(answer.exit_code, kExitOk);
      const auto parsed = nlohmann::json::parse(answer.out, nullptr, false);
      ASSERT_TRUE(parsed.is_array()) << name << "\n" << answer.out;
      EXPECT_EQ(parsed.empty(), std::string(station) != "*");
    }
  }
  const auto picks = nlohmann::json::parse(run({"picks", "--json"}).out);
  ASSERT_EQ(picks.size(), 3U);
  EXPECT_EQ(picks[0]["probability"], 0.987654321);
  EXPECT_EQ(picks[1]["station"], "SRT");
  const auto stations = nlohmann::json::parse(run({"stations", "--json"}).out);
  EXPECT_TRUE(stations[0]["latitude"].is_null());
  EXPECT_EQ(stations[0]["channels"], ".HHZ");
  EXPECT_TRUE(stations[1]["first_sample"].is_null());
}

TEST_F(CatalogCommand, TablesAreAligned) {
  fill();
  const Answer answer = run({"picks"});
  std::istringstream lines(answer.out);
  std::string header, line;
  std::getline(lines, header);
  const std::size_t at = header.find("time");
  int rows = 0;
  while (std::getline(lines, line)) {
    EXPECT_EQ(line.substr(at, 5), "2019-") << answer.out;
    ++rows;
  }
  EXPECT_EQ(rows, 3);
}

TEST_F(CatalogCommand, FiltersReachTheQuery) {
  fill();
  const auto rows = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "picks");
    arguments.push_back("--json");
    return nlohmann::json::parse(run(arguments).out).size();
  };
  EXPECT_EQ(rows({"--phase", "S"}), 1U);
  EXPECT_EQ(rows({"--min-probability", "0.75"}), 2U);
  EXPECT_EQ(rows({"--from", "2019-07-04T17:00:03", "--to", "2019-07-04T17:00:07"}), 1U);
  EXPECT_EQ(rows({"--station", "CI.SRT"}), 1U);
  EXPECT_EQ(rows({"--station", "CI.SRT", "--station", "CI.C?C"}), 3U);
  EXPECT_EQ(rows({"--limit", "2"}), 2U);
  EXPECT_EQ(rows({"--region", "-90/90/-180/180"}), 0U) << "no station has coordinates";
  const auto newest =
      nlohmann::json::parse(run({"picks", "--order", "newest", "--limit", "1", "--json"}).out);
  EXPECT_EQ(newest[0]["phase"], "S");
}

TEST_F(CatalogCommand, AnEmptyAnswerIsSaidOnStderrOnly) {
  fill();
  const Answer answer = run({"picks", "--station", "XX.*"});
  EXPECT_EQ(answer.exit_code, kExitOk);
  EXPECT_EQ(answer.out, "");
  EXPECT_NE(answer.err.find("no picks"), std::string::npos);
}

TEST_F(CatalogCommand, ImportedSitesGiveStationsTheirRegion) {
  fill();
  const auto csv = folder_ / "sites.csv";
  std::ofstream(csv) << "network,station,latitude,longitude,elevation_m\nCI,CLC,35.8,-117.6,775\n";
  const Answer imported = run({"stations", "--import", csv.string()});
  EXPECT_EQ(imported.exit_code, kExitOk) << imported.err;
  const auto picks =
      nlohmann::json::parse(run({"picks", "--json", "--region", "35/36/-118/-117"}).out);
  EXPECT_EQ(picks.size(), 2U);
  std::ofstream(csv) << "network,station\n";
  const Answer refused = run({"stations", "--import", csv.string()});
  EXPECT_EQ(refused.exit_code, kExitFailure);
  EXPECT_NE(refused.err.find("sites.csv:1"), std::string::npos);
}

TEST_F(CatalogCommand, ABackupIsADatabaseOfItsOwn) {
  fill();
  const auto copy = folder_ / "copy.sqlite";
  EXPECT_EQ(run({"backup", copy.string()}).exit_code, kExitOk);
  const std::string original = run({"picks", "--json"}).out;
  std::filesystem::remove(options_.file);
  options_.file = copy;
  EXPECT_EQ(run({"picks", "--json"}).out, original);
  const Answer again = run({"backup", copy.string()});
  EXPECT_EQ(again.exit_code, kExitFailure);
  EXPECT_NE(again.err.find("exists already"), std::string::npos);
}

TEST_F(CatalogCommand, ExitCodesTellUsageConfigurationAndFailureApart) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"picks", "--from", "yesterday"},
                                             {"picks", "--region", "1/2/3"},
                                             {"picks", "--phase", "X"},
                                             {"picks", "--min-probability", "1.5"},
                                             {"picks", "--limit", "0"},
                                             {"picks", "--limit", "-1"},
                                             {"picks", "--format", "xml"},
                                             {"picks", "--order", "random"},
                                             {"gaps", "--kind", "hole"},
                                             {"backup"}}) {
    EXPECT_EQ(run(wrong).exit_code, kExitUsage) << wrong.back();
  }
  const Answer absent = run({"picks"});
  EXPECT_EQ(absent.exit_code, kExitFailure);
  EXPECT_NE(absent.err.find("no such database"), std::string::npos);
  const Answer config = run({"picks", "--config", (folder_ / "none.yaml").string()}, false);
  EXPECT_EQ(config.exit_code, kExitConfig);
}

TEST_F(CatalogCommand, FindsTheDatabaseOfTheConfiguration) {
  fill();
  const auto file = folder_ / "geod.yaml";
  std::ofstream(file) << "daemon:\n  state_directory: " << folder_.string() << "\n";
  const Answer answer = run({"picks", "--json", "--config", file.string()}, false);
  EXPECT_EQ(answer.exit_code, kExitOk) << answer.err;
  EXPECT_EQ(nlohmann::json::parse(answer.out).size(), 3U);
}

}  // namespace
}  // namespace geod
