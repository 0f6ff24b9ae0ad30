#include "models/arrival_picker.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/fibre_tile.hpp"
#include "tests/support/fibre_signals.hpp"

namespace geod::models {
namespace {

constexpr std::int64_t kColumns = 200;
constexpr std::int64_t kRows = 1000;
constexpr std::int64_t kFirstRow = 50'000;

using RowOf = std::function<double(std::int64_t)>;  ///< of an arrival, by column

/// Noise of one sigma and, from the arrivals on, what is 5 and 8 times as strong.
TraceHistory trace_of(const RowOf& p, const RowOf& s, const std::vector<std::int64_t>& dead = {}) {
  FibreGrid grid;
  grid.columns = kColumns;
  MaskRows rows;
  rows.grid = std::make_shared<const FibreGrid>(grid);
  rows.first_row = kFirstRow;
  rows.rows = kRows;
  rows.begins_segment = true;
  for (std::int64_t r = 0; r < kRows; ++r) {
    for (std::int64_t c = 0; c < kColumns; ++c) {
      const auto row = static_cast<double>(r);
      const double strength = row >= s(c) ? 8.0 : row >= p(c) ? 5.0 : 1.0;
      const double value = 127.5 + 127.5 / 6.0 * strength * streams::fibre_noise(r, c, 5);
      rows.trace.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
    }
  }
  for (const std::int64_t c : dead) {
    for (std::int64_t r = 0; r < kRows; ++r) {
      rows.trace[static_cast<std::size_t>(r * kColumns + c)] = static_cast<std::uint8_t>(kNoSample);
    }
  }
  TraceHistory trace(kRows);
  trace.push(std::move(rows));
  return trace;
}

/// One run per column from about `p` on, with S from about `s`, as coarse as a network's patches.
MaskEvent event_of(const RowOf& p, const RowOf& s, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> jitter(-12, 12);
  MaskEvent event;
  for (std::int64_t c = 0; c < kColumns; ++c) {
    ColumnRun run;
    run.column = c;
    run.from = kFirstRow + std::llround(p(c)) + jitter(random);
    run.s_from = kFirstRow + std::llround(s(c)) + jitter(random);
    run.to = run.s_from + 150;
    run.cells = run.to - run.from;
    run.probability_sum = 0.8 * static_cast<double>(run.cells);
    event.runs.push_back(run);
  }
  event.decided_row = kFirstRow + kRows;
  return event;
}

double hyperbola(std::int64_t column, double first, double apex, double per_column) {
  return first + std::hypot(60.0, per_column * (static_cast<double>(column) - apex)) - 60.0;
}
double p_row(std::int64_t column) {
  return hyperbola(column, 200.0, 80.0, 0.7);
}
double s_row(std::int64_t column) {
  return hyperbola(column, 340.0, 80.0, 1.2);
}

struct Errors {
  double median = 0.0;
  double within_5 = 0.0;
};
Errors errors_of(const std::vector<ColumnArrival>& arrivals, const RowOf& truth) {
  std::vector<double> sizes;
  double within = 0.0;
  for (const ColumnArrival& each : arrivals) {
    sizes.push_back(std::abs(each.row - static_cast<double>(kFirstRow) - truth(each.column)));
    within += sizes.back() <= 5.0 ? 1.0 : 0.0;
  }
  std::sort(sizes.begin(), sizes.end());
  return {sizes[sizes.size() / 2], within / static_cast<double>(sizes.size())};
}

TEST(ArrivalPicker, FindsKnownArrivalsWithinAFewSamples) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  const EventArrivals arrivals =
      ArrivalPicker({}).pick(event_of(p_row, s_row, seed), trace_of(p_row, s_row));
  const auto& p = arrivals.of_phase[0];
  const auto& s = arrivals.of_phase[1];
  ASSERT_GT(p.size(), 190U);
  EXPECT_LE(errors_of(p, p_row).median, 1.5);
  EXPECT_GE(errors_of(p, p_row).within_5, 0.95);
  EXPECT_GT(std::count_if(p.begin(), p.end(), [](const auto& a) { return a.is_refined; }), 180);
  // S grows out of the P coda by less: the border may have to do.
  ASSERT_GT(s.size(), 180U);
  EXPECT_LE(errors_of(s, s_row).median, 8.0);
  for (const ColumnArrival& each : p) {
    EXPECT_GE(each.sigma_rows, each.is_refined ? 3.0 : 10.0);
    EXPECT_FLOAT_EQ(each.probability, 0.8F);
  }
}

TEST(ArrivalPicker, ReadsSWhereMostOfItIs) {
  MaskEvent event = event_of(p_row, s_row, 7);
  MaskEvent with_coda;
  with_coda.decided_row = event.decided_row;
  for (const ColumnRun& run : event.runs) {
    ColumnRun p = run;  // P alone, its coda taken for S for a while
    p.to = run.from + 60;
    p.s_from = run.from + 45;
    p.s_mass = 8.0;
    ColumnRun s = run;
    s.from = run.s_from;
    s.begins_as_s = true;
    s.s_mass = 100.0;
    with_coda.runs.push_back(p);
    with_coda.runs.push_back(s);
  }
  const EventArrivals arrivals = ArrivalPicker({}).pick(with_coda, trace_of(p_row, s_row));
  ASSERT_GT(arrivals.of_phase[1].size(), 180U);
  EXPECT_LE(errors_of(arrivals.of_phase[1], s_row).median, 8.0);
  EXPECT_LE(errors_of(arrivals.of_phase[0], p_row).median, 1.5);
}

TEST(ArrivalPicker, TheBorderStandsWhereTheTraceShowsNoOnset) {
  const RowOf never = [](std::int64_t) { return 1e9; };
  const RowOf flat = [](std::int64_t) { return 300.0; };
  MaskEvent event = event_of(
      flat, [](std::int64_t) { return 400.0; }, 3);
  for (ColumnRun& run : event.runs) {
    run.s_from = -1;
  }
  const auto p = ArrivalPicker({}).pick(event, trace_of(never, never)).of_phase[0];
  ASSERT_GT(p.size(), 190U);
  const auto refined =
      std::count_if(p.begin(), p.end(), [](const auto& each) { return each.is_refined; });
  EXPECT_LT(refined, 40);
  for (const ColumnArrival& each : p) {
    if (!each.is_refined) {
      EXPECT_EQ(each.row, event.runs[static_cast<std::size_t>(each.column)].from);
      EXPECT_GE(each.sigma_rows, 10.0);
    }
  }
}

TEST(ArrivalPicker, LeavesOutOutliersAndDeadChannels) {
  MaskEvent event = event_of(p_row, s_row, 7);
  event.runs[50].from -= 120;
  event.runs[120].from += 90;
  const auto p = ArrivalPicker({}).pick(event, trace_of(p_row, s_row, {20, 150})).of_phase[0];
  for (const std::int64_t gone : {20, 50, 120, 150}) {
    EXPECT_TRUE(std::none_of(p.begin(), p.end(), [gone](const auto& each) {
      return each.column == gone;
    })) << gone;
  }
  EXPECT_GT(p.size(), 185U);
}

TEST(ArrivalPicker, ReadsNoArrivalOffARunWhoseBeginWasNotSeen) {
  MaskEvent event = event_of(p_row, s_row, 7);
  for (ColumnRun& run : event.runs) {
    run.has_onset = false;
  }
  event.runs[5].begins_as_s = true;
  event.runs[5].s_from = event.runs[5].from;
  const EventArrivals arrivals = ArrivalPicker({}).pick(event, trace_of(p_row, s_row));
  EXPECT_TRUE(arrivals.of_phase[0].empty());
  EXPECT_GT(arrivals.of_phase[1].size(), 180U);  // S turned up later, and that was seen
  EXPECT_NE(arrivals.of_phase[1][5].column, 5);
}

}  // namespace
}  // namespace geod::models
