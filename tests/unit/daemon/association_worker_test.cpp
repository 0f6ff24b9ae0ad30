#include "daemon/association_worker.hpp"

#include <fstream>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <tuple>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "bench/association_run.hpp"
#include "daemon/sink_worker.hpp"
#include "daemon/status_json.hpp"
#include "tests/support/storage_fixture.hpp"

namespace geod {
namespace {

using bench::Scenario;
using storage::kStart;

class AssociationWorkerTest : public storage::StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    config_.daemon.state_directory = folder_.string();
    config_.catalog.inventory = {(folder_ / "stations.csv").string()};
    config_.catalog.velocity_file = (folder_ / "crust.txt").string();
    config_.catalog.update_interval = std::chrono::milliseconds{10};
    bench::ScenarioOptions options;
    options.events = 12;
    options.duration_s = 600.0;
    options.stations_a_side = 5;
    options.seed = seed_;
    scenario_ = bench::make_scenario(options);
    std::ofstream crust(config_.catalog.velocity_file);
    const bench::GradientModel truth;
    for (const double depth_km : {0.0, 60.0}) {
      crust << depth_km << ' ' << truth.velocity_km_s(Phase::kP, depth_km) << ' '
            << truth.velocity_km_s(Phase::kS, depth_km) << '\n';
    }
    write_inventory(scenario_.stations.size());
  }

  /// Of the first `count` stations.
  void write_inventory(std::size_t count) const {
    std::ofstream csv(folder_ / "stations.csv");
    csv << "network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end\n";
    for (std::size_t i = 0; i < count; ++i) {
      csv << fmt::format("XX,{},,,{},{},0,,,\n",
                         station(static_cast<int>(i)),
                         scenario_.stations[i].latitude_deg,
                         scenario_.stations[i].longitude_deg);
    }
  }

  static std::string station(int index) { return fmt::format("S{:03}", index); }

  /// Picks in the order of their times; every ten seconds how far the stations were looked at.
  std::vector<SinkItem> rows() const {
    std::vector<SinkItem> rows;
    double looked_at_s = 0.0;
    const auto look_at = [&](double to_s) {
      for (std::size_t i = 0; i < scenario_.stations.size(); ++i) {
        rows.emplace_back(storage::make_completeness(instrument(static_cast<int>(i)),
                                                     kStart + duration_from_seconds(looked_at_s),
                                                     to_s - looked_at_s,
                                                     0.0));
      }
      looked_at_s = to_s;
    };
    for (const bench::SuitePick& each : scenario_.picks) {
      while (each.time_s >= looked_at_s + 10.0) {
        look_at(looked_at_s + 10.0);
      }
      Pick pick = storage::make_pick(
          station(each.station), each.phase, duration_from_seconds(each.time_s), each.probability);
      pick.instrument = instrument(each.station);
      pick.uncertainty_s = each.uncertainty_s;
      pick.pick_id = make_pick_id(pick.instrument, pick.phase_hint, pick.time);
      rows.emplace_back(std::move(pick));
    }
    look_at(scenario_.picks.back().time_s + 1.0);
    return rows;
  }

  static InstrumentId instrument(int index) { return {"XX", station(index), "", "H", "H"}; }

  struct Run {
    std::size_t feed_limit = std::numeric_limits<std::size_t>::max();
    bool sources_ended = true;
    /// Kills both after this many changes of events: what is told later is lost.
    std::optional<std::size_t> killed_after{};
  };

  /// geod-sink and geod-assoc over `rows`, as the daemon links them.
  void run(std::vector<SinkItem> rows, const Run& how) {
    constexpr auto kUnbounded = std::numeric_limits<std::size_t>::max();
    BoundedQueue<SinkItem> queue(kUnbounded, WhenFull::kBlock);
    BoundedQueue<SinkItem> told(kUnbounded, WhenFull::kBlock);
    AssociationFeed feed(how.feed_limit);
    const std::atomic<bool> sources_ended{how.sources_ended};
    storage::Store store = open_store();
    SinkWorker sink(store, {}, queue, stats_, &feed);
    auto worker =
        AssociationWorker::make(config_,
                                *store.cursor(AssociationWorker::kCursor),
                                {feed, told, sources_ended, nullptr, nullptr, clock_, stats_});
    ASSERT_TRUE(worker) << worker.error().what;
    std::jthread sinking([&] {
      EXPECT_TRUE(sink.run({}));
      feed.abandon();
    });
    std::jthread forwarding([&] {
      for (std::size_t count = 0; auto item = told.pop(); ++count) {
        if (!how.killed_after || count < *how.killed_after) {
          queue.push(std::move(*item));
        }
      }
      queue.close();
    });
    std::jthread associating([&] {
      EXPECT_TRUE((*worker)->run({}));
      told.close();
    });
    for (SinkItem& item : rows) {
      queue.push(std::move(item));
    }
    if (how.killed_after) {
      queue.close();
    } else {
      queue.push(EndOfPicks{});
    }
    associating.join();
    forwarding.join();
    sinking.join();
    EXPECT_TRUE(store.close("test", "{}"));
  }

  std::map<std::string, EventVersion> catalogue() {
    std::map<std::string, EventVersion> standing;
    const auto events = open_reader().recent_events(Time::min());
    for (const EventVersion& event : events.value()) {
      if (event.status != EventStatus::kWithdrawn) {
        standing[event.event_id] = event;
      }
    }
    return standing;
  }

  using Content =
      std::set<std::tuple<Time, double, double, double, EventStatus, std::vector<std::string>>>;
  static Content content(const std::map<std::string, EventVersion>& events) {
    Content all;
    for (const auto& [id, event] : events) {
      std::vector<std::string> ids;
      for (const OriginArrival& arrival : event.arrivals) {
        ids.push_back(arrival.pick_id);
      }
      all.insert({event.origin.time,
                  event.origin.latitude_deg,
                  event.origin.longitude_deg,
                  event.origin.depth_km,
                  event.status,
                  ids});
    }
    return all;
  }

