// `geod catalog events|show`.
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/support/catalog_fixture.hpp"
#include "tests/support/event_rows.hpp"
#include "tests/support/fibre_rows.hpp"

namespace geod {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using storage::kStart;
using storage::make_change;
using storage::make_event_picks;

/// Event 01 with arrivals at three stations and a fibre and magnitudes, in two versions; 02 with a
/// review, an hour later; 03 that was merged into 02; and a review alone.
class CatalogEvents : public CatalogTest {
 protected:
  void SetUp() override {
    CatalogTest::SetUp();
    storage::Batch batch;
    const auto first = make_event_picks(seconds{10});
    const auto second = make_event_picks(hours{1}, 1);
    batch.picks = first;
    batch.picks.insert(batch.picks.end(), second.begin(), second.end());
    batch.picks[0].adapter_id = "local-4";
    batch.picks[0].adapter_hash = std::string(64, 'c');
    batch.estimates = {storage::make_estimate(batch.picks[0], BackAzimuthEstimate{123.0, 5.0})};
    batch.detections = {storage::make_detection(0x77, seconds{12})};
    EventChange whole = make_change(1, seconds{10}, first, 2);
    whole.event.magnitudes = storage::make_magnitudes(first[0]);
    whole.event.arrivals.push_back(
        {fibre_pick_id(batch.detections[0].detection_id, batch.detections[0].picks[0]),
         Phase::kP,
         -0.25,
         40.0,
         200.0,
         0.0,
         0.0});
    EventChange other = make_change(2, hours{1}, second);
    other.event.origin.latitude_deg = 36.5;
    other.event.origin.quality = QualityClass::kD;
    other.split_from = "0000000000000001";
    EventChange merged = make_change(3, hours{1} + seconds{1}, second);
    merged.event.status = EventStatus::kWithdrawn;
    other.event.uncounted_amplitudes =
        storage::make_magnitudes(second[0])[0].contributions[0].amplitudes;
    for (Amplitude& amplitude : other.event.uncounted_amplitudes) {
      amplitude.use = AmplitudeUse::kLowSnr;
    }
    merged.merged_into = "0000000000000002";
    batch.event_changes = {make_change(1, seconds{11}, first), whole, other, merged};
    batch.reviewed_events = {
        {storage::make_review("quake/2", hours{1}), "0000000000000002"},
        {storage::make_review("quake/4", hours{3}), ""},
    };
    storage::Store store = open_store();
    const auto committed = store.commit(batch);
    ASSERT_TRUE(committed) << committed.error().what;
    ASSERT_EQ(committed->refused_rows, 0U) << committed->first_refusal;
    ASSERT_TRUE(store.close("test", "{}"));
  }
  nlohmann::json json(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const Answer answer = run(arguments);
    EXPECT_EQ(answer.exit_code, kExitOk) << answer.err;
    return nlohmann::json::parse(answer.out);
  }
  /// The last digits of the ids that `geod catalog events ARGUMENTS` lists; "-" without one.
  std::string ids(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "events");
    std::string all;
    for (const auto& row : json(arguments)) {
      const auto id = row["event_id"].get<std::string>();
      all += id.empty() ? "-" : id.substr(15);
    }
    return all;
  }
};

TEST_F(CatalogEvents, AsJsonSayWhatIsKnownAndWhatIsNot) {
  const auto rows = json({"events"});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0]["event_id"], "0000000000000001");
  EXPECT_EQ(rows[0]["version"], 2);
  EXPECT_EQ(rows[0]["status"], "updated");
  EXPECT_EQ(rows[0]["time"], "2019-07-04T17:00:10.000000Z");
  EXPECT_EQ(rows[0]["latitude"], 35.75);
  EXPECT_EQ(rows[0]["depth_km"], 8.5);
  EXPECT_EQ(rows[0]["magnitude"], 2.5);
  EXPECT_EQ(rows[0]["magnitude_type"], "ML");
  EXPECT_EQ(rows[0]["quality"], "B");
  EXPECT_EQ(rows[0]["ellipse_major_km"], 1.25);
  EXPECT_EQ(rows[0]["review_public_id"], "");
  EXPECT_EQ(rows[1]["latitude"], 35.7) << "the review's";
  EXPECT_EQ(rows[1]["magnitude_type"], "Mw");
  EXPECT_EQ(rows[1]["review_agency"], "SCSN");
  EXPECT_EQ(rows[1]["split_from"], "0000000000000001");
  EXPECT_EQ(rows[2]["event_id"], "");
  EXPECT_TRUE(rows[2]["version"].is_null());
  EXPECT_TRUE(rows[2]["ellipse_major_km"].is_null());
  EXPECT_EQ(rows[2]["review_public_id"], "quake/4");
}

