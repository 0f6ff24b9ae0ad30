#include "daemon/scalar_tasks.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scalar_engines.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Time kStart = *parse_iso("2019-07-04T17:00:00");
const InstrumentId kInstrument{"CI", "CLC", "", "H", "H"};

/// Windows of 10 s every 2.5 s.
models::Manifest base() {
  models::Manifest manifest;
  manifest.name = "fake";
  manifest.version = "1";
  manifest.geometry.window_samples = 1000;
  manifest.geometry.sampling_rate = *SampleRate::make(100);
  manifest.picks.hop_samples = 250;
  manifest.weights_sha256 = std::string(64, 'a');
  return manifest;
}

/// The vertical is largest at `peak` after kStart.
ScalarTasks::WindowPointer window(Duration after,
                                  Duration peak = 6s,
                                  std::array<char, kComponents> codes = {'Z', 'N', 'E'}) {
  auto made = std::make_shared<Window>();
  made->instrument = kInstrument;
  made->start = kStart + after;
  made->rate = base().geometry.sampling_rate;
  made->samples = base().geometry.window_samples;
  made->data.assign(3000, 0.0F);
  made->subsource = codes;
  const std::int64_t n = made->rate.samples_in(peak - after);
  if (n >= 0 && n < made->samples) {
    made->data[static_cast<std::size_t>(n)] = 100.0F;
  }
  return made;
}

Pick pick(Phase phase, Duration after) {
  Pick made;
  made.instrument = kInstrument;
  made.phase_hint = phase;
  made.time = kStart + after;
  made.uncertainty_s = 0.05;
  made.model_id = "fake-1";
  made.model_hash = std::string(64, 'a');
  made.pick_id = make_pick_id(made.instrument, phase, made.time);
  return made;
}

class ScalarTasksTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kRoom = 1'000'000;

  ScalarTasks make_tasks(std::size_t max_batch = 16, bool sheds = false) {
    ScalarTasks tasks({max_batch, sheds}, picker_, rows_, stats_);
    for (const auto& [task, engine] : engines_) {
      tasks.set_active(task, engine.get());
    }
    return tasks;
  }
  /// Windows from 0 to `last`, and the picks that become final with the last one.
  static void push_windows(ScalarTasks& tasks, Duration last, const std::vector<Pick>& picks) {
    for (Duration after = 0s; after < last; after += 2500ms) {
      tasks.push(window(after), {});
    }
    tasks.push(window(last), picks);
  }
  static void score_all(ScalarTasks& tasks) {
    while (tasks.has_work() || tasks.has_shadow_work()) {
      ASSERT_TRUE(tasks.score_batch());
      ASSERT_TRUE(tasks.score_shadow_batch());
    }
  }
  template <class Row>
  std::vector<Row> take_rows() {
    std::vector<Row> rows;
    while (rows_.size() > 0) {
      auto item = rows_.pop();
      if (auto* row = std::get_if<Row>(&*item)) {
        rows.push_back(std::move(*row));
      }
    }
    return rows;
  }

  test::FakeEngine picker_{base()};
  std::map<models::Task, std::unique_ptr<test::FakeEngine>> engines_ = test::scalar_engines(base());
  BoundedQueue<SinkItem> rows_{kRoom, WhenFull::kBlock};
  DaemonStats stats_;
};

TEST_F(ScalarTasksTest, TellEveryTaskOfAPPickFromTheWindowsThatShowItWhereTheBundleWantsIt) {
  ScalarTasks tasks = make_tasks();
  // P at 6 s lies at 0.6, 0.35, 0.1 of the windows; 0.1 to 0.45 are wanted.
  const Pick p = pick(Phase::kP, 6s);
  push_windows(tasks, 5s, {p});
  EXPECT_TRUE(tasks.has_work());
  EXPECT_EQ(rows_.size(), 0U) << "nothing is scored before it is asked for";
  score_all(tasks);
  const auto estimates = take_rows<Estimate>();
  ASSERT_THAT(estimates, SizeIs(4));
  for (const Estimate& estimate : estimates) {
    EXPECT_EQ(estimate.pick_id, p.pick_id);
    EXPECT_EQ(estimate.instrument, kInstrument);
    EXPECT_EQ(estimate.pick_time, p.time);
    EXPECT_EQ(estimate.windows, 2);
    EXPECT_EQ(estimate.model_id, "fake-1");
    EXPECT_EQ(estimate.adapter_id, "fake-" + std::string(task_of(estimate.value)) + "-1");
    EXPECT_THAT(estimate.adapter_hash, SizeIs(64));
  }
  EXPECT_NEAR(std::get<PolarityEstimate>(estimates[0].value).up_probability, 0.9, 1e-6);
  // The fake tells 500 km times the place of the peak: 175 km and 50 km.
  const auto distance = std::get<DistanceEstimate>(estimates[3].value);
  EXPECT_NEAR(distance.distance_km, 112.5, 1e-3);
  EXPECT_NEAR(distance.uncertainty_km, std::hypot(0.25 * 112.5, 125.0 / std::sqrt(2.0)), 1e-3);
  EXPECT_EQ(stats_.estimates_made[0].load(), 1U);
}

