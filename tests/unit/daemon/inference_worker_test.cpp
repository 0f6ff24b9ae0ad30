#include "daemon/inference_worker.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_maker.hpp"
#include "tests/support/scalar_engines.hpp"

namespace geod {
namespace {

using models::Task;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::int64_t kLength = 1000;
constexpr std::int64_t kHop = 250;
constexpr std::int64_t kWindows = 40;
constexpr double kSecondsBetweenOnsets = 7.0;
constexpr double kQuietFrom_s = 95.0;

models::Manifest manifest_of(const std::string& name) {
  models::Manifest manifest;
  manifest.name = name;
  manifest.version = "1";
  manifest.geometry.window_samples = kLength;
  manifest.geometry.sampling_rate = test::rate_of(100);
  manifest.picks.hop_samples = kHop;
  manifest.weights_sha256 = std::string(64, 'b');
  return manifest;
}

/// Ground motion on all components: weak noise and an onset every seven seconds, which decays. None
/// at the end, where no window follows in which it would lie early enough for the scalar tasks.
float motion(std::int64_t k) {
  const double t = static_cast<double>(k) / 100.0;
  const double since = std::fmod(t, kSecondsBetweenOnsets);
  const double noise =
      std::sin(1.7 * static_cast<double>(k)) + std::sin(2.9 * static_cast<double>(k));
  const double amplitude = t < kQuietFrom_s ? 300.0 : 0.0;
  return static_cast<float>(noise + amplitude * std::exp(-since / 0.3) * std::sin(25.0 * since));
}

Window window_at(std::int64_t number, const std::string& station) {
  Window window;
  window.instrument = {"XX", station, "", "H", "H"};
  window.rate = test::rate_of(100);
  window.samples = kLength;
  window.start = test::kEpoch + window.rate.span_of(number * kHop);
  window.subsource = {'Z', 'N', 'E'};
  for (std::size_t component = 0; component < kComponents; ++component) {
    for (std::int64_t n = 0; n < kLength; ++n) {
      window.data.push_back(motion(number * kHop + n));
    }
  }
  window.is_last = number == kWindows - 1;
  return window;
}

/// One worker with fake networks; every score of the network "gain-x" is the base's times x.
class InferenceWorkerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_.models.max_batch = 1;
    config_.models.thresholds.p = 0.2;
    config_.models.thresholds.s = 0.2;
    config_.daemon.exit_when_sources_end = true;
  }
  void push_windows() {
    for (std::int64_t number = 0; number < kWindows; ++number) {
      for (const char* station : {"A", "B"}) {
        windows_.push(window_at(number, station));
      }
    }
    windows_.close();
  }
  /// A network for `engine` under an adapter.
  std::unique_ptr<models::PreparedNetwork> network(const models::Engine& engine,
                                                   const std::string& name,
                                                   float gain) {
    return *engine.prepare(test::fake_overlay(manifest_of(name), "hash of " + name, gain));
  }
  void order(models::Engine* engine, Role role, std::unique_ptr<models::PreparedNetwork> next) {
    NetworkOrder<models::Engine> order;
    order.number = ++orders_given_;
    order.role = role;
    order.engine = engine;
    order.network = std::move(next);
    orders_.post(std::move(order));
  }
  void run() {
    InferenceWorker worker(engine_,
                           "base-1",
                           config_,
                           {windows_,
                            rows_,
                            orders_,
                            [this](NetworkTakenUp done) {
                              taken_up_.push_back(std::move(done));
                              if (after_order_) {
                                after_order_();
                              }
                            },
                            stats_});
    const auto outcome = worker.run();
    ASSERT_TRUE(outcome) << outcome.error().what;
    rows_.close();
    while (auto row = rows_.pop()) {
      if (auto* pick = std::get_if<Pick>(&*row)) {
        picks_.push_back(std::move(*pick));
      } else if (auto* shadow = std::get_if<ShadowPick>(&*row)) {
        shadow_picks_.push_back(std::move(shadow->pick));
      } else if (auto* estimate = std::get_if<Estimate>(&*row)) {
        estimates_.push_back(std::move(*estimate));
        EXPECT_THAT(picks_, Contains(Field(&Pick::pick_id, estimates_.back().pick_id)))
            << "a pick never waits for what is told of it";
      } else if (auto* cursor = std::get_if<Cursor>(&*row)) {
        at_cursors_.push_back({cursor->position, estimates_.size()});
      }
    }
  }
  /// Engines for all scalar tasks, with the bundles of scalar_engines().
  void order_scalar_tasks() {
    scalar_engines_ = test::scalar_engines(manifest_of("base"));
    for (const auto& [task, engine] : scalar_engines_) {
      NetworkOrder<models::Engine> order;
      order.task = task;
      order.engine = engine.get();
      orders_.post(std::move(order));
    }
  }

