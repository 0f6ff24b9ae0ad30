#include "storage/reader.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <sys/types.h>
#include <unistd.h>

#include "storage/query_plans.hpp"
#include "storage/station_import.hpp"
#include "tests/support/storage_fixture.hpp"

namespace geod::storage {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class ReaderTest : public StorageTest {
 protected:
  void import(const std::vector<StationSite>& sites) {
    Result<Database> database = Database::open_writer(options_.file, {});
    ASSERT_TRUE(database);
    ASSERT_TRUE(import_stations(*database, sites));
  }
  /// What SQLite says it does for a query, one line a step.
  std::string explain(const ScanPlan& plan, bool by_scope_key) {
    Result<Database> database = Database::open_reader(options_.file, Duration::zero());
    Result<Statement> statement =
        database->prepare("EXPLAIN QUERY PLAN " + OrderedScan::sql(plan, by_scope_key));
    EXPECT_TRUE(statement) << statement.error().what;
    std::string text;
    while (*statement->step()) {
      text += std::string(statement->text(3)) + "\n";
    }
    return text;
  }
};

std::vector<Duration> seconds_of(const std::vector<StoredPick>& picks) {
  std::vector<Duration> times;
  for (const StoredPick& stored : picks) {
    times.push_back(stored.pick.time - kStart);
  }
  return times;
}

TEST_F(ReaderTest, GivesPicksInTheOrderOfTime) {
  store_picks({make_pick("CLC", Phase::kP, seconds{30}),
               make_pick("SRT", Phase::kP, seconds{10}),
               make_pick("CLC", Phase::kS, seconds{20})});
  Reader reader = open_reader();
  EXPECT_EQ(seconds_of(read_picks(reader)),
            (std::vector<Duration>{seconds{10}, seconds{20}, seconds{30}}));
  PickQuery query;
  query.scope.newest_first = true;
  query.scope.limit = 2;
  EXPECT_EQ(seconds_of(read_picks(reader, query)),
            (std::vector<Duration>{seconds{30}, seconds{20}}));
}

TEST_F(ReaderTest, FromIsIncludedAndToIsNot) {
  store_picks({make_pick("CLC", Phase::kP, seconds{10}),
               make_pick("CLC", Phase::kP, seconds{20}),
               make_pick("CLC", Phase::kP, seconds{30})});
  Reader reader = open_reader();
  PickQuery query;
  query.scope.from = kStart + seconds{10};
  query.scope.to = kStart + seconds{30};
  EXPECT_EQ(seconds_of(read_picks(reader, query)),
            (std::vector<Duration>{seconds{10}, seconds{20}}));
}

TEST_F(ReaderTest, FiltersByPhaseAndProbability) {
  store_picks({make_pick("CLC", Phase::kP, seconds{10}, 0.5),
               make_pick("CLC", Phase::kS, seconds{20}, 0.5),
               make_pick("CLC", Phase::kS, seconds{30}, 0.8)});
  Reader reader = open_reader();
  PickQuery query;
  query.phase = Phase::kS;
  EXPECT_EQ(read_picks(reader, query).size(), 2U);
  query.min_probability = 0.8;
  EXPECT_EQ(seconds_of(read_picks(reader, query)), (std::vector<Duration>{seconds{30}}));
}

TEST_F(ReaderTest, FiltersByStationsWithWildcards) {
  store_picks({make_pick("CLC", Phase::kP, seconds{1}),
               make_pick("CCC", Phase::kP, seconds{2}),
               make_pick("SRT", Phase::kP, seconds{3})});
  Reader reader = open_reader();
  PickQuery query;
  query.scope.stations = {"CI.C*"};
  EXPECT_EQ(read_picks(reader, query).size(), 2U);
  query.scope.stations = {"CI.CLC", "*.S?T"};
  EXPECT_EQ(read_picks(reader, query).size(), 2U);
  query.scope.stations = {"XX.*"};
  EXPECT_TRUE(read_picks(reader, query).empty());
}

TEST_F(ReaderTest, FiltersByRegionAlsoAcrossTheDateLine) {
  import({{{"CI", "CLC"}, 35.8157, -117.5975, 775.0, "China Lake"},
          {{"CI", "SRT"}, 35.6923, -117.7505, 667.0, ""},
          {{"NZ", "EAST"}, -17.0, -179.0, {}, ""},
          { {"NZ", "WEST"},
            -17.0,
            179.0,
            {},
            "" }});
  Pick east = make_pick("EAST", Phase::kP, seconds{3});
  east.instrument.network = "NZ";
  Pick west = make_pick("WEST", Phase::kP, seconds{4});
  west.instrument.network = "NZ";
  store_picks({make_pick("CLC", Phase::kP, seconds{1}),
               make_pick("SRT", Phase::kP, seconds{2}),
               east,
               west,
               make_pick("NOWHERE", Phase::kP, seconds{5})});
  Reader reader = open_reader();
  PickQuery query;
  query.scope.region = *Region::parse("35.8/36/-118/-117");
  EXPECT_EQ(seconds_of(read_picks(reader, query)), (std::vector<Duration>{seconds{1}}));
  query.scope.region = *Region::parse("-20/-10/178/-178");
  EXPECT_EQ(seconds_of(read_picks(reader, query)), (std::vector<Duration>{seconds{3}, seconds{4}}));
  query.scope.region = *Region::parse("-90/90/-180/180");
  EXPECT_EQ(read_picks(reader, query).size(), 4U) << "a station without coordinates is outside";
  // The border is in, exactly: the R*Tree alone rounds to 32 bits.
  query.scope.region = Region{35.8157, 35.8157, -117.5975, -117.5975};
  EXPECT_EQ(read_picks(reader, query).size(), 1U);
  query.scope.region = Region{35.81570001, 36.0, -118.0, -117.0};
  EXPECT_TRUE(read_picks(reader, query).empty());
}

TEST_F(ReaderTest, MovedStationsLeaveTheirOldRegion) {
  import({{ {"CI", "CLC"}, 35.8, -117.6, 775.0, "China Lake" }});
  import({{ {"CI", "CLC"}, 10.0, 20.0, {}, "" }});
  Reader reader = open_reader();
  Scope scope;
  scope.region = *Region::parse("35/36/-118/-117");
  EXPECT_TRUE(reader.stations(scope)->empty());
  scope.region = *Region::parse("9/11/19/21");
  const auto rows = *reader.stations(scope);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].elevation_m, 775.0) << "what the new file does not tell stays";
  EXPECT_EQ(rows[0].site, "China Lake");
}

