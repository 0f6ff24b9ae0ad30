#include "storage/store.hpp"

#include <cmath>
#include <limits>

#include <sqlite3.h>

#include "tests/support/storage_fixture.hpp"

namespace geod::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

using StoreTest = StorageTest;

Batch batch_of(std::vector<Pick> picks) {
  Batch batch;
  batch.picks = std::move(picks);
  return batch;
}

TEST_F(StoreTest, GivesBackEveryFieldOfAPick) {
  Pick pick = make_pick("CLC", Phase::kS, Duration{1'234'567'891});
  pick.instrument.location = "00";
  pick.components = "Z12";
  store_picks({pick});
  Reader reader = open_reader();
  const auto stored = read_picks(reader);
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0].pick, pick);
  EXPECT_EQ(stored[0].inserted, clock_.now());
  EXPECT_EQ(stored[0].run_key, 1);
  EXPECT_EQ(stored[0].pick_key, 1);
}

TEST_F(StoreTest, KeepsTheFirstOfPicksWithinHalfTheMinimumDistance) {
  Store store = open_store();
  const Pick first = make_pick("CLC", Phase::kP, seconds{10});
  ASSERT_TRUE(store.commit(batch_of({first})));
  const auto committed = store.commit(batch_of({
      first,
      make_pick("CLC", Phase::kP, milliseconds{9'500}),
      make_pick("CLC", Phase::kP, milliseconds{10'500}),
      make_pick("CLC", Phase::kP, milliseconds{10'501}),
      make_pick("CLC", Phase::kP, milliseconds{9'499}),
  }));
  ASSERT_TRUE(committed);
  const std::vector<RowOutcome> expected{RowOutcome::kAlreadyThere,
                                         RowOutcome::kAlreadyThere,
                                         RowOutcome::kAlreadyThere,
                                         RowOutcome::kInserted,
                                         RowOutcome::kInserted};
  EXPECT_EQ(committed->picks, expected);
  Reader reader = open_reader();
  EXPECT_EQ(read_picks(reader).size(), 3U);
}

TEST_F(StoreTest, PicksOfAnotherPhaseInstrumentOrModelAreOthers) {
  Store store = open_store();
  const Pick first = make_pick("CLC", Phase::kP, seconds{10});
  Pick model = first;
  model.model_hash = std::string(64, 'b');
  Pick instrument = first;
  instrument.instrument.source = "N";
  const auto committed = store.commit(batch_of({first,
                                                make_pick("CLC", Phase::kS, seconds{10}),
                                                make_pick("SRT", Phase::kP, seconds{10}),
                                                model,
                                                instrument}));
  ASSERT_TRUE(committed);
  for (const RowOutcome outcome : committed->picks) {
    EXPECT_EQ(outcome, RowOutcome::kInserted);
  }
}

TEST_F(StoreTest, AReplayAfterARestartInsertsNothing) {
  std::vector<Pick> picks;
  for (int i = 0; i < 200; ++i) {
    picks.push_back(make_pick(i % 2 == 0 ? "CLC" : "SRT", Phase::kP, seconds{i}));
  }
  store_picks(picks);
  Store store = open_store();
  const auto committed = store.commit(batch_of(picks));
  ASSERT_TRUE(committed);
  for (const RowOutcome outcome : committed->picks) {
    EXPECT_EQ(outcome, RowOutcome::kAlreadyThere);
  }
}

TEST_F(StoreTest, RefusesOneBadPickAndKeepsTheOthers) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<Pick> picks(7, make_pick("CLC", Phase::kP, seconds{1}));
  picks[0].probability = nan;
  picks[1].probability = 1.0001;
  picks[2].score = -0.1;
  picks[3].uncertainty_s = std::numeric_limits<double>::infinity();
  picks[4].pick_id = "not sixteen hex!";
  picks[5].pick_id = "";
  Store store = open_store();
  const auto committed = store.commit(batch_of(picks));
  ASSERT_TRUE(committed) << committed.error().what;
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(committed->picks[static_cast<std::size_t>(i)], RowOutcome::kRefused) << i;
  }
  EXPECT_EQ(committed->picks[6], RowOutcome::kInserted);
  EXPECT_EQ(committed->refused_rows, 6U);
  EXPECT_NE(committed->first_refusal.find("CI.CLC..HH"), std::string::npos);
}

TEST_F(StoreTest, RefusesChannelsAndHoursThatCannotBe) {
  const SourceId channel = *SourceId::from_seed("CI", "CLC", "", "HHZ");
  Batch batch;
  batch.channels.push_back({channel, std::nan(""), kStart, kStart});
  batch.channels.push_back({channel, 0.0, kStart, kStart});
  batch.channels.push_back({channel, 100.0, kStart, kStart - seconds{1}});
  auto stretch = make_completeness(channel.instrument_id(), kStart, 1.0, 0.0);
  stretch.hour = kStart + seconds{1};
  batch.completeness.push_back(stretch);
  stretch = make_completeness(channel.instrument_id(), kStart, 1.0, 0.0);
  stretch.scored_s = -1.0;
  batch.completeness.push_back(stretch);
  stretch = make_completeness(channel.instrument_id(), kStart, 1.0, 0.0);
  stretch.to = stretch.from;
  batch.completeness.push_back(stretch);
  batch.channels.push_back({channel, 100.0, kStart, kStart});
  Store store = open_store();
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed) << committed.error().what;
  EXPECT_EQ(committed->refused_rows, 6U);
}

TEST_F(StoreTest, CommitsCursorsWithTheirPicks) {
  {
    Store store = open_store();
    Batch batch = batch_of({make_pick("CLC", Phase::kP, seconds{1})});
    batch.cursors = {{"archive", "file 3, byte 512"}, {"wire", "7"}};
    ASSERT_TRUE(store.commit(batch));
    batch.cursors = {{"wire", "8"}};
    ASSERT_TRUE(store.commit(batch));
  }
  Store store = open_store();
  EXPECT_EQ(*store.cursor("archive"), "file 3, byte 512");
  EXPECT_EQ(*store.cursor("wire"), "8");
  EXPECT_EQ(*store.cursor("unknown"), std::nullopt);
}

TEST_F(StoreTest, AChannelsSpanGrowsAndItsRateIsTheNewest) {
  const SourceId channel = *SourceId::from_seed("CI", "CLC", "", "HHZ");
  Store store = open_store();
  Batch batch;
  batch.channels = {{channel, 100.0, kStart, kStart + seconds{10}},
                    {channel, 200.0, kStart + seconds{10}, kStart + seconds{20}},
                    {channel, 50.0, kStart - seconds{9}, kStart}};
  ASSERT_TRUE(store.commit(batch));
  const auto rows = *open_reader().stations({});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].channels, ".HHZ");
  EXPECT_EQ(rows[0].first_sample, kStart - seconds{9});
  EXPECT_EQ(rows[0].last_sample, kStart + seconds{20});
  Result<Database> database = Database::open_reader(options_.file, Duration::zero());
  EXPECT_EQ(*database->query_integer("SELECT sampling_rate_hz FROM channels"), 200);
}

TEST_F(StoreTest, CompletenessAddsUpToAtMostAnHour) {
  const InstrumentId instrument{"CI", "CLC", "", "H", "H"};
  Store store = open_store();
  Batch batch;
  batch.completeness = {make_completeness(instrument, kStart, 1000.0, 10.0),
                        make_completeness(instrument, kStart + seconds{1010}, 500.5, 1.0)};
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
  ASSERT_TRUE(reader.completeness({}, collect));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].hour, kStart);
  EXPECT_EQ(rows[0].scored_s, 1500.5);
  EXPECT_EQ(rows[0].masked_s, 11.0);
  EXPECT_EQ(rows[0].to, kStart + std::chrono::milliseconds{1'511'500});
  batch.completeness[0].scored_s =
      3600.0;  // more than its stretch: a faulty source cannot pass an hour
  batch.completeness[0].from = kStart + seconds{1600};
  batch.completeness[0].to = kStart + seconds{2600};
  ASSERT_TRUE(store.commit(batch));
  ASSERT_TRUE(reader.completeness({}, collect));
  EXPECT_EQ(rows[0].scored_s, 3600.0);
}

TEST_F(StoreTest, CompletenessToldTwiceCountsOnce) {
  const InstrumentId instrument{"CI", "CLC", "", "H", "H"};
  Store store = open_store();
  Batch batch;
  batch.completeness = {make_completeness(instrument, kStart + seconds{600}, 600.0, 0.0)};
  ASSERT_TRUE(store.commit(batch));
  ASSERT_TRUE(store.commit(batch));
  // Half of this and a third of that lie outside.
  batch.completeness = {make_completeness(instrument, kStart + seconds{1000}, 400.0, 0.0),
                        make_completeness(instrument, kStart + seconds{500}, 150.0, 150.0)};
  ASSERT_TRUE(store.commit(batch));
  Result<Database> database = Database::open_reader(options_.file, Duration::zero());
  EXPECT_EQ(*database->query_integer("SELECT round(scored_s) FROM completeness"), 600 + 200 + 50);
  EXPECT_EQ(*database->query_integer("SELECT round(masked_s) FROM completeness"), 50);
}

TEST_F(StoreTest, SecondStoreOnTheSameFileIsRefused) {
  Store store = open_store();
  const Result<Store> second = Store::open(options_, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kStorageBusy);
  EXPECT_NE(second.error().what.find("another geod"), std::string::npos);
}

TEST_F(StoreTest, AnotherProcessHoldingTheWriteLockIsBusyAndNothingIsLost) {
  Store store = open_store();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(options_.file.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const Batch batch = batch_of({make_pick("CLC", Phase::kP, seconds{1})});
  const auto busy = store.commit(batch);
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, Errc::kStorageBusy);
  ASSERT_EQ(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed) << committed.error().what;
  EXPECT_EQ(committed->picks[0], RowOutcome::kInserted);
}

TEST_F(StoreTest, TellsWhetherTheRunBeforeWasCutOff) {
  {
    Store store = open_store();
    EXPECT_FALSE(store.previous_run_was_cut_off()) << "the first run";
    ASSERT_TRUE(store.close("stopped on request", "{}"));
  }
  {
    Store store = open_store();
    EXPECT_FALSE(store.previous_run_was_cut_off());
  }
  EXPECT_TRUE(open_store().previous_run_was_cut_off());
}

TEST_F(StoreTest, RecordsAModelOnce) {
  Store store = open_store();
  const Pick pick = make_pick("CLC", Phase::kP, seconds{1});
  ASSERT_TRUE(store.commit(batch_of({pick})));
  ASSERT_TRUE(store.record_model(pick.model_id, pick.model_hash, R"({"name":"starter-dpk"})"));
  ASSERT_TRUE(store.record_model(pick.model_id, pick.model_hash, R"({"name":"starter"})"));
  Result<Database> database = Database::open_reader(options_.file, Duration::zero());
  EXPECT_EQ(*database->query_integer("SELECT count(*) FROM models"), 1);
  EXPECT_EQ(*database->query_integer(
                "SELECT count(*) FROM models WHERE manifest_json = '{\"name\":\"starter\"}'"),
            1);
}

TEST_F(StoreTest, TheLogStaysBoundedByCheckpoints) {
  options_.checkpoint_bytes = 256 << 10;
  Store store = open_store();
  int checkpoints = 0;
  std::uint64_t peak_bytes = 0;
  for (int i = 0; i < 300; ++i) {
    Batch batch;
    for (int k = 0; k < 50; ++k) {
      batch.picks.push_back(make_pick("CLC", Phase::kP, seconds{i * 50 + k}));
    }
    ASSERT_TRUE(store.commit(batch));
    peak_bytes = std::max(peak_bytes, store.log_bytes());
    const Result<bool> maintained = store.maintain();
    ASSERT_TRUE(maintained) << maintained.error().what;
    checkpoints += *maintained ? 1 : 0;
  }
  EXPECT_GT(checkpoints, 3);
  EXPECT_LT(peak_bytes, 2 * options_.checkpoint_bytes);
}

TEST_F(StoreTest, AReaderWithAnOldPictureDoesNotStopTheWriter) {
  options_.checkpoint_bytes = 64 << 10;
  Store store = open_store();
  ASSERT_TRUE(store.commit(batch_of({make_pick("CLC", Phase::kP, seconds{0})})));
  Result<Database> old = Database::open_reader(options_.file, Duration::zero());
  ASSERT_TRUE(old->execute("BEGIN"));
  EXPECT_EQ(*old->query_integer("SELECT count(*) FROM picks"), 1);
  int checkpoints = 0;
  for (int i = 1; i <= 100; ++i) {
    ASSERT_TRUE(store.commit(batch_of({make_pick("CLC", Phase::kP, seconds{i * 10})})));
    const Result<bool> maintained = store.maintain();
    ASSERT_TRUE(maintained) << maintained.error().what;
    checkpoints += *maintained ? 1 : 0;
  }
  EXPECT_EQ(*old->query_integer("SELECT count(*) FROM picks"), 1);
  EXPECT_GT(checkpoints, 0);
  EXPECT_LT(checkpoints, 40) << "tried after growth, not after each commit";
  ASSERT_TRUE(old->execute("COMMIT"));
  EXPECT_EQ(*old->query_integer("SELECT count(*) FROM picks"), 101);
}

TEST_F(StoreTest, NamesAFolderThatIsNotThere) {
  options_.file = folder_ / "no" / "such" / "geod.sqlite";
  const Result<Store> store = Store::open(options_, clock_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::kIo);
  EXPECT_NE(store.error().what.find("no/such"), std::string::npos);
  EXPECT_NE(store.error().what.find("check that the folder exists"), std::string::npos);
}

TEST_F(StoreTest, TakesItsOptionsFromTheConfiguration) {
  config::StorageConfig config;
  config.synchronous = "full";
  EXPECT_EQ(StoreOptions::from(config, "/state").file, "/state/geod.sqlite");
  EXPECT_TRUE(StoreOptions::from(config, "/state").synchronous_full);
  config.database = "/elsewhere/a.sqlite";
  EXPECT_EQ(StoreOptions::from(config, "/state").file, "/elsewhere/a.sqlite");
}

}  // namespace
}  // namespace geod::storage
