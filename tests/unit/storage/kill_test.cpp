// kill -9 at any moment: what was acknowledged is there, once, and the file is sound.
#include <csignal>
#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/event_rows.hpp"
#include "tests/support/fibre_rows.hpp"

namespace geod::storage {
namespace {

using std::chrono::seconds;

constexpr int kPicksABatch = 10;
constexpr int kDefaultKills = 50;

/// More of them in long test runs: GEOD_TEST_KILLS=10000.
int kills() {
  const char* text = std::getenv("GEOD_TEST_KILLS");
  return text == nullptr ? kDefaultKills : std::atoi(text);
}

Batch make_batch(int number) {
  Batch batch;
  for (int i = 0; i < kPicksABatch; ++i) {
    batch.picks.push_back(
        make_pick("S" + std::to_string(i), Phase::kP, seconds{10 * (number * kPicksABatch + i)}));
  }
  batch.completeness = {make_completeness(
      batch.picks[0].instrument, kStart + std::chrono::milliseconds{number}, 0.001, 0.0)};
  batch.detections = {make_detection(static_cast<std::uint64_t>(number), seconds{10 * number}, 20)};
  batch.event_changes = {make_change(
      static_cast<std::uint64_t>(number), seconds{10 * number * kPicksABatch}, batch.picks)};
  batch.cursors = {{"stream", std::to_string(number + 1)}};
  return batch;
}

class KillTest : public StorageTest {
 protected:
  /// The writer: goes on where its cursor stands, sends the number of each batch after its commit.
  [[noreturn]] void write_until_killed(int acknowledge) {
    Result<Store> store = Store::open(options_, clock_);
    if (!store) {
      ::_exit(3);
    }
    const auto cursor = store->cursor("stream");
    if (!cursor) {
      ::_exit(4);
    }
    for (int number = *cursor ? std::atoi((*cursor)->c_str()) : 0;; ++number) {
      const auto committed = store->commit(make_batch(number));
      if (!committed) {
        ::_exit(5);
      }
      if (committed->detections[0] != RowOutcome::kInserted ||
          committed->event_changes[0] != RowOutcome::kInserted) {
        ::_exit(8);
      }
      for (const RowOutcome outcome : committed->picks) {
        if (outcome != RowOutcome::kInserted) {
          ::_exit(6);  // the cursor stood before work that was committed
        }
      }
      if (::write(acknowledge, &number, sizeof number) != sizeof number || !store->maintain()) {
        ::_exit(7);
      }
    }
  }

  /// Starts a writer, kills it some time after its n-th acknowledgement (0: at once); the last
  /// batch that it acknowledged, or `last` when none.
  int run_and_kill(int acknowledgements, std::chrono::microseconds later, int last) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(ends[1]);
    }
    ::close(ends[1]);
    int number = 0;
    for (int i = 0; i < acknowledgements; ++i) {
      if (::read(ends[0], &number, sizeof number) != sizeof number) {
        break;
      }
      last = number;
    }
    // Not to wait for anything: the moment of the kill is meant to be random.
    std::this_thread::sleep_for(later);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
    while (::read(ends[0], &number, sizeof number) == sizeof number) {
      last = number;
    }
    ::close(ends[0]);
    return last;
  }

  void verify(int last_acknowledged) {
    // Opening for writing recovers the log, as a restarted daemon does.
    Result<Database> database = Database::open_writer(options_.file, {});
    ASSERT_TRUE(database) << database.error().what;
    const Result<void> sound = database->check_integrity();
    ASSERT_TRUE(sound) << sound.error().what;
    const std::int64_t batches = *database->query_integer(
        "SELECT ifnull((SELECT CAST(position AS INTEGER) FROM cursors), 0)");
    EXPECT_GE(batches, last_acknowledged + 1) << "an acknowledged batch is lost";
    EXPECT_LE(batches, last_acknowledged + 2) << "at most one batch was under way";
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM picks"), batches * kPicksABatch);
    EXPECT_EQ(*database->query_integer("SELECT count(DISTINCT pick_id) FROM picks"),
              batches * kPicksABatch);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM detections"), batches);
    EXPECT_EQ(
        *database->query_integer("SELECT count(*) FROM detections JOIN mask_runs "
                                 "USING (detection_key) JOIN fibre_picks USING (detection_key)"),
        batches)
        << "a detection is whole";
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM events JOIN event_ranges USING "
                                       "(event_key) JOIN event_versions USING (version_key)"),
              batches);
    EXPECT_EQ(*database->query_integer("SELECT count(*) FROM origin_arrivals"),
              batches * kPicksABatch)
        << "an event is whole";
    EXPECT_EQ(*database->query_integer(
                  "SELECT ifnull((SELECT round(sum(scored_s) * 1000) FROM completeness), 0)"),
              std::min<std::int64_t>(batches, 3'600'000));
  }
};

TEST_F(KillTest, LosesNothingAcknowledgedAndDoublesNothing) {
  options_.checkpoint_bytes = 128 << 10;  // so that checkpoints are hit as well
  options_.busy_timeout = seconds{5};
  std::mt19937 random(20190704);
  int last = -1;
  for (int kill = 0; kill < kills(); ++kill) {
    SCOPED_TRACE("kill " + std::to_string(kill));
    const auto acknowledgements = static_cast<int>(random() % 40);
    const std::chrono::microseconds later{random() % 3000};
    last = run_and_kill(acknowledgements, later, last);
    verify(last);
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(last, kills()) << "the writers came to write";
}

}  // namespace
}  // namespace geod::storage