TEST_F(ReaderTest, RegionsAreCheckedWhenRead) {
  for (const char* text : {"",
                           "1/2/3",
                           "1/2/3/4/5",
                           "2/1/3/4",
                           "a/b/c/d",
                           "1/2/3/400",
                           "-91/2/3/4",
                           "nan/2/3/4",
                           "1/2/3/4 "}) {
    EXPECT_EQ(Region::parse(text).error().code, Errc::kConfig) << text;
  }
}

/// Many picks on many stations, several of them at the very same time.
std::vector<Pick> crowd(int stations, int picks_each) {
  std::vector<Pick> picks;
  std::mt19937 random(7);
  for (int i = 0; i < picks_each; ++i) {
    for (int s = 0; s < stations; ++s) {
      const auto jitter = static_cast<int>(random() % 3);
      picks.push_back(make_pick("S" + std::to_string(s), Phase::kP, seconds{i * 5 + jitter}));
    }
  }
  std::shuffle(picks.begin(), picks.end(), random);
  return picks;
}

TEST_F(ReaderTest, PagesLeaveNothingOutAndGiveNothingTwice) {
  const std::vector<Pick> picks = crowd(600, 17);  // more than two pages
  ASSERT_GT(picks.size(), 2 * Reader::kPageRows);
  store_picks(picks);
  Reader reader = open_reader();
  for (const bool newest_first : {false, true}) {
    const std::pair<const char*, std::size_t> kScopes[] = {
        {nullptr, 600 * 17},        // no scope
        {"CI.S1?", 10 * 17},        // few stations: merged
        {"CI.S[1-4]*", 444 * 17},   // many, still merged
        {"CI.S[1-5]*", 555 * 17}};  // too many: the others are passed over
    for (const auto& [glob, expected] : kScopes) {
      PickQuery query;
      query.scope.newest_first = newest_first;
      if (glob != nullptr) {
        query.scope.stations = {glob};
      }
      const auto stored = read_picks(reader, query);
      EXPECT_EQ(stored.size(), expected);
      std::set<std::int64_t> keys;
      for (std::size_t i = 0; i < stored.size(); ++i) {
        keys.insert(stored[i].pick_key);
        if (i > 0) {
          const bool ordered = newest_first ? stored[i - 1].pick.time >= stored[i].pick.time
                                            : stored[i - 1].pick.time <= stored[i].pick.time;
          ASSERT_TRUE(ordered) << i;
        }
      }
      EXPECT_EQ(keys.size(), stored.size());
    }
  }
}

