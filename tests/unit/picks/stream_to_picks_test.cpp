#include <algorithm>
#include <memory>
#include <random>
#include <span>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/scalar_tasks.hpp"
#include "models/batcher.hpp"
#include "models/pick_decoders.hpp"
#include "streams/stream_processor.hpp"
#include "tests/support/scalar_engines.hpp"
#include "tests/support/stream_shuffle.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;

/// The whole path without sockets, threads and a network: records in, picks and what follows them
/// out.
struct Outcome {
  std::vector<Pick> picks;
  std::vector<Estimate> estimates;
  std::vector<StationLocation> locations;
  double scored_s = 0.0;
  double masked_s = 0.0;
};

models::Manifest manifest() {
  models::Manifest manifest;
  manifest.geometry.window_samples = 768;
  manifest.geometry.sampling_rate = test::rate_of(100);
  manifest.picks.hop_samples = 192;
  manifest.picks.blind_left_samples =
      100;  // where the stand-in for a network sees no second before
  manifest.picks.blind_right_samples = 100;
  return manifest;
}

/// What belongs to picks, in an order of its own.
void take_rows(BoundedQueue<SinkItem>& rows, Outcome& outcome) {
  while (rows.size() > 0) {
    auto item = rows.pop();
    if (auto* estimate = std::get_if<Estimate>(&*item)) {
      outcome.estimates.push_back(std::move(*estimate));
    } else {
      outcome.locations.push_back(std::get<StationLocation>(std::move(*item)));
    }
  }
  std::sort(
      outcome.estimates.begin(), outcome.estimates.end(), [](const Estimate& a, const Estimate& b) {
        return std::tuple(a.instrument, a.pick_time, a.value.index()) <
               std::tuple(b.instrument, b.pick_time, b.value.index());
      });
  std::sort(outcome.locations.begin(),
            outcome.locations.end(),
            [](const StationLocation& a, const StationLocation& b) {
              return std::tie(a.instrument, a.pick_time) < std::tie(b.instrument, b.pick_time);
            });
}

/// `scalar_every`: a batch of the scalar tasks after so many of dpk; 0: all of them at the end.
Outcome picks_of(const std::vector<streams::Record>& records,
                 std::size_t max_batch,
                 std::size_t scalar_every = 1) {
  const models::Manifest model = manifest();
  const config::ContinuityConfig continuity;
  const config::WindowsConfig windows;
  streams::StreamProcessor processor(
      continuity,
      windows,
      {model.geometry.window_samples, model.picks.hop_samples, model.geometry.sampling_rate});
  test::FakeEngine engine(model);
  const auto scalar_engines = test::scalar_engines(model);
  BoundedQueue<SinkItem> rows(1'000'000, WhenFull::kBlock);
  DaemonStats stats;
  ScalarTasks scalar_tasks({max_batch, false}, engine, rows, stats);
  for (const auto& [task, scalar_engine] : scalar_engines) {
    scalar_tasks.set_active(task, scalar_engine.get());
  }
  std::size_t batches = 0;
  models::Batcher batcher(max_batch, 50ms);
  models::PickDecoders decoders(
      {model.picks, model.geometry.sampling_rate, model.geometry.window_samples, "fake-1", "00"},
      {});
  models::DecoderOutput decoded;
  models::ScoreBatch scores;

  const auto infer = [&] {
    std::vector<Window> batch = batcher.take();
    std::vector<const Window*> pointers;
    for (const Window& window : batch) {
      pointers.push_back(&window);
    }
    ASSERT_TRUE(engine.score(pointers, scores));
    for (std::size_t n = 0; n < batch.size(); ++n) {
      const auto window = std::make_shared<const Window>(std::move(batch[n]));
      const std::size_t known = decoded.picks.size();
      decoders.push(*window, scores.series(n, 0), scores.series(n, 1), decoded);
      scalar_tasks.push(window, std::span(decoded.picks).subspan(known));
    }
    if (scalar_every > 0 && ++batches % scalar_every == 0) {
      ASSERT_TRUE(scalar_tasks.score_batch());
    }
  };
  streams::StreamOutput out;
  const auto pass_on = [&] {
    for (Window& window : out.windows) {
      batcher.add(std::move(window), {});
      if (batcher.is_due({})) {
        infer();
      }
    }
    out.clear();
  };
  for (const streams::Record& record : records) {
    processor.push(record, {}, out);
    pass_on();
  }
  processor.finish_all({}, out);
  pass_on();
  while (!batcher.empty()) {
    infer();
  }
  EXPECT_EQ(decoders.size(), 0U) << "every instrument had its last window";

  while (scalar_tasks.has_work()) {
    EXPECT_TRUE(scalar_tasks.score_batch());
  }

  Outcome outcome;
  take_rows(rows, outcome);
  outcome.picks = std::move(decoded.picks);
  for (Pick& pick : outcome.picks) {
    pick.completed_at = {};
  }
  std::sort(outcome.picks.begin(), outcome.picks.end(), [](const Pick& a, const Pick& b) {
    return std::tie(a.instrument, a.phase_hint, a.time) <
           std::tie(b.instrument, b.phase_hint, b.time);
  });
  for (const CompletenessDelta& delta : decoded.completeness) {
    outcome.scored_s += delta.scored_s;
    outcome.masked_s += delta.masked_s;
  }
  return outcome;
}