TEST_F(ScalarTasksTest, SaySoWhereNoWindowShowsThePick) {
  ScalarTasks tasks = make_tasks();
  tasks.push(window(0s), std::vector<Pick>{pick(Phase::kP, 500ms), pick(Phase::kP, 9s)});
  EXPECT_FALSE(tasks.has_work());
  EXPECT_EQ(stats_.estimates_without_window.load(), 8U);
  EXPECT_TRUE(tasks.is_done(tasks.next_pick()));
}

TEST_F(ScalarTasksTest, TellNothingOfSPicks) {
  ScalarTasks tasks = make_tasks();
  push_windows(tasks, 5s, {pick(Phase::kS, 6s)});
  EXPECT_FALSE(tasks.has_work());
}

TEST_F(ScalarTasksTest, TellNoBackAzimuthOfComponentsThatPointAnywhere) {
  ScalarTasks tasks = make_tasks();
  tasks.push(window(2500ms, 6s, {'Z', '1', '2'}), {});
  tasks.push(window(5s, 6s, {'Z', '1', '2'}), std::vector<Pick>{pick(Phase::kP, 6s)});
  score_all(tasks);
  std::vector<std::string_view> told;
  for (const Estimate& estimate : take_rows<Estimate>()) {
    told.push_back(task_of(estimate.value));
  }
  EXPECT_THAT(told, ElementsAre("pmp", "emg", "dis"));
  EXPECT_EQ(stats_.estimates_without_window.load(), 1U);
}

TEST_F(ScalarTasksTest, GiveTheSameForAnyBatch) {
  std::vector<std::vector<Estimate>> told;
  for (const std::size_t max_batch : {1U, 3U, 16U}) {
    ScalarTasks tasks = make_tasks(max_batch);
    push_windows(tasks, 5s, {pick(Phase::kP, 5400ms), pick(Phase::kP, 6s)});
    score_all(tasks);
    told.push_back(take_rows<Estimate>());
    ASSERT_THAT(told.back(), SizeIs(8));
    std::sort(told.back().begin(), told.back().end(), [](const Estimate& a, const Estimate& b) {
      return std::pair(a.pick_id, task_of(a.value)) < std::pair(b.pick_id, task_of(b.value));
    });
  }
  EXPECT_EQ(told[1], told[0]);
  EXPECT_EQ(told[2], told[0]);
}

TEST_F(ScalarTasksTest, ScoreThePicksOfOneCallWithOneNetwork) {
  ScalarTasks tasks = make_tasks(1);
  for (const models::Task task : {models::Task::kPmp, models::Task::kBaz, models::Task::kEmg}) {
    tasks.set_active(task, nullptr);
  }
  // Two windows, batches of one: both are scored in one call.
  push_windows(tasks, 5s, {pick(Phase::kP, 6s)});
  ASSERT_TRUE(tasks.score_batch());
  EXPECT_FALSE(tasks.has_work());
  auto& engine = *engines_.at(models::Task::kDis);
  models::Manifest next = engine.manifest();
  next.version = "2";
  engine.replace(*engine.prepare(test::fake_overlay(next, std::string(64, '2'), 2.0F)));
  tasks.push(window(7500ms), std::vector<Pick>{pick(Phase::kP, 8600ms)});
  score_all(tasks);
  const auto told = take_rows<Estimate>();
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[0].adapter_id, "fake-dis-1");
  EXPECT_EQ(told[1].adapter_id, "fake-dis-2");
  EXPECT_EQ(told[1].adapter_hash, std::string(64, '2'));
}