  config::Config config_;
  test::FakeEngine engine_{manifest_of("base")};
  test::FakeEngine candidate_{manifest_of("base")};
  BoundedQueue<StreamItem> windows_{std::numeric_limits<std::size_t>::max(), WhenFull::kBlock};
  BoundedQueue<SinkItem> rows_{std::numeric_limits<std::size_t>::max(), WhenFull::kBlock};
  Mailbox<NetworkOrder<models::Engine>> orders_;
  std::uint64_t orders_given_ = 0;
  std::vector<NetworkTakenUp> taken_up_;
  std::function<void()> after_order_;
  DaemonStats stats_;
  std::vector<Pick> picks_;
  std::vector<Pick> shadow_picks_;
  std::vector<Estimate> estimates_;
  std::map<models::Task, std::unique_ptr<test::FakeEngine>> scalar_engines_;

  /// How much had left when a cursor did.
  struct AtCursor {
    std::string position;
    std::size_t estimates = 0;
  };
  std::vector<AtCursor> at_cursors_;
};

TEST_F(InferenceWorkerTest, PicksOfTheBaseNameNoAdapter) {
  push_windows();
  run();
  EXPECT_THAT(picks_, Not(IsEmpty()));
  EXPECT_THAT(picks_, Each(Field(&Pick::adapter_hash, "")));
  EXPECT_THAT(picks_, Each(Field(&Pick::model_id, "base-1")));
  EXPECT_THAT(shadow_picks_, IsEmpty());
}

TEST_F(InferenceWorkerTest, FollowsAnOrderAndGivesBackWhatServed) {
  order(&engine_, Role::kActive, network(engine_, "gain-0.5", 0.5F));
  push_windows();
  run();
  ASSERT_THAT(taken_up_, SizeIs(1));
  EXPECT_EQ(taken_up_[0].number, 1U);
  EXPECT_NE(taken_up_[0].before, nullptr);
  EXPECT_THAT(picks_, Not(IsEmpty()));
  EXPECT_THAT(picks_, Each(Field(&Pick::adapter_hash, "hash of gain-0.5")));
  EXPECT_THAT(picks_, Each(Field(&Pick::adapter_id, "gain-0.5-1")));
  EXPECT_THAT(picks_, Each(Field(&Pick::model_id, "base-1")));
  EXPECT_THAT(picks_, Each(Field(&Pick::score, ::testing::Le(0.5))));
}

TEST_F(InferenceWorkerTest, AnExchangeAtEveryBatchLosesDoublesAndMixesNothing) {
  push_windows();
  // Each order that was followed, between two batches, is answered with the next.
  after_order_ = [this] {
    const bool is_strong = orders_given_ / 3 % 2 == 0;
    order(&engine_,
          Role::kActive,
          network(engine_, is_strong ? "strong" : "weak", is_strong ? 1.0F : 0.4F));
  };
  after_order_();
  run();
  EXPECT_EQ(stats_.windows_scored.load(), static_cast<std::uint64_t>(2 * kWindows));
  EXPECT_THAT(taken_up_, SizeIs(::testing::Ge(2 * kWindows)));
  std::set<std::string> hashes;
  std::map<std::tuple<std::string, Phase>, Time> last;
  for (const Pick& pick : picks_) {
    hashes.insert(pick.adapter_hash);
    if (pick.adapter_id == "weak-1") {
      EXPECT_LE(pick.score, 0.4 + 1e-6);
    }
    Time& before = last[{pick.instrument.station, pick.phase_hint}];
    EXPECT_GE(pick.time - before, std::chrono::milliseconds{990});
    before = pick.time;
  }
  EXPECT_EQ(hashes, (std::set<std::string>{"hash of strong", "hash of weak"}));
}

