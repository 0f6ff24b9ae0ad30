// Detections on fibres: masks, arrivals and picks, and the questions about them.
#include <limits>
#include <set>
#include <tuple>

#include "storage/fibre_plans.hpp"
#include "tests/support/fibre_rows.hpp"

namespace geod::storage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class StoredFibres : public FibreStorageTest {
 protected:
  /// The ids of the answer, shortened to their last two digits.
  std::vector<std::string> find(const DetectionQuery& query) {
    Reader reader = open_reader();
    std::vector<std::string> ids;
    const auto done = reader.detections(query, [&](std::span<const StoredDetection> page) {
      for (const StoredDetection& stored : page) {
        ids.push_back(stored.detection.detection_id.substr(14));
      }
      return true;
    });
    EXPECT_TRUE(done) << done.error().what;
    return ids;
  }
  using Ids = std::vector<std::string>;
};

TEST_F(StoredFibres, ADetectionComesBackWhole) {
  FibreDetection detection = make_detection(0x1A, seconds{10});
  detection.adapter_id = "mine-das-1";
  detection.adapter_hash = std::string(64, 'b');
  EXPECT_EQ(commit({detection}).detections, std::vector<RowOutcome>{RowOutcome::kInserted});
  Reader reader = open_reader();
  const auto stored = reader.detection("000000000000001a");
  ASSERT_TRUE(stored) << stored.error().what;
  EXPECT_EQ(stored->channels, 50);
  EXPECT_EQ(stored->p_arrivals, 50);
  EXPECT_EQ(stored->s_arrivals, 40);
  EXPECT_EQ(stored->inserted, clock_.now());
  ASSERT_EQ(stored->detection.arrivals.size(), detection.arrivals.size());
  FibreDetection back = stored->detection;
  for (std::size_t i = 0; i < back.arrivals.size(); ++i) {
    EXPECT_NEAR(back.arrivals[i].uncertainty_s, detection.arrivals[i].uncertainty_s, 1e-12);
    EXPECT_FLOAT_EQ(back.arrivals[i].probability, detection.arrivals[i].probability);
    back.arrivals[i].uncertainty_s = detection.arrivals[i].uncertainty_s;
    back.arrivals[i].probability = detection.arrivals[i].probability;
  }
  EXPECT_EQ(back, detection);
}

TEST_F(StoredFibres, WhatIsNotKnownComesBackAsNotKnown) {
  FibreDetection detection = make_detection(1, seconds{10});
  detection.channel_spacing_m = 0.0;
  detection.apparent_velocity_m_s = 0.0;
  detection.arrivals.clear();
  detection.picks.clear();
  commit({detection});
  Reader reader = open_reader();
  const auto stored = reader.detection(detection.detection_id);
  ASSERT_TRUE(stored) << stored.error().what;
  EXPECT_EQ(stored->detection, detection);
}