TEST_F(CatalogEvents, TheTableFitsAScreen) {
  const Answer answer = run({"events", "--withdrawn"});
  std::istringstream lines(answer.out);
  std::string line;
  int count = 0;
  for (; std::getline(lines, line); ++count) {
    EXPECT_LE(line.size(), 120U) << line;
  }
  EXPECT_EQ(count, 5) << answer.out;
  for (const char* cell : {"0000000000000001", "ML 2.5", "Mw 2.9", "35.7500", "withdrawn", "R"}) {
    EXPECT_NE(answer.out.find(cell), std::string::npos) << cell << "\n" << answer.out;
  }
}

TEST_F(CatalogEvents, EveryFilterReachesTheQuery) {
  EXPECT_EQ(ids({}), "12-");
  EXPECT_EQ(ids({"--withdrawn"}), "123-");
  EXPECT_EQ(ids({"--reviewed"}), "2-");
  EXPECT_EQ(ids({"--from", "2019-07-04T18:00:00"}), "2-");
  EXPECT_EQ(ids({"--to", "2019-07-04T18:00:00"}), "1");
  EXPECT_EQ(ids({"--region", "35.72/36/-118/-117"}), "1");
  EXPECT_EQ(ids({"--circle", "35.75/-117.5/1"}), "1");
  EXPECT_EQ(ids({"--polygon", "35.72/-118,35.8/-118,35.8/-117,35.72/-117"}), "1");
  EXPECT_EQ(ids({"--min-magnitude", "2.6"}), "2-");
  EXPECT_EQ(ids({"--max-magnitude", "2.6"}), "1");
  EXPECT_EQ(ids({"--magnitude-type", "ML"}), "1");
  EXPECT_EQ(ids({"--min-depth", "9"}), "2-");
  EXPECT_EQ(ids({"--max-depth", "9"}), "1");
  EXPECT_EQ(ids({"--quality", "A"}), "2-");
  EXPECT_EQ(ids({"--quality", "B"}), "12-");
  EXPECT_EQ(ids({"--station", "CI.S[BC]"}), "1");
  EXPECT_EQ(ids({"--station", "XX.FORGE", "--station", "ZZ.FAR"}), "12-");
  EXPECT_EQ(ids({"--model", "das-*"}), "1");
  EXPECT_EQ(ids({"--adapter", "local-*"}), "1");
  EXPECT_EQ(ids({"--adapter", ""}), "12");
  EXPECT_EQ(ids({"--updated-after", "2000-01-01"}), "12-");
  EXPECT_EQ(ids({"--updated-after", "2100-01-01"}), "");
  EXPECT_EQ(ids({"--order", "newest"}), "-21");
  EXPECT_EQ(ids({"--order", "smallest"}), "12-");
  EXPECT_EQ(ids({"--order", "largest", "--limit", "1", "--offset", "2"}), "1");
}

TEST_F(CatalogEvents, WarnWhereTheSpanWasPartlyBlind) {
  storage::Batch batch;
  for (int hour = 0; hour < 7; ++hour) {
    for (int station = 0; station < 6; ++station) {
      batch.completeness.push_back(
          storage::make_completeness({"CI", fmt::format("T{}", station), "", "H", "H"},
                                     kStart + hours{hour},
                                     hour == 0 || station == 5 ? 3600.0 : 36.0 * station,
                                     0.0));
    }
  }
  {
    storage::Store store = open_store();
    ASSERT_TRUE(store.commit(batch));
    ASSERT_TRUE(store.close("test", "{}"));
  }
  const Answer seen =
      run({"events", "--from", "2019-07-04T17:00", "--to", "2019-07-04T18:00", "--json"});
  EXPECT_EQ(seen.err, "");
  EXPECT_EQ(nlohmann::json::parse(seen.out)[0]["blind_stations"], 0);
  const Answer blind = run({"events", "--from", "2019-07-04T17:30", "--json"});
  EXPECT_NE(blind.err.find("blind: 5 of 6 stations had less than 90 % of 2019-07-04T18 looked at: "
                           "CI.T0 0 %, CI.T1 1 %, CI.T2 2 %, CI.T3 3 % and 1 more\n"),
            std::string::npos)
      << blind.err;
  EXPECT_NE(blind.err.find("blind: and in 2 hours more until 2019-07-04T23"), std::string::npos)
      << blind.err;
  EXPECT_EQ(nlohmann::json::parse(blind.out)[0]["blind_stations"], 5);
  const Answer one = run({"events", "--from", "2019-07-04T17:30", "--station", "CI.T5"});
  EXPECT_EQ(one.err.find("blind"), std::string::npos) << one.err;
  const Answer all = run({"events", "--json"});
  EXPECT_EQ(all.err, "") << "no span was asked for";
  EXPECT_TRUE(nlohmann::json::parse(all.out)[0]["blind_stations"].is_null());
  const Answer before = run({"events", "--to", "2010-01-01"});
  EXPECT_EQ(before.err.find("blind: in"), std::string::npos) << before.err;
  const Answer nobody = run({"events", "--from", "2010-01-01", "--to", "2010-01-02"});
  EXPECT_NE(nobody.err.find("no station was looked at"), std::string::npos) << nobody.err;
}

