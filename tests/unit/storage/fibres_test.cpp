// What is kept of fibres: detections with masks, arrivals and picks, geometries, gaps,
// completeness.
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

class StoredFibres : public StorageTest {
 protected:
  /// One batch through a store of its own.
  Committed commit(const Batch& batch) {
    Store store = open_store();
    const Result<Committed> committed = store.commit(batch);
    EXPECT_TRUE(committed) << committed.error().what;
    EXPECT_TRUE(store.close("test", "{}"));
    return committed ? *committed : Committed{};
  }
  Committed commit(std::vector<FibreDetection> detections) {
    Batch batch;
    batch.detections = std::move(detections);
    return commit(batch);
  }
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
  std::vector<ContinuityRow> read_gaps(const ContinuityQuery& query = {}) {
    Reader reader = open_reader();
    std::vector<ContinuityRow> rows;
    EXPECT_TRUE(reader.continuity(query, [&](std::span<const ContinuityRow> page) {
      rows.insert(rows.end(), page.begin(), page.end());
      return true;
    }));
    return rows;
  }
  std::vector<CompletenessRow> read_completeness(const CompletenessQuery& query = {}) {
    Reader reader = open_reader();
    std::vector<CompletenessRow> rows;
    EXPECT_TRUE(reader.completeness(query, [&](std::span<const CompletenessRow> page) {
      rows.insert(rows.end(), page.begin(), page.end());
      return true;
    }));
    return rows;
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

TEST_F(StoredFibres, GeometriesAreKeptWhereTheyChange) {
  FibreGeometryChange later = make_geometry(seconds{100});
  later.geometry.channels = 500;
  later.geometry.gauge_length_m = 10.0;
  Batch batch;
  batch.fibre_geometries = {make_geometry(seconds{0}),
                            make_geometry(seconds{50}),  // says nothing new
                            later,
                            make_geometry(seconds{200})};
  commit(batch);
  batch.fibre_geometries = {make_geometry(seconds{0}), later};
  commit(batch);
  Reader reader = open_reader();
  const auto changes = reader.fibre_geometries("XX.FORGE");
  ASSERT_TRUE(changes) << changes.error().what;
  EXPECT_EQ(*changes, (std::vector{make_geometry(seconds{0}), later, make_geometry(seconds{200})}));
  EXPECT_TRUE(reader.fibre_geometries("XX.NONE")->empty());
}

TEST_F(StoredFibres, AGeometryOfUnknownWordsIsAnErrorThatNamesThem) {
  Batch batch;
  batch.fibre_geometries = {make_geometry(seconds{0})};
  commit(batch);
  {
    Result<Database> database = Database::open_writer(options_.file, {});
    ASSERT_TRUE(database->execute("UPDATE fibre_geometries SET unit = 'furlong'"));
  }
  Reader reader = open_reader();
  const auto changes = reader.fibre_geometries("XX.FORGE");
  ASSERT_FALSE(changes);
  EXPECT_EQ(changes.error().code, Errc::kCorruptRecord);
  EXPECT_NE(changes.error().what.find("furlong"), std::string::npos) << changes.error().what;
}

TEST_F(StoredFibres, GapsStandAmongThoseOfStationsInTheOrderOfTime) {
  const SourceId channel = *SourceId::from_seed("CI", "CLC", "", "HHZ");
  Batch batch;
  for (int i = 0; i < 3; ++i) {
    const Time at = kStart + seconds{10 * i};
    batch.continuity.push_back({channel, ContinuityKind::kGap, at, at + seconds{1}, ""});
    batch.fibre_gaps.push_back({"XX.FORGE", FibreGap::Kind::kMissing, at, at + seconds{2}, "seq"});
  }
  batch.fibre_gaps.push_back(
      {"XX.FORGE", FibreGap::Kind::kShed, kStart + seconds{5}, kStart + seconds{6}, ""});
  commit(batch);
  const auto stations = [&](const ContinuityQuery& query) {
    std::string text;
    for (const ContinuityRow& row : read_gaps(query)) {
      text += row.source_id.station + " ";
    }
    return text;
  };
  ContinuityQuery query;
  EXPECT_EQ(stations(query), "CLC FORGE FORGE CLC FORGE CLC FORGE ");
  query.scope.newest_first = true;
  query.scope.limit = 3;
  EXPECT_EQ(stations(query), "FORGE CLC FORGE ");
  query = {};
  query.kind = "shed";
  ASSERT_EQ(stations(query), "FORGE ");
  EXPECT_EQ(read_gaps(query)[0].source_id.network, "XX");
  query = {};
  query.scope.stations = {"XX.F*"};
  EXPECT_EQ(stations(query), "FORGE FORGE FORGE FORGE ");
  query = {};
  query.scope.from = kStart + seconds{21};
  EXPECT_EQ(stations(query), "FORGE ") << "the last one lasts two seconds";
}

TEST_F(StoredFibres, RowsOfTwoTablesAtOneTimeSurviveTheBordersOfPages) {
  const SourceId channel = *SourceId::from_seed("CI", "CLC", "", "HHZ");
  constexpr auto kEach = static_cast<int>(Reader::kPageRows);
  Batch batch;
  for (int i = 0; i < kEach; ++i) {
    const Time end = kStart + seconds{1 + i};
    batch.continuity.push_back({channel, ContinuityKind::kGap, kStart, end, ""});
    batch.fibre_gaps.push_back({"XX.FORGE", FibreGap::Kind::kMissing, kStart, end, ""});
  }
  batch.continuity.push_back(
      {channel, ContinuityKind::kGap, kStart + seconds{1}, kStart + seconds{2}, ""});
  commit(batch);
  for (const bool newest_first : {false, true}) {
    ContinuityQuery query;
    query.scope.newest_first = newest_first;
    std::set<std::tuple<std::string, Time, Time>> distinct;
    const auto rows = read_gaps(query);
    for (const ContinuityRow& row : rows) {
      distinct.insert({row.source_id.station, row.from, row.to});
    }
    EXPECT_EQ(rows.size(), 2U * kEach + 1U);
    EXPECT_EQ(distinct.size(), rows.size());
  }
}

TEST_F(StoredFibres, CompletenessAddsUpAndKeepsTheFewestChannels) {
  Batch batch;
  batch.fibre_completeness = {
      make_fibre_completeness(kStart, 600.0, 0.0, 2000),
      make_fibre_completeness(kStart + seconds{600}, 300.0, 60.0, 1500),
      make_fibre_completeness(kStart + seconds{300}, 300.0, 0.0, 1800),  // told before
      make_fibre_completeness(kStart + hours{1}, 100.0, 0.0, 2000)};
  batch.completeness = {make_completeness({"CI", "CLC", "", "H", "H"}, kStart, 10.0, 0.0)};
  commit(batch);
  const auto rows = read_completeness();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].completeness.instrument.station, "CLC");
  EXPECT_EQ(rows[0].channels, std::nullopt);
  EXPECT_EQ(rows[1].completeness.instrument.network, "XX");
  EXPECT_EQ(rows[1].completeness.scored_s, 900.0);
  EXPECT_EQ(rows[1].completeness.masked_s, 60.0);
  EXPECT_EQ(rows[1].channels, 1500);
  EXPECT_EQ(rows[2].channels, 2000);
  CompletenessQuery query;
  query.scope.from = kStart + hours{1};
  EXPECT_EQ(read_completeness(query).size(), 1U);
}

}  // namespace
}  // namespace geod::storage