TEST_F(ReaderTest, StopsWhenTheTakerHasEnough) {
  store_picks(crowd(100, 100));
  Reader reader = open_reader();
  int pages = 0;
  ASSERT_TRUE(reader.picks({}, [&](std::span<const StoredPick>) {
    ++pages;
    return false;
  }));
  EXPECT_EQ(pages, 1);
}

TEST_F(ReaderTest, SeesWhatIsCommittedWhileItReadsAndNeverAHalfBatch) {
  Store store = open_store();
  Reader reader = open_reader();
  for (int i = 0; i < 50; ++i) {
    Batch batch;
    for (int k = 0; k < 20; ++k) {
      batch.picks.push_back(make_pick("CLC", Phase::kP, seconds{i * 40 + 2 * k}));
    }
    ASSERT_TRUE(store.commit(batch));
    ASSERT_TRUE(store.maintain());
    EXPECT_EQ(read_picks(reader).size(), static_cast<std::size_t>(20 * (i + 1)));
  }
}

TEST_F(ReaderTest, GapsAreThoseThatReachIntoTheSpan) {
  const SourceId channel = *SourceId::from_seed("CI", "CLC", "", "HHZ");
  const auto at = [](int s) { return kStart + seconds{s}; };
  Store store = open_store();
  Batch batch;
  batch.continuity = {{channel, ContinuityKind::kGap, at(0), at(10), ""},
                      {channel, ContinuityKind::kGap, at(20), at(30), ""},
                      {channel, ContinuityKind::kRateChange, at(25), at(25), "100 Hz -> 200 Hz"},
                      {channel, ContinuityKind::kGap, at(40), at(50), ""}};
  ASSERT_TRUE(store.commit(batch));
  ASSERT_TRUE(store.commit(batch)) << "a replay adds nothing";
  Reader reader = open_reader();
  ContinuityQuery query;
  std::vector<ContinuityRow> rows;
  const auto collect = [&](std::span<const ContinuityRow> page) {
    rows.assign(page.begin(), page.end());
    return true;
  };
  ASSERT_TRUE(reader.continuity(query, collect));
  EXPECT_EQ(rows.size(), 4U);
  query.scope.from = at(5);
  query.scope.to = at(40);
  ASSERT_TRUE(reader.continuity(query, collect));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].from, at(0));
  EXPECT_EQ(rows[2].kind, "rate_change");
  EXPECT_EQ(rows[2].detail, "100 Hz -> 200 Hz");
  query.scope.from = at(10);
  query.kind = "gap";
  query.scope.stations = {"CI.CLC"};
  ASSERT_TRUE(reader.continuity(query, collect));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].source_id, channel);
}

TEST_F(ReaderTest, CompletenessIsByHourAndInstrument) {
  const InstrumentId clc{"CI", "CLC", "", "H", "H"};
  const InstrumentId srt{"CI", "SRT", "", "H", "H"};
  Store store = open_store();
  Batch batch;
  for (int hour = 0; hour < 4; ++hour) {
    batch.completeness.push_back(make_completeness(clc, kStart + hours{hour}, 3600.0, 0.0));
    batch.completeness.push_back(make_completeness(srt, kStart + hours{hour}, 1800.0, 1.5));
  }
  ASSERT_TRUE(store.commit(batch));
  Reader reader = open_reader();
  std::vector<CompletenessDelta> rows;
  const auto collect = [&](std::span<const CompletenessRow> page) {
    rows.clear();
    for (const CompletenessRow& row : page) {
      rows.push_back(row.completeness);
    }
    return true;
  };
  CompletenessQuery query;
  query.scope.from = kStart + hours{1} + seconds{1};
  query.scope.to = kStart + hours{3};
  ASSERT_TRUE(reader.completeness(query, collect));
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].hour, kStart + hours{1}) << "the hour in which the span begins counts";
  query.scope.stations = {"*.SRT"};
  ASSERT_TRUE(reader.completeness(query, collect));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1], make_completeness(srt, kStart + hours{2}, 1800.0, 1.5));
}