  void forget_all() {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(options_.file.string() + suffix);
    }
  }

  nlohmann::json status() const { return nlohmann::json::parse(association_to_json(stats_)); }

  const std::uint64_t seed_ = std::random_device{}();
  ::testing::ScopedTrace trace_{__FILE__, __LINE__, fmt::format("seed {}", seed_)};
  Scenario scenario_;
  config::Config config_;
  DaemonStats stats_;
};

TEST_F(AssociationWorkerTest, PutsTheEventsOfPicksIntoTheStore) {
  run(rows(), {});
  const auto events = catalogue();
  EXPECT_GE(events.size(), 9U);
  EXPECT_LE(events.size(), 14U);
  for (const auto& [id, event] : events) {
    EXPECT_EQ(event.status, EventStatus::kFinal);
    EXPECT_GE(event.arrivals.size(), 4U);
  }
  const auto told = status();
  EXPECT_EQ(told["state"], "running");
  EXPECT_EQ(told["sites"], 25);
  EXPECT_EQ(told["versions"], told["versions_stored"]);
  EXPECT_EQ(told["versions_refused"], 0);
}

TEST_F(AssociationWorkerTest, KilledAtAnyMomentItEndsInTheSameCatalogue) {
  run(rows(), {});
  const Content uninterrupted = content(catalogue());
  forget_all();
  std::mt19937_64 random(seed_);
  std::set<std::string> told;
  for (int kill = 0; kill < 3; ++kill) {
    std::vector<SinkItem> part = rows();
    part.resize(random() % part.size());
    Run how;
    how.killed_after = random() % 40;
    run(std::move(part), how);
    const auto standing = catalogue();
    for (const std::string& id : told) {
      EXPECT_TRUE(open_reader().event_versions(id)) << id;
    }
    for (const auto& [id, event] : standing) {
      told.insert(id);
    }
  }
  run(rows(), {});
  EXPECT_EQ(content(catalogue()), uninterrupted);
}

TEST_F(AssociationWorkerTest, ReadsFromTheStoreWhatTheFeedCouldNotHold) {
  run(rows(), {});
  const Content uninterrupted = content(catalogue());
  forget_all();
  Run how;
  how.feed_limit = 1;
  run(rows(), how);
  EXPECT_EQ(content(catalogue()), uninterrupted);
}

TEST_F(AssociationWorkerTest, AssociatesWhatWasStoredBeforeThereWasAnInventory) {
  run(rows(), {});
  const Content uninterrupted = content(catalogue());
  forget_all();
  config_.catalog.inventory.clear();
  run(rows(), {});
  EXPECT_TRUE(catalogue().empty());
  EXPECT_EQ(status()["state"], "off");
  EXPECT_EQ(status()["reason"], "no station with coordinates is heard");
  config_.catalog.inventory = {(folder_ / "stations.csv").string()};
  run({}, {});
  EXPECT_EQ(content(catalogue()), uninterrupted);
}

TEST_F(AssociationWorkerTest, AStationWithoutCoordinatesPicksAndIsNamed) {
  write_inventory(scenario_.stations.size() - 1);
  run(rows(), {});
  const std::string last = station(static_cast<int>(scenario_.stations.size()) - 1);
  storage::Reader reader = open_reader();
  std::set<std::string> of_last;
  for (const storage::StoredPick& each : read_picks(reader)) {
    if (each.pick.instrument.station == last) {
      of_last.insert(each.pick.pick_id);
    }
  }
  EXPECT_FALSE(of_last.empty());
  EXPECT_GE(catalogue().size(), 8U);
  for (const auto& [id, event] : catalogue()) {
    for (const OriginArrival& arrival : event.arrivals) {
      EXPECT_FALSE(of_last.contains(arrival.pick_id));
    }
  }
  EXPECT_EQ(status()["stations_without_coordinates"], nlohmann::json::array({"XX." + last}));
  EXPECT_GT(status()["picks_without_coordinates"], 0);
}

TEST_F(AssociationWorkerTest, AnInventoryInAnotherEncodingIsNamedAndEndsNothing) {
  const std::string latin = (folder_ / "latin.csv").string();
  std::ofstream(latin) << "network,station,latitude,longitude\nXX,Z\xDCRI,47,8\n";
  config_.catalog.inventory.push_back(latin);
  run(rows(), {});
  EXPECT_GE(catalogue().size(), 9U);
  const auto faults = status()["inventory_faults"];
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_THAT(faults[0].get<std::string>(), testing::HasSubstr(latin));
}

TEST_F(AssociationWorkerTest, AnEventWhoseWavesMayStillComeStaysOpenAtAStop) {
  const auto last = std::max_element(
      scenario_.events.begin(), scenario_.events.end(), [](const auto& a, const auto& b) {
        return a.time_s < b.time_s;
      });
  const int index = static_cast<int>(last - scenario_.events.begin());
  while (scenario_.picks.back().event != index) {
    scenario_.picks.pop_back();
  }
  Run how;
  how.sources_ended = false;
  run(rows(), how);
  ASSERT_FALSE(catalogue().empty());
  std::set<EventStatus> statuses;
  for (const auto& [id, event] : catalogue()) {
    statuses.insert(event.status);
  }
  EXPECT_GT(statuses.size(), 1U);
  run({}, {});
  for (const auto& [id, event] : catalogue()) {
    EXPECT_EQ(event.status, EventStatus::kFinal);
  }
}

}  // namespace
}  // namespace geod