class StreamToPicks : public ::testing::Test {
 protected:
  std::mt19937_64 random_{11};
  const std::vector<test::ChannelData> channels_ = test::sample_network();
  const Outcome expected_ =
      picks_of(test::shuffled_stream(channels_, {.shortest = 200, .longest = 400}, random_), 1);
};

TEST_F(StreamToPicks, FindsTheBurstsOfEveryStation) {
  // Bursts at 4.5 s, 13.5 s, ... of every channel; the stand-in sees them up to half a second
  // early.
  const auto count = [&](const char* station, Phase phase) {
    return std::count_if(expected_.picks.begin(), expected_.picks.end(), [&](const Pick& pick) {
      const double since = std::fmod(to_seconds(pick.time - test::kEpoch), 9.0) - 4.5;
      return pick.instrument.station == station && pick.phase_hint == phase &&
             std::abs(since) < 0.5;
    });
  };
  for (const char* station : {"PLAIN", "FAST"}) {
    EXPECT_EQ(count(station, Phase::kP), 7) << station;
    EXPECT_EQ(count(station, Phase::kS), 7) << station;
  }
  EXPECT_EQ(count("GAP", Phase::kP), 5) << "two lie in the gap";
  EXPECT_EQ(count("FLAT", Phase::kP), 6) << "one lies in the constant samples";
  EXPECT_EQ(count("OFF", Phase::kP), 7);
  EXPECT_EQ(count("OFF", Phase::kS), 0);
  EXPECT_EQ(count("ONE", Phase::kP), 7);
}

TEST_F(StreamToPicks, TellsEveryTaskOfThePicksOfAThreeComponentStation) {
  for (const Pick& pick : expected_.picks) {
    if (pick.phase_hint != Phase::kP) {
      continue;
    }
    const auto told = [&](std::string_view task) {
      return std::count_if(
          expected_.estimates.begin(), expected_.estimates.end(), [&](const Estimate& estimate) {
            return estimate.pick_id == pick.pick_id && task_of(estimate.value) == task;
          });
    };
    const bool has_all = pick.components == "ZNE";
    EXPECT_EQ(told("pmp"), 1) << pick.instrument.to_string() << to_iso(pick.time);
    EXPECT_EQ(told("emg"), 1);
    EXPECT_EQ(told("dis"), 1);
    EXPECT_EQ(told("baz"), has_all ? 1 : 0);
  }
  EXPECT_THAT(
      expected_.locations,
      ::testing::Contains(::testing::Field(&StationLocation::s_minus_p_s, ::testing::Gt(0.0))));
}

TEST_F(StreamToPicks, PicksNothingAtTheEdgesOfGapsAndConstantSamples) {
  for (const Pick& pick : expected_.picks) {
    const double t = to_seconds(pick.time - test::kEpoch);
    if (pick.instrument.station == "GAP") {
      EXPECT_FALSE(t > 24.8 && t < 41.0) << t;
    }
    if (pick.instrument.station == "FLAT") {
      EXPECT_FALSE(t > 19.8 && t < 24.0) << t;
    }
  }
}

TEST_F(StreamToPicks, GivesTheSamePicksForAnyCutInterleavingAndBatch) {
  ASSERT_GT(expected_.picks.size(), 40U);
  for (int round = 0; round < 6; ++round) {
    const test::ShuffleOptions options{.shortest = 1,
                                       .longest = std::size_t{4} << round,
                                       .lag_s = 4.0,
                                       .duplicates = 0.1,
                                       .swaps = 0.2};
    const Outcome outcome = picks_of(test::shuffled_stream(channels_, options, random_),
                                     1U + static_cast<std::size_t>(round) * 7,
                                     static_cast<std::size_t>(round) % 4);
    ASSERT_EQ(outcome.picks, expected_.picks) << "round " << round;
    ASSERT_EQ(outcome.estimates, expected_.estimates) << "round " << round;
    ASSERT_EQ(outcome.locations, expected_.locations) << "round " << round;
    EXPECT_NEAR(outcome.scored_s, expected_.scored_s, 1e-6);
    EXPECT_NEAR(outcome.masked_s, expected_.masked_s, 1e-6);
  }
}

TEST_F(StreamToPicks, GivesTheSamePicksLiveAndReplayedOneStationAfterTheOther) {
  auto records = test::shuffled_stream(channels_, {.shortest = 100, .longest = 400}, random_);
  std::stable_sort(
      records.begin(), records.end(), [](const streams::Record& a, const streams::Record& b) {
        return a.header.source_id.station < b.header.source_id.station;
      });
  const Outcome outcome = picks_of(records, 4, 0);
  EXPECT_EQ(outcome.picks, expected_.picks);
  EXPECT_EQ(outcome.estimates, expected_.estimates);
  EXPECT_EQ(outcome.locations, expected_.locations);
}

}  // namespace
}  // namespace geod
