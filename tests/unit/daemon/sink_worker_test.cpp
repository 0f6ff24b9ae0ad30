#include "daemon/sink_worker.hpp"

#include <limits>

#include <nlohmann/json.hpp>

#include "daemon/status_json.hpp"
#include "tests/support/fibre_rows.hpp"

namespace geod {
namespace {

using std::chrono::seconds;
using storage::kStart;

class SinkWorkerTest : public storage::StorageTest {
 protected:
  /// Runs the sink over `items` until they are committed.
  void sink(std::vector<SinkItem> items) {
    BoundedQueue<SinkItem> queue(std::numeric_limits<std::size_t>::max(), WhenFull::kBlock);
    for (SinkItem& item : items) {
      static_cast<void>(queue.push(std::move(item)));
    }
    queue.close();
    storage::Store store = open_store();
    SinkWorker worker(store, {}, queue, stats_);
    const Result<void> done = worker.run({});
    EXPECT_TRUE(done) << done.error().what;
    EXPECT_TRUE(store.close("test", "{}"));
  }

  DaemonStats stats_;
};

TEST_F(SinkWorkerTest, StoresAndCountsWhatComesOfFibres) {
  FibreDetection refused = storage::make_detection(2, seconds{20});
  refused.mask.clear();
  const FibreDetection detection = storage::make_detection(1, seconds{10});
  sink({storage::make_geometry(seconds{0}),
        detection,
        refused,
        detection,
        FibreGap{"XX.FORGE", FibreGap::Kind::kShed, kStart, kStart + seconds{1}, ""},
        storage::make_fibre_completeness(kStart, 60.0, 0.0, 2000)});
  const auto counts = nlohmann::json::parse(detections_to_json(stats_));
  EXPECT_EQ(counts["stored"], 1);
  EXPECT_EQ(counts["already_there"], 1);
  EXPECT_EQ(counts["refused"], 1);
  EXPECT_EQ(counts["latency_count"], 1);
  EXPECT_EQ(stats_.rows_refused, 1U);
  storage::Reader reader = open_reader();
  EXPECT_TRUE(reader.detection(detection.detection_id));
  EXPECT_EQ(reader.fibre_geometries("XX.FORGE")->size(), 1U);
  std::size_t gaps = 0;
  ASSERT_TRUE(reader.continuity({}, [&](auto page) {
    gaps += page.size();
    return true;
  }));
  EXPECT_EQ(gaps, 1U);
  std::vector<storage::CompletenessRow> hours;
  ASSERT_TRUE(reader.completeness({}, [&](auto page) {
    hours.assign(page.begin(), page.end());
    return true;
  }));
  ASSERT_EQ(hours.size(), 1U);
  EXPECT_EQ(hours[0].completeness.scored_s, 60.0);
}

TEST_F(SinkWorkerTest, TellsHowLongAfterItsSampleALivePickIsOnDisk) {
  Pick live = storage::make_pick("CLC", Phase::kP, Duration{0});
  live.time = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()) - seconds{5};
  const Pick replayed = storage::make_pick("SRT", Phase::kP, Duration{0});
  sink({live, replayed});
  EXPECT_EQ(stats_.picks_stored, 2U);
  EXPECT_EQ(stats_.pick_delay.count(), 1U);
  EXPECT_GE(stats_.pick_delay.sum_s(), 5.0);
  EXPECT_EQ(stats_.commit_time.count(), stats_.commits);
  EXPECT_GT(stats_.commit_time.count(), 0U);
}

}  // namespace
}  // namespace geod