TEST_F(StoredFibres, AReplayAddsNothing) {
  const std::vector<FibreDetection> detections{make_detection(1, seconds{10}),
                                               make_detection(2, seconds{60})};
  Batch batch;
  batch.detections = detections;
  batch.fibre_gaps = {{"XX.FORGE", FibreGap::Kind::kShed, kStart, kStart + seconds{2}, "full"}};
  batch.fibre_geometries = {make_geometry(seconds{0})};
  batch.fibre_completeness = {make_fibre_completeness(kStart, 600.0, 30.0, 1900)};
  EXPECT_EQ(batch.rows(), 5U);
  commit(batch);
  EXPECT_EQ(commit(batch).detections, std::vector<RowOutcome>(2, RowOutcome::kAlreadyThere));
  Result<Database> database = Database::open_reader(options_.file, Duration::zero());
  for (const auto& [table, rows] : {std::pair{"detections", 2},
                                    std::pair{"mask_runs", 2},
                                    std::pair{"fibre_arrivals", 4},
                                    std::pair{"fibre_picks", 2},
                                    std::pair{"fibre_gaps", 1},
                                    std::pair{"fibre_geometries", 1}}) {
    EXPECT_EQ(*database->query_integer(fmt::format("SELECT count(*) FROM {}", table)), rows)
        << table;
  }
  EXPECT_EQ(*database->query_integer("SELECT scored_s FROM fibre_completeness"), 600);
  EXPECT_EQ(*database->query_integer("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

TEST_F(StoredFibres, AnEventWhoseBorderWasRoundedOtherwiseIsTheSame) {
  FibreDetection again = make_detection(2, milliseconds{10'010});
  again.first_channel -= 4;
  again.mask.insert(again.mask.begin(),
                    {again.first_channel, again.from, again.from + milliseconds{10}});
  const auto first = make_detection(1, seconds{10});
  EXPECT_EQ(commit({first}).detections[0], RowOutcome::kInserted);
  EXPECT_EQ(commit({again}).detections[0], RowOutcome::kAlreadyThere);
  FibreDetection beside = make_detection(3, milliseconds{10'010});
  beside.first_channel += 1000;
  beside.last_channel += 1000;
  beside.arrivals.clear();
  for (MaskRun& run : beside.mask) {
    run.channel += 1000;
  }
  EXPECT_EQ(commit({beside}).detections[0], RowOutcome::kInserted) << "on other channels";
  EXPECT_EQ(commit({make_detection(4, seconds{11})}).detections[0], RowOutcome::kInserted)
      << "a second later";
  FibreDetection other_fibre = make_detection(5, seconds{10}, 50, "XX.OTHER");
  EXPECT_EQ(commit({other_fibre}).detections[0], RowOutcome::kInserted);
}

TEST_F(StoredFibres, AnotherModelOrAdapterMakesAnotherDetection) {
  const FibreDetection plain = make_detection(1, seconds{10});
  FibreDetection adapter = plain;
  adapter.adapter_id = "mine-das-1";
  adapter.adapter_hash = std::string(64, 'b');
  FibreDetection model = plain;
  model.model_hash = std::string(64, 'c');
  const Committed committed = commit({plain, adapter, model, plain, adapter, model});
  EXPECT_EQ(committed.detections,
            (std::vector<RowOutcome>{RowOutcome::kInserted,
                                     RowOutcome::kInserted,
                                     RowOutcome::kInserted,
                                     RowOutcome::kAlreadyThere,
                                     RowOutcome::kAlreadyThere,
                                     RowOutcome::kAlreadyThere}));
  Reader reader = open_reader();
  EXPECT_EQ(reader.detection(plain.detection_id)->detection.model_hash, model.model_hash)
      << "what was stored last";
}

TEST_F(StoredFibres, WhatCannotBeIsRefusedAloneAndCounted) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<FibreDetection> bad(8, make_detection(1, seconds{10}));
  bad[0].detection_id = "short";
  bad[1].fibre_id.clear();
  bad[2].to = bad[2].from;
  bad[3].first_channel = bad[3].last_channel + 1;
  bad[4].mean_probability = nan;
  bad[5].apparent_velocity_m_s = nan;
  bad[6].channel_spacing_m = -1.0;
  bad[7].mask.clear();
  Batch batch;
  batch.detections = bad;
  batch.detections.push_back(make_detection(9, seconds{10}));
  batch.fibre_geometries.assign(7, make_geometry(seconds{0}));
  batch.fibre_geometries[0].geometry.channels = 0;
  batch.fibre_geometries[1].geometry.channel_stride = 0;
  batch.fibre_geometries[2].geometry.scale = nan;
  batch.fibre_geometries[3].geometry.unit = static_cast<DasUnit>(77);
  batch.fibre_geometries[4].geometry.type = static_cast<DasSampleType>(77);
  batch.fibre_geometries[5].geometry.order = static_cast<DasOrder>(77);
  batch.fibre_gaps = {{"XX.FORGE", static_cast<FibreGap::Kind>(77), kStart, kStart, ""},
                      {"XX.FORGE", FibreGap::Kind::kMissing, kStart + seconds{1}, kStart, ""},
                      {"XX.FORGE", FibreGap::Kind::kRestart, kStart, kStart, ""}};
  batch.fibre_completeness = {make_fibre_completeness(kStart, 10.0, 0.0, -1),
                              make_fibre_completeness(kStart, 10.0, 0.0, 5)};
  const Committed committed = commit(batch);
  for (std::size_t i = 0; i < bad.size(); ++i) {
    EXPECT_EQ(committed.detections[i], RowOutcome::kRefused) << i;
  }
  EXPECT_EQ(committed.detections.back(), RowOutcome::kInserted);
  EXPECT_EQ(committed.refused_rows, bad.size() + 6 + 2 + 1);
  EXPECT_NE(committed.first_refusal.find("fibre"), std::string::npos) << committed.first_refusal;
  Reader reader = open_reader();
  EXPECT_EQ(reader.fibre_geometries("XX.FORGE")->size(), 1U);
  EXPECT_EQ(read_gaps().size(), 1U);
  EXPECT_EQ(read_completeness()[0].channels, 5);
}

TEST_F(StoredFibres, QueriesNarrowByEveryFilter) {
  FibreDetection weak = make_detection(2, seconds{20});
  weak.mean_probability = 0.5;
  FibreDetection adapted = make_detection(4, seconds{40}, 10);
  adapted.adapter_id = "mine-das-1";
  adapted.adapter_hash = std::string(64, 'b');
  commit({make_detection(1, seconds{10}),
          weak,
          make_detection(3, seconds{30}, 20, "YY.DEEP"),
          adapted});
  EXPECT_EQ(find({}), (Ids{"01", "02", "03", "04"}));
  DetectionQuery query;
  query.scope.newest_first = true;
  query.scope.limit = 2;
  EXPECT_EQ(find(query), (Ids{"04", "03"}));
  query = {};
  query.scope.stations = {"XX.*"};
  EXPECT_EQ(find(query), (Ids{"01", "02", "04"}));
  query.scope.stations = {"ZZ.*"};
  EXPECT_EQ(find(query), Ids{});
  query = {};
  query.min_probability = 0.6;
  EXPECT_EQ(find(query), (Ids{"01", "03", "04"}));
  query = {};
  query.min_channels = 20;
  EXPECT_EQ(find(query), (Ids{"01", "02", "03"}));
  query = {};
  query.first_channel = 177;
  EXPECT_EQ(find(query), (Ids{"01", "02"})) << "03 ends at channel 176, 04 at 136";
  query.first_channel = 0;
  query.last_channel = 99;
  EXPECT_EQ(find(query), Ids{});
  query.last_channel = 100;
  EXPECT_EQ(find(query).size(), 4U);
  query = {};
  query.adapter_id = "mine-*";
  EXPECT_EQ(find(query), Ids{"04"});
  query.adapter_id = "";
  EXPECT_EQ(find(query), (Ids{"01", "02", "03"}));
  query = {};
  query.model_id = "das-?";
  EXPECT_EQ(find(query).size(), 4U);
  query.model_id = "other";
  EXPECT_EQ(find(query), Ids{});
  query = {};
  query.scope.region = Region{};
  EXPECT_EQ(find(query), Ids{}) << "fibres have no coordinates";
}

TEST_F(StoredFibres, ADetectionThatReachesIntoTheSpanBelongsToIt) {
  // 50 channels last 0.9 s, 2000 channels 20.4 s.
  commit({make_detection(1, seconds{10}, 2000),
          make_detection(2, seconds{20}),
          make_detection(3, seconds{30}),
          make_detection(4, seconds{40})});
  DetectionQuery query;
  query.scope.from = kStart + seconds{30};
  query.scope.to = kStart + seconds{40};
  EXPECT_EQ(find(query), (Ids{"01", "03"}));
  query.scope.from = kStart + milliseconds{30'400};
  EXPECT_EQ(find(query), Ids{"03"});
  query.scope.newest_first = true;
  query.scope.to.reset();
  EXPECT_EQ(find(query), (Ids{"04", "03"}));
}

TEST_F(StoredFibres, QueriesWalkAnIndex) {
  commit({make_detection(1, seconds{10})});
  Result<Database> database = Database::open_reader(options_.file, Duration::zero());
  for (const bool by_fibre : {false, true}) {
    const auto plan = plan_detections(*database, {});
    ASSERT_TRUE(plan);
    Result<Statement> explain =
        database->prepare("EXPLAIN QUERY PLAN " + OrderedScan::sql(*plan, by_fibre));
    ASSERT_TRUE(explain);
    std::string text;
    while (*explain->step()) {
      text += std::string(explain->text(3)) + "\n";
    }
    EXPECT_NE(text.find(by_fibre ? "detections_by_fibre" : "detections_by_time"), std::string::npos)
        << text;
    EXPECT_EQ(text.find("TEMP B-TREE"), std::string::npos) << text;
  }
}

TEST_F(StoredFibres, DetectionsComeInPages) {
  Batch batch;
  for (std::uint64_t i = 0; i < Reader::kPageRows + 10; ++i) {
    // Pairs at the same time on two fibres: the border of a page lies inside one.
    batch.detections.push_back(
        make_detection(i, seconds{10 * (i / 2)}, 1, i % 2 == 0 ? "XX.A" : "XX.B"));
    batch.detections.back().arrivals.clear();
  }
  commit(batch);
  for (const bool newest_first : {false, true}) {
    DetectionQuery query;
    query.scope.newest_first = newest_first;
    query.scope.stations = {"XX.A", "XX.B"};
    Reader reader = open_reader();
    std::vector<std::int64_t> keys;
    ASSERT_TRUE(reader.detections(query, [&](std::span<const StoredDetection> page) {
      for (const StoredDetection& stored : page) {
        keys.push_back(stored.detection_key);
      }
      return true;
    }));
    ASSERT_EQ(keys.size(), batch.detections.size());
    for (std::size_t i = 1; i < keys.size(); ++i) {
      EXPECT_EQ(keys[i] - keys[i - 1], newest_first ? -1 : 1);
    }
  }
}

TEST_F(StoredFibres, AnUnknownIdAndAWrongOneAreToldApart) {
  commit({make_detection(1, seconds{10})});
  Reader reader = open_reader();
  const auto absent = reader.detection("00000000000000ff");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Errc::kNotFound);
  const auto wrong = reader.detection("xyz");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Errc::kConfig);
  EXPECT_TRUE(reader.detection("0000000000000001")) << "the reader goes on";
}

TEST_F(StoredFibres, ADamagedBlobIsOneErrorAndListingsGoOn) {
  commit({make_detection(1, seconds{10}), make_detection(2, seconds{20})});
  {
    Result<Database> database = Database::open_writer(options_.file, {});
    ASSERT_TRUE(
        database->execute("UPDATE mask_runs SET runs = x'01FF00FF' WHERE detection_key = 1;"
                          "UPDATE fibre_arrivals SET arrivals = x'' WHERE detection_key = 2"));
  }
  Reader reader = open_reader();
  for (const char* id : {"0000000000000001", "0000000000000002"}) {
    const auto damaged = reader.detection(id);
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, Errc::kCorruptRecord);
    EXPECT_NE(damaged.error().what.find(id), std::string::npos) << damaged.error().what;
  }
  EXPECT_EQ(find({}), (Ids{"01", "02"}));
}

}  // namespace
}  // namespace geod::storage