TEST_F(InferenceWorkerTest, ACandidateScoresTheSameWindowsAndItsPicksStayApart) {
  order(&candidate_, Role::kShadow, network(candidate_, "half", 0.5F));
  push_windows();
  run();
  EXPECT_EQ(stats_.shadow_windows_scored.load(), static_cast<std::uint64_t>(2 * kWindows));
  EXPECT_EQ(stats_.shadow_windows_skipped.load(), 0U);
  EXPECT_THAT(picks_, Each(Field(&Pick::adapter_hash, "")));
  EXPECT_THAT(shadow_picks_, Each(Field(&Pick::adapter_hash, "hash of half")));
  ASSERT_EQ(shadow_picks_.size(), picks_.size());
  std::multiset<Time> active;
  std::multiset<Time> shadow;
  for (std::size_t i = 0; i < picks_.size(); ++i) {
    active.insert(picks_[i].time);
    shadow.insert(shadow_picks_[i].time);
  }
  EXPECT_EQ(active, shadow);
}

TEST_F(InferenceWorkerTest, ACandidateWithoutTimeSkipsTheOldestAndIsNeverWaitedFor) {
  config_.daemon.window_queue_bytes = 4 * 10 * window_at(0, "A").bytes();
  config_.daemon.exit_when_sources_end = false;
  order(&candidate_, Role::kShadow, network(candidate_, "half", 0.5F));
  push_windows();  // all wait at once: no moment without a batch
  run();
  EXPECT_EQ(stats_.windows_scored.load(), static_cast<std::uint64_t>(2 * kWindows));
  EXPECT_EQ(stats_.shadow_windows_scored.load() + stats_.shadow_windows_skipped.load(),
            static_cast<std::uint64_t>(2 * kWindows));
  EXPECT_GE(stats_.shadow_windows_skipped.load(), static_cast<std::uint64_t>(2 * kWindows - 10));
}

TEST_F(InferenceWorkerTest, EndingTheShadowEndsItsPicks) {
  order(&candidate_, Role::kShadow, network(candidate_, "half", 0.5F));
  order(nullptr, Role::kShadow, nullptr);
  push_windows();
  run();
  EXPECT_THAT(taken_up_, SizeIs(2));
  EXPECT_THAT(shadow_picks_, IsEmpty());
  EXPECT_EQ(stats_.shadow_windows_scored.load(), 0U);
}

TEST_F(InferenceWorkerTest, EveryTaskTellsOfEveryPPick) {
  order_scalar_tasks();
  push_windows();
  run();
  const auto p_picks = std::count_if(
      picks_.begin(), picks_.end(), [](const Pick& pick) { return pick.phase_hint == Phase::kP; });
  EXPECT_GT(p_picks, 20);
  EXPECT_THAT(estimates_, SizeIs(4 * static_cast<std::size_t>(p_picks)));
  EXPECT_THAT(estimates_, Each(Field(&Estimate::model_id, "base-1")));
  EXPECT_EQ(stats_.decoder_counters().picks_p, static_cast<std::uint64_t>(p_picks));
}

TEST_F(InferenceWorkerTest, ATaskThatIsNotWantedTellsNothing) {
  config_.models.tasks = {"emg"};
  order_scalar_tasks();
  push_windows();
  run();
  EXPECT_THAT(estimates_, Not(IsEmpty()));
  for (const Estimate& estimate : estimates_) {
    EXPECT_EQ(task_of(estimate.value), "emg");
  }
}

TEST_F(InferenceWorkerTest, ACursorLeavesAfterAllThatIsToldOfThePicksBeforeIt) {
  order_scalar_tasks();
  for (std::int64_t number = 0; number < kWindows; ++number) {
    windows_.push(window_at(number, "A"));
    windows_.push(Cursor{"archive", std::to_string(number)});
  }
  windows_.close();
  run();
  ASSERT_THAT(at_cursors_, SizeIs(kWindows));
  for (std::size_t i = 0; i < at_cursors_.size(); ++i) {
    const AtCursor& at = at_cursors_[i];
    EXPECT_EQ(at.position, std::to_string(i)) << "in the order in which they came";
    std::set<std::string> told;
    for (std::size_t n = 0; n < at.estimates; ++n) {
      told.insert(estimates_[n].pick_id + std::string(task_of(estimates_[n].value)));
    }
    // With window i what lies before its start and a hop is final; a pick also waits for a second.
    const Time decided_to = window_at(static_cast<std::int64_t>(i), "A").start +
                            test::rate_of(100).span_of(kHop) - std::chrono::milliseconds{1500};
    for (const Pick& pick : picks_) {
      if (pick.phase_hint == Phase::kP && pick.time < decided_to) {
        for (const std::string_view task : kScalarTasks) {
          EXPECT_THAT(told, Contains(pick.pick_id + std::string(task))) << at.position;
        }
      }
    }
  }
}

}  // namespace
}  // namespace geod