TEST_F(CatalogEvents, WrongOptionsAreRefusedWithTheReason) {
  const std::vector<std::vector<std::string>> wrong{{"--circle", "35/117"},
                                                    {"--polygon", "35/117"},
                                                    {"--region", "35/117"},
                                                    {"--quality", "E"},
                                                    {"--order", "best"},
                                                    {"--from", "yesterday"},
                                                    {"--min-magnitude", "big"},
                                                    {"--offset", "-1"}};
  for (auto arguments : wrong) {
    const std::string option = arguments[0];
    arguments.insert(arguments.begin(), "events");
    const Answer answer = run(arguments);
    EXPECT_EQ(answer.exit_code, kExitUsage) << option;
    EXPECT_NE(answer.err.find(option), std::string::npos) << answer.err;
  }
}

TEST_F(CatalogEvents, ShowGivesAllOfOneAsJson) {
  const auto event = json({"show", "0000000000000001"});
  EXPECT_EQ(event["event_id"], "0000000000000001");
  EXPECT_EQ(event["origin"]["quality"], "B");
  ASSERT_EQ(event["arrivals"].size(), 7U);
  EXPECT_EQ(event["arrivals"][0]["station"], "SA");
  EXPECT_EQ(event["arrivals"][0]["adapter_id"], "local-4");
  EXPECT_EQ(event["arrivals"][0]["residual_s"], 0.03125);
  EXPECT_EQ(event["arrivals"][0]["estimates"]["baz"]["back_azimuth_deg"], 123.0);
  EXPECT_EQ(event["arrivals"][6]["fibre"], "XX.FORGE");
  EXPECT_EQ(event["arrivals"][6]["model_id"], "das-1");
  ASSERT_EQ(event["magnitudes"].size(), 2U);
  EXPECT_EQ(event["magnitudes"][0]["station_magnitudes"][0]["amplitudes"][1]["use"], "clipped");
  ASSERT_EQ(event["versions"].size(), 2U);
  EXPECT_EQ(event["versions"][0]["status"], "preliminary");
  EXPECT_TRUE(event["reviews"].empty());
}

TEST_F(CatalogEvents, ShowGivesReviewsBesideOurs) {
  const auto event = json({"show", "quake/2"});
  EXPECT_EQ(event["event_id"], "0000000000000002");
  EXPECT_EQ(event["preferred"]["latitude"], 35.7);
  EXPECT_EQ(event["origin"]["latitude"], 36.5);
  ASSERT_EQ(event["reviews"].size(), 1U);
  EXPECT_EQ(event["reviews"][0]["arrivals"][0]["phase"], "Pg");
  EXPECT_TRUE(event["reviews"][0]["arrivals"][0]["azimuth_deg"].is_null());
  const auto alone = json({"show", "quake/4"});
  EXPECT_TRUE(alone["origin"].is_null());
  EXPECT_TRUE(alone["versions"].empty());
}

TEST_F(CatalogEvents, ShowForPeopleFitsAScreen) {
  for (const char* id : {"0000000000000001", "0000000000000002", "0000000000000003", "quake/4"}) {
    const Answer answer = run({"show", id});
    EXPECT_EQ(answer.exit_code, kExitOk) << answer.err;
    std::istringstream lines(answer.out);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), 120U) << line;
    }
  }
  const std::string first = run({"show", "0000000000000001"}).out;
  for (const char* part : {"35.7500 N 117.5000 W",
                           "CI.SA..HH",
                           "XX.FORGE:120",
                           "(clipped)",
                           "picks by   local-4: 1",
                           "preliminary"}) {
    EXPECT_NE(first.find(part), std::string::npos) << part << "\n" << first;
  }
  EXPECT_NE(run({"show", "0000000000000003"}).out.find("merged into 0000000000000002"),
            std::string::npos);
  EXPECT_NE(first.find("split from this one: 0000000000000002"), std::string::npos) << first;
  const auto second = json({"show", "0000000000000002"});
  EXPECT_EQ(second["merged_from"], nlohmann::json::array({"0000000000000003"}));
  EXPECT_EQ(second["split_off"], nlohmann::json::array());
  ASSERT_EQ(second["uncounted_amplitudes"].size(), 2U);
  EXPECT_EQ(second["uncounted_amplitudes"][0]["use"], "low_snr");
  EXPECT_NE(run({"show", "0000000000000002"}).out.find("(low_snr)"), std::string::npos);
  EXPECT_EQ(json({"show", "0000000000000001"})["uncounted_amplitudes"], nlohmann::json::array());
  EXPECT_NE(run({"show", "quake/4"}).out.find("not found by geod"), std::string::npos);
}

TEST_F(CatalogEvents, ShowSaysWhenThereIsNoSuchEvent) {
  const Answer answer = run({"show", "00000000000000ff"});
  EXPECT_EQ(answer.exit_code, kExitFailure);
  EXPECT_NE(answer.err.find("no event 00000000000000ff"), std::string::npos) << answer.err;
}

}  // namespace
}  // namespace geod