TEST_F(ScalarTasksTest, CountOutputsThatSayNothing) {
  engines_[models::Task::kEmg] = test::scalar_engine(
      base(), models::Task::kEmg, "broken", std::numeric_limits<float>::quiet_NaN());
  ScalarTasks tasks = make_tasks();
  push_windows(tasks, 5s, {pick(Phase::kP, 6s)});
  score_all(tasks);
  EXPECT_THAT(take_rows<Estimate>(), SizeIs(3));
  EXPECT_EQ(stats_.estimates_unusable.load(), 1U);
  EXPECT_TRUE(tasks.is_done(tasks.next_pick()));
}

TEST_F(ScalarTasksTest, AreDoneWithAPickWhenEveryTaskHasToldOfIt) {
  ScalarTasks tasks = make_tasks();
  EXPECT_TRUE(tasks.is_done(tasks.next_pick()));
  push_windows(tasks, 5s, {pick(Phase::kP, 6s)});
  const std::uint64_t before_second = tasks.next_pick();
  EXPECT_FALSE(tasks.is_done(before_second));
  tasks.push(window(7500ms), std::vector<Pick>{pick(Phase::kP, 8600ms)});
  for (int task = 0; task < 4; ++task) {
    EXPECT_FALSE(tasks.is_done(before_second));
    ASSERT_TRUE(tasks.score_batch());
  }
  EXPECT_TRUE(tasks.is_done(before_second));
}

TEST_F(ScalarTasksTest, MakeALocationWhenTheSPickIsFinal) {
  ScalarTasks tasks = make_tasks();
  push_windows(tasks, 5s, {pick(Phase::kP, 6s)});
  score_all(tasks);
  const auto estimates = take_rows<Estimate>();
  EXPECT_EQ(stats_.locations_made.load(), 0U) << "S may follow";
  tasks.push(window(7500ms), std::vector<Pick>{pick(Phase::kS, 11s)});
  const auto locations = take_rows<StationLocation>();
  ASSERT_THAT(locations, SizeIs(1));
  EXPECT_EQ(locations[0].pick_id, estimates[0].pick_id);
  EXPECT_NEAR(locations[0].s_minus_p_s, 5.0, 1e-9);
  EXPECT_LT(locations[0].distance_km, 112.5) << "5 s are 40 km, which is better known";
  EXPECT_GT(locations[0].distance_km, 35.0);
  EXPECT_EQ(locations[0].back_azimuth_deg,
            std::get<BackAzimuthEstimate>(estimates[1].value).back_azimuth_deg);
  EXPECT_EQ(locations[0].distance_adapter_id, "fake-dis-1");
}

TEST_F(ScalarTasksTest, MakeTheSameLocationWhenTheSPickIsThereBeforeTheEstimates) {
  ScalarTasks tasks = make_tasks();
  push_windows(tasks, 5s, {pick(Phase::kP, 6s), pick(Phase::kS, 11s)});
  EXPECT_EQ(rows_.size(), 0U);
  score_all(tasks);
  const auto locations = take_rows<StationLocation>();
  ASSERT_THAT(locations, SizeIs(1));
  EXPECT_NEAR(locations[0].s_minus_p_s, 5.0, 1e-9);
}

TEST_F(ScalarTasksTest, LocateWithoutSWhenNoneFollowedInAMinute) {
  ScalarTasks tasks = make_tasks();
  push_windows(tasks, 5s, {pick(Phase::kP, 6s)});
  score_all(tasks);
  tasks.push(window(62500ms), {});
  EXPECT_THAT(take_rows<StationLocation>(), IsEmpty()) << "picks up to 64 s are final";
  tasks.push(window(65s), {});
  const auto locations = take_rows<StationLocation>();
  ASSERT_THAT(locations, SizeIs(1));
  EXPECT_LT(locations[0].s_minus_p_s, 0.0);
  EXPECT_NEAR(locations[0].distance_km, 112.5, 1e-3);
}

TEST_F(ScalarTasksTest, TheEndOfAnInstrumentClosesItsLocation) {
  ScalarTasks tasks = make_tasks();
  push_windows(tasks, 5s, {});
  tasks.end(kInstrument, std::vector<Pick>{pick(Phase::kP, 6s)});
  score_all(tasks);
  EXPECT_THAT(take_rows<StationLocation>(), SizeIs(1));
}

