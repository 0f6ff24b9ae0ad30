// `geod catalog detections|arrivals`, and fibres among gaps and hours.
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/support/catalog_fixture.hpp"
#include "tests/support/fibre_rows.hpp"

namespace geod {
namespace {

using std::chrono::seconds;
using storage::kStart;
using storage::make_detection;

class CatalogFibres : public CatalogTest {
 protected:
  void fill() {
    storage::Batch batch;
    batch.detections = {make_detection(0x1A, seconds{10}),
                        make_detection(0x2B, seconds{20}, 20, "YY.DEEP")};
    batch.detections[1].adapter_id = "mine-das-1";
    batch.detections[1].adapter_hash = std::string(64, 'b');
    batch.detections[1].channel_spacing_m = 0.0;
    batch.detections[1].apparent_velocity_m_s = 0.0;
    batch.fibre_gaps = {
        {"XX.FORGE", FibreGap::Kind::kNewGeometry, kStart, kStart, "2000 -> 500 channels"}};
    batch.fibre_completeness = {storage::make_fibre_completeness(kStart, 600.0, 30.0, 1900)};
    storage::Store store = open_store();
    ASSERT_TRUE(store.commit(batch));
    ASSERT_TRUE(store.close("test", "{}"));
  }
  nlohmann::json json(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const Answer answer = run(arguments);
    EXPECT_EQ(answer.exit_code, kExitOk) << answer.err;
    return nlohmann::json::parse(answer.out);
  }
};

TEST_F(CatalogFibres, DetectionsAsJsonSayWhatIsKnownAndWhatIsNot) {
  fill();
  const auto rows = json({"detections"});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["detection_id"], "000000000000001a");
  EXPECT_EQ(rows[0]["fibre"], "XX.FORGE");
  EXPECT_EQ(rows[0]["from"], "2019-07-04T17:00:10.000000Z");
  EXPECT_EQ(rows[0]["duration_s"], 0.9);
  EXPECT_EQ(rows[0]["first_channel"], 100);
  EXPECT_EQ(rows[0]["last_channel"], 296);
  EXPECT_EQ(rows[0]["channels"], 50);
  EXPECT_EQ(rows[0]["apparent_velocity_m_s"], 2500.0);
  EXPECT_EQ(rows[0]["p_arrivals"], 50);
  EXPECT_EQ(rows[0]["s_arrivals"], 40);
  EXPECT_TRUE(rows[1]["apparent_velocity_m_s"].is_null());
  EXPECT_TRUE(rows[1]["channel_spacing_m"].is_null());
  EXPECT_EQ(rows[1]["adapter_id"], "mine-das-1");
}

TEST_F(CatalogFibres, TheTableOfDetectionsFitsAScreen) {
  fill();
  const Answer answer = run({"detections"});
  std::istringstream lines(answer.out);
  std::string line;
  while (std::getline(lines, line)) {
    EXPECT_LE(line.size(), 120U) << line;
  }
  for (const char* cell : {"000000000000001a", "100-296", "2.50", "mine-das-1"}) {
    EXPECT_NE(answer.out.find(cell), std::string::npos) << cell << "\n" << answer.out;
  }
}

TEST_F(CatalogFibres, EveryFilterReachesTheQuery) {
  fill();
  const auto rows = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "detections");
    return json(arguments).size();
  };
  EXPECT_EQ(rows({"--fibre", "XX.*"}), 1U);
  EXPECT_EQ(rows({"--fibre", "XX.*", "--fibre", "YY.*"}), 2U);
  EXPECT_EQ(rows({"--first-channel", "200"}), 1U);
  EXPECT_EQ(rows({"--last-channel", "99"}), 0U);
  EXPECT_EQ(rows({"--min-channels", "21"}), 1U);
  EXPECT_EQ(rows({"--min-probability", "0.82"}), 0U);
  EXPECT_EQ(rows({"--model", "das-*"}), 2U);
  EXPECT_EQ(rows({"--adapter", "mine-*"}), 1U);
  EXPECT_EQ(rows({"--adapter", ""}), 1U);
  EXPECT_EQ(rows({"--from", "2019-07-04T17:00:15"}), 1U);
  EXPECT_EQ(rows({"--to", "2019-07-04T17:00:15"}), 1U);
  EXPECT_EQ(rows({"--limit", "1"}), 1U);
  EXPECT_EQ(json({"detections", "--order", "newest"})[0]["fibre"], "YY.DEEP");
}

TEST_F(CatalogFibres, ArrivalsComeChannelByChannelAndPicksByAperture) {
  fill();
  const auto arrivals = json({"arrivals", "000000000000001a"});
  ASSERT_EQ(arrivals.size(), 90U);
  EXPECT_EQ(arrivals[1]["channel"], 104);
  EXPECT_EQ(arrivals[1]["distance_m"], 1040.0);
  EXPECT_EQ(arrivals[1]["phase"], "P");
  EXPECT_EQ(arrivals[1]["uncertainty_s"], 0.0301);
  EXPECT_EQ(arrivals[1]["source"], "trace");
  EXPECT_EQ(arrivals[89]["phase"], "S");
  EXPECT_EQ(arrivals[89]["source"], "mask");
  EXPECT_TRUE(json({"arrivals", "000000000000002b"})[0]["distance_m"].is_null());
  const auto picks = json({"arrivals", "000000000000001a", "--picks"});
  ASSERT_EQ(picks.size(), 1U);
  EXPECT_EQ(picks[0]["first_channel"], 100);
  EXPECT_EQ(picks[0]["arrivals"], 10);
  EXPECT_EQ(json({"arrivals", "000000000000001a", "--limit", "3"}).size(), 3U);
  const Answer csv = run({"arrivals", "000000000000001a", "--format", "csv"});
  EXPECT_TRUE(
      csv.out.starts_with("fibre,channel,distance_m,phase,time,uncertainty_s,probability,source\n"
                          "XX.FORGE,100,1000,P,2019-07-04T17:00:10.000000Z,0.03,0.7630,trace\n"))
      << csv.out.substr(0, 200);
}

TEST_F(CatalogFibres, AWrongIdIsUsageAndAnUnknownOneAFailure) {
  fill();
  EXPECT_EQ(run({"arrivals", "1a"}).exit_code, kExitUsage);
  EXPECT_EQ(run({"arrivals", "000000000000001G"}).exit_code, kExitUsage);
  EXPECT_EQ(run({"arrivals"}).exit_code, kExitUsage);
  const Answer unknown = run({"arrivals", "00000000000000ff"});
  EXPECT_EQ(unknown.exit_code, kExitFailure);
  EXPECT_NE(unknown.err.find("no detection 00000000000000ff"), std::string::npos) << unknown.err;
  EXPECT_EQ(run({"detections", "--min-channels", "-1"}).exit_code, kExitUsage);
}

TEST_F(CatalogFibres, GapsAndHoursShowFibresBesideStations) {
  fill();
  const auto gaps = json({"gaps", "--station", "XX.FORGE", "--kind", "new_geometry"});
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0]["station"], "FORGE");
  EXPECT_EQ(gaps[0]["channel"], "");
  EXPECT_EQ(gaps[0]["detail"], "2000 -> 500 channels");
  const auto hours = json({"completeness"});
  ASSERT_EQ(hours.size(), 1U);
  EXPECT_EQ(hours[0]["station"], "FORGE");
  EXPECT_EQ(hours[0]["scored_s"], 600.0);
  EXPECT_EQ(hours[0]["channels"], 1900);
}

}  // namespace
}  // namespace geod
