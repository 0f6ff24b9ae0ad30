// What the store does when the disk fails: every single write and sync, a full disk, damage.
#include <fstream>
#include <set>

#include <sqlite3.h>

#include "tests/support/event_rows.hpp"
#include "tests/support/fibre_rows.hpp"
#include "tests/support/storage_fault_vfs.hpp"
#include "tests/support/storage_fixture.hpp"

namespace geod::storage {
namespace {

using std::chrono::seconds;

constexpr int kBatches = 6;
constexpr int kPicksABatch = 20;
constexpr int kBatchWithEstimates = 3;

Batch make_batch(int number) {
  Batch batch;
  for (int i = 0; i < kPicksABatch; ++i) {
    const std::string station = "S" + std::to_string(i % 5);
    batch.picks.push_back(make_pick(station, Phase::kP, seconds{10 * (number * kPicksABatch + i)}));
  }
  const SourceId channel = *SourceId::from_seed("CI", "S0", "", "HHZ");
  const Time at = kStart + seconds{number};
  batch.continuity = {{channel, ContinuityKind::kGap, at, at + seconds{1}, ""}};
  batch.completeness = {
      make_completeness(channel.instrument_id(), kStart + seconds{11 * number}, 10.0, 1.0)};
  batch.cursors = {{"archive", std::to_string(number)}};
  if (number != kBatchWithEstimates) {
    return batch;  // every page that is written is one more call that is made to fail
  }
  batch.estimates = {make_estimate(batch.picks[0], BackAzimuthEstimate{10.0, 5.0}),
                     make_estimate(batch.picks[0], DistanceEstimate{10.0, 5.0}, "starter-dis-1")};
  batch.station_locations = {make_location(batch.picks[0])};
  batch.shadow_picks = {batch.picks[0]};
  batch.shadow_picks[0].adapter_id = "candidate-1";
  batch.shadow_picks[0].adapter_hash = std::string(64, 'c');
  batch.shadow_estimates = {make_estimate(batch.picks[0], DistanceEstimate{11.0, 5.0})};
  batch.detections = {make_detection(1, seconds{10}, 5)};
  batch.fibre_geometries = {make_geometry(seconds{0})};
  batch.fibre_gaps = {{"XX.FORGE", FibreGap::Kind::kMissing, at, at + seconds{1}, ""}};
  batch.fibre_completeness = {make_fibre_completeness(at, 10.0, 0.0, 100)};
  batch.event_changes = {make_change(1, seconds{600}, {batch.picks[0]})};
  batch.event_changes[0].event.magnitudes = make_magnitudes(batch.picks[0]);
  batch.reviewed_events = {{make_review("quake/1", seconds{600}), "0000000000000001"}};
  batch.adapter_events = {{at, "dpk", "activated", "candidate-1", std::string(64, 'c'), "test"}};
  return batch;
}

class StorageFaults : public StorageTest {
 protected:
  void start_with_an_empty_folder() {
    TearDown();
    SetUp();
    options_.synchronous_full = true;  // the most syncs that could fail
    options_.checkpoint_bytes = 64 << 10;
  }

  std::optional<Store> open_with_retries() {
    for (int tries = 0; tries < 3; ++tries) {
      if (auto opened = Store::open(options_, clock_)) {
        return std::move(*opened);
      }
    }
    return std::nullopt;
  }

  /// Opens, commits all batches with retries, closes. Each batch is acknowledged once.
  /// Every operation is tried again after a failure, as the daemon does.
  void run_with_retries() {
    std::optional<Store> store = open_with_retries();
    ASSERT_TRUE(store) << "a single failure must not keep the store from opening again";
    for (int number = 0; number < kBatches; ++number) {
      const Batch batch = make_batch(number);
      auto committed = store->commit(batch);
      if (!committed) {
        EXPECT_TRUE(committed.error().code == Errc::kIo ||
                    committed.error().code == Errc::kStorageFull)
            << committed.error().what;
        committed = store->commit(batch);
      }
      ASSERT_TRUE(committed) << committed.error().what;
      static_cast<void>(store->maintain());
    }
    if (!store->close("test", "{}")) {
      EXPECT_TRUE(store->close("test", "{}"));
    }
  }