TEST_F(ScalarTasksTest, NoLocationWithoutABackAzimuth) {
  ScalarTasks tasks = make_tasks();
  tasks.set_active(models::Task::kBaz, nullptr);
  push_windows(tasks, 5s, {pick(Phase::kP, 6s), pick(Phase::kS, 11s)});
  score_all(tasks);
  EXPECT_THAT(take_rows<StationLocation>(), IsEmpty());
}

TEST_F(ScalarTasksTest, ACandidateTellsApartAndIsNotWaitedFor) {
  ScalarTasks tasks = make_tasks();
  const auto candidate = test::scalar_engine(base(), models::Task::kDis, "candidate", 0.5F);
  tasks.set_candidate(models::Task::kDis, candidate.get());
  push_windows(tasks, 5s, {pick(Phase::kP, 6s)});
  while (tasks.has_work()) {
    ASSERT_TRUE(tasks.score_batch());
  }
  EXPECT_TRUE(tasks.is_done(tasks.next_pick()));
  EXPECT_TRUE(tasks.has_shadow_work());
  EXPECT_THAT(take_rows<Estimate>(), SizeIs(4));
  ASSERT_TRUE(tasks.score_shadow_batch());
  const auto shadow = take_rows<ShadowEstimate>();
  ASSERT_THAT(shadow, SizeIs(1));
  EXPECT_EQ(shadow[0].estimate.adapter_id, "candidate-1");
  EXPECT_NEAR(std::get<DistanceEstimate>(shadow[0].estimate.value).distance_km, 56.25, 1e-3);
}

/// P picks 600 ms apart, each with two windows a task.
std::vector<Pick> many_picks(int count) {
  std::vector<Pick> picks;
  for (int i = 0; i < count; ++i) {
    picks.push_back(pick(Phase::kP, 6s + i * 1ms));
  }
  return picks;
}

TEST_F(ScalarTasksTest, WantToBeScoredBeforeTooMuchWaits) {
  ScalarTasks tasks = make_tasks();
  push_windows(tasks, 5s, many_picks(64));
  EXPECT_FALSE(tasks.must_score()) << "64 picks, two windows, four tasks";
  tasks.push(window(7500ms), std::vector<Pick>{pick(Phase::kP, 8600ms)});
  EXPECT_TRUE(tasks.must_score());
  ASSERT_TRUE(tasks.score_batch());
  EXPECT_FALSE(tasks.must_score());
  score_all(tasks);
  EXPECT_THAT(take_rows<Estimate>(), SizeIs(65 * 4));
  EXPECT_EQ(stats_.estimates_shed.load(), 0U);
}

TEST_F(ScalarTasksTest, ShedTheOldestWhereTheyMay) {
  ScalarTasks tasks = make_tasks(16, true);
  push_windows(tasks, 5s, many_picks(100));
  EXPECT_FALSE(tasks.must_score());
  EXPECT_EQ(stats_.estimates_shed.load(), 36U * 4U);
  score_all(tasks);
  const auto told = take_rows<Estimate>();
  EXPECT_THAT(told, SizeIs(64 * 4));
  EXPECT_EQ(told.front().pick_time, kStart + 6036ms) << "the newest are kept";
  EXPECT_TRUE(tasks.is_done(tasks.next_pick()));
}

TEST_F(ScalarTasksTest, WithoutEnginesHoldNothing) {
  ScalarTasks tasks({16, false}, picker_, rows_, stats_);
  auto held = window(2500ms);
  tasks.push(held, std::vector<Pick>{pick(Phase::kP, 6s)});
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(tasks.has_work());
}

TEST_F(ScalarTasksTest, HoldWindowsNoLongerThanAPickCanNeedThem) {
  ScalarTasks tasks = make_tasks();
  std::vector<ScalarTasks::WindowPointer> windows;
  for (int i = 0; i < 100; ++i) {
    windows.push_back(window(i * 2500ms));
    tasks.push(windows.back(), {});
  }
  const auto held = std::count_if(
      windows.begin(), windows.end(), [](const auto& each) { return each.use_count() > 1; });
  EXPECT_EQ(held, 4) << "0.45 of 10 s and 4 s for peaks that follow closely";
  tasks.end(kInstrument, {});
  EXPECT_EQ(windows.back().use_count(), 1);
}

}  // namespace
}  // namespace geod