TEST_F(ReaderTest, QueriesUseTheIndexesAndSortNothingButRowsOfOneTime) {
  store_picks({make_pick("CLC", Phase::kP, seconds{1})});
  Result<Database> database = Database::open_reader(options_.file, Duration::zero());
  PickQuery picks;
  picks.phase = Phase::kP;
  picks.min_probability = 0.5;
  ContinuityQuery gaps;
  gaps.scope.from = kStart;
  const struct {
    ScanPlan plan;
    const char* by_time;
    const char* by_scope_key;
  } cases[] = {
      {*plan_picks(*database, picks),
       "SEARCH picks USING INDEX picks_by_time (time_ns>? AND time_ns<?)",
       "SEARCH picks USING INDEX picks_by_instrument (instrument_key=? AND time_ns>? AND "
       "time_ns<?)"},
      {*plan_continuity(*database, gaps),
       "SEARCH continuity USING INDEX continuity_by_time (from_ns>? AND from_ns<?)",
       "SEARCH continuity USING INDEX sqlite_autoindex_continuity_1 (channel_key=? AND "
       "from_ns>? AND from_ns<?)"},
      {*plan_completeness(*database, {}),
       "SEARCH completeness USING INDEX completeness_by_hour (hour_ns>? AND hour_ns<?)",
       "SEARCH completeness USING PRIMARY KEY (instrument_key=? AND hour_ns>? AND hour_ns<?)"},
  };
  for (const auto& [plan, by_time, by_scope_key] : cases) {
    for (const bool keyed : {false, true}) {
      const std::string steps = explain(plan, keyed);
      EXPECT_NE(steps.find(keyed ? by_scope_key : by_time), std::string::npos) << steps;
      EXPECT_EQ(steps.find("TEMP B-TREE FOR ORDER BY"), std::string::npos) << steps;
    }
  }
}

TEST_F(ReaderTest, ReadsWhereItMayNotWriteAtAll) {
  store_picks({make_pick("CLC", Phase::kP, seconds{1})});
  ASSERT_FALSE(std::filesystem::exists(options_.file.string() + "-wal"));
  using std::filesystem::perms;
  std::filesystem::permissions(folder_, perms{0555});
  std::filesystem::permissions(options_.file, perms{0444});
  // Modes do not bind root: be nobody for a moment.
  constexpr uid_t kNobody = 65534;
  const bool is_root = ::geteuid() == 0;
  ASSERT_TRUE(!is_root || ::seteuid(kNobody) == 0);
  {
    Result<Reader> reader = Reader::open(options_.file);
    EXPECT_TRUE(reader) << reader.error().what;
    if (reader) {
      EXPECT_EQ(read_picks(*reader).size(), 1U);
    }
    const Result<Store> store = Store::open(options_, clock_);
    EXPECT_FALSE(store);
    const Result<Database> writer = Database::open_writer(options_.file, {});
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().code, Errc::kIo);
    EXPECT_NE(writer.error().what.find("user"), std::string::npos) << writer.error().what;
  }
  ASSERT_TRUE(!is_root || ::seteuid(0) == 0);
  std::filesystem::permissions(folder_, perms::owner_all);
}

TEST_F(ReaderTest, SaysWhichDatabaseIsNotThere) {
  const Result<Reader> reader = Reader::open(folder_ / "absent.sqlite");
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Errc::kNotFound);
  EXPECT_NE(reader.error().what.find("absent.sqlite"), std::string::npos);
}

}  // namespace
}  // namespace geod::storage