  void verify_everything_once() {
    Result<Database> database = Database::open_reader(options_.file, Duration::zero());
    ASSERT_TRUE(database) << database.error().what;
    const Result<void> sound = database->check_integrity();
    EXPECT_TRUE(sound) << sound.error().what;
    Reader reader = open_reader();
    const auto stored = read_picks(reader);
    EXPECT_EQ(stored.size(), static_cast<std::size_t>(kBatches * kPicksABatch));
    std::set<Duration> times;
    for (const StoredPick& pick : stored) {
      times.insert(pick.pick.time - kStart);
    }
    EXPECT_EQ(times.size(), stored.size());
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM continuity"), kBatches);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM estimates"), 3);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM station_locations"), 1);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM shadow_picks"), 1);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM adapter_log"), 1);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM detections"), 1);
    EXPECT_TRUE(reader.detection("0000000000000001")) << "with its mask and arrivals";
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM event_versions"), 1);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM origin_arrivals"), 1);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM amplitudes"), 2);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM review_arrivals"), 1);
    EXPECT_EQ(
        *database->query_integer("SELECT count(*) FROM events JOIN event_ranges USING (event_key)"),
        1);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM fibre_geometries"), 1);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM fibre_gaps"), 1);
    EXPECT_EQ(*database->query_integer("SELECT scored_s FROM fibre_completeness"), 10);
    EXPECT_EQ(*database->query_integer("SELECT scored_s FROM completeness"), 10 * kBatches)
        << "a failed batch counted";
    EXPECT_EQ(*database->query_integer("SELECT position FROM cursors"), kBatches - 1);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM pragma_foreign_key_check"), 0);
  }

  /// The bytes of a database without rows, so that it is made once.
  std::string empty_database() {
    start_with_an_empty_folder();
    { Store store = open_store(); }
    std::ifstream file(options_.file, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// Fails the n-th call for n = 1, 2, ... until a whole run has fewer calls.
  void fail_each_call(int result_code) {
    const std::string empty = empty_database();
    FaultVfs vfs;
    int n = 1;
    for (bool failed = true; failed; ++n) {
      SCOPED_TRACE("call " + std::to_string(n));
      start_with_an_empty_folder();
      std::ofstream(options_.file, std::ios::binary) << empty;
      vfs.fail_call(n, result_code);
      run_with_retries();
      failed = vfs.has_failed();
      vfs.heal();
      verify_everything_once();
      ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(n, 40) << "the run was meant to have many writes and syncs";
  }
};

TEST_F(StorageFaults, NoSingleFullDiskErrorLosesOrDoublesARow) {
  fail_each_call(SQLITE_FULL);
}

TEST_F(StorageFaults, NoSingleWriteErrorLosesOrDoublesARow) {
  fail_each_call(SQLITE_IOERR_WRITE);
}

TEST_F(StorageFaults, NoSingleErrorWhileTheDatabaseIsMadeSpoilsIt) {
  FaultVfs vfs;
  int n = 1;
  for (bool failed = true; failed; ++n) {
    SCOPED_TRACE("call " + std::to_string(n));
    start_with_an_empty_folder();
    vfs.fail_call(n, SQLITE_FULL);
    std::optional<Store> store = open_with_retries();
    failed = vfs.has_failed();
    vfs.heal();
    ASSERT_TRUE(store) << "a single failure must not keep the store from opening again";
    const auto committed = store->commit(make_batch(kBatchWithEstimates));
    ASSERT_TRUE(committed) << committed.error().what;
    EXPECT_EQ(committed->refused_rows, 0U) << committed->first_refusal;
  }
  EXPECT_GT(n, 40) << "the schema was meant to have many pages";
}

TEST_F(StorageFaults, AFullDiskHoldsTheBatchUntilSpaceReturns) {
  FaultVfs vfs;
  Store store = open_store();
  ASSERT_TRUE(store.commit(make_batch(0)));
  vfs.fill_disk();
  const Batch batch = make_batch(1);
  for (int tries = 0; tries < 5; ++tries) {
    const auto refused = store.commit(batch);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kStorageFull);
    EXPECT_NE(refused.error().what.find("free some space"), std::string::npos);
  }
  {
    Reader reader = open_reader();
    EXPECT_EQ(read_picks(reader).size(), static_cast<std::size_t>(kPicksABatch))
        << "readers go on, and see no part of the batch";
  }
  vfs.heal();
  const auto committed = store.commit(batch);
  ASSERT_TRUE(committed) << committed.error().what;
  for (const RowOutcome outcome : committed->picks) {
    EXPECT_EQ(outcome, RowOutcome::kInserted);
  }
  Reader reader = open_reader();
  EXPECT_EQ(read_picks(reader).size(), 2U * kPicksABatch);
}

TEST_F(StorageFaults, AFailedCheckpointIsTriedAgain) {
  FaultVfs vfs;
  options_.checkpoint_bytes = 64 << 10;
  Store store = open_store();
  int number = 0;
  while (store.log_bytes() < options_.checkpoint_bytes) {
    ASSERT_TRUE(store.commit(make_batch(number++)));
  }
  vfs.fail_call(1, SQLITE_IOERR_FSYNC);
  const auto failed = store.maintain();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::kIo);
  bool done = false;
  for (int more = 0; more < 20 && !done; ++more) {
    ASSERT_TRUE(store.commit(make_batch(number++)));
    const auto maintained = store.maintain();
    ASSERT_TRUE(maintained) << maintained.error().what;
    done = *maintained;
  }
  EXPECT_TRUE(done);
}

TEST_F(StorageFaults, DamageIsFoundAndNamed) {
  {
    Store store = open_store();
    for (int number = 0; number < 20; ++number) {
      ASSERT_TRUE(store.commit(make_batch(number)));
    }
    ASSERT_TRUE(store.close("test", "{}"));
  }
  const auto bytes = std::filesystem::file_size(options_.file);
  {
    std::fstream file(options_.file, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(bytes / 2));
    file << std::string(bytes / 4, '\xA5');
  }
  Result<Database> database = Database::open_reader(options_.file, Duration::zero());
  const Result<void> sound =
      database ? database->check_integrity() : tl::unexpected(database.error());
  ASSERT_FALSE(sound);
  EXPECT_EQ(sound.error().code, Errc::kCorruptRecord);
  EXPECT_NE(sound.error().what.find("restore a backup"), std::string::npos) << sound.error().what;
}

TEST_F(StorageFaults, ABackupOnAFullDiskLeavesNothingBehind) {
  FaultVfs vfs;
  {
    Store store = open_store();
    ASSERT_TRUE(store.commit(make_batch(0)));
    ASSERT_TRUE(store.close("test", "{}"));
  }
  Result<Database> database = Database::open_reader(options_.file, Duration::zero());
  ASSERT_TRUE(database);
  vfs.fill_disk();
  const auto copied = database->backup_to(folder_ / "copy.sqlite", {});
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, Errc::kStorageFull) << copied.error().what;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "copy.sqlite"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "copy.sqlite.partial"));
  vfs.heal();
  ASSERT_TRUE(database->backup_to(folder_ / "copy.sqlite", {}));
}

}  // namespace
}  // namespace geod::storage
