#include "models/phase_pairs.hpp"

#include <gtest/gtest.h>

namespace geod::models {
namespace {

constexpr std::int64_t kTileRows = 100;

/// A part over columns [from_column, to_column) that begins `per_column` rows later on each.
MaskEvent part_of(std::int64_t from_column,
                  std::int64_t to_column,
                  std::int64_t from_row,
                  double per_column = 0.5) {
  MaskEvent part;
  for (std::int64_t c = from_column; c < to_column; ++c) {
    ColumnRun run;
    run.column = c;
    run.from = from_row + static_cast<std::int64_t>(per_column * static_cast<double>(c));
    run.to = run.from + 20;
    run.cells = 20;
    run.probability_sum = 16.0;
    part.runs.push_back(run);
  }
  part.decided_row = from_row + 200;
  part.max_probability = 0.8F;
  return part;
}

/// A mask of 100 columns that is on at column 0 from row `on_from`, if any, and was looked at up to
/// `next_row`.
MaskEvents looked_at(std::int64_t next_row, std::int64_t on_from = -1) {
  constexpr std::int64_t kColumns = 100;
  FibreGrid grid;
  grid.columns = kColumns;
  MaskRows rows;
  rows.grid = std::make_shared<const FibreGrid>(grid);
  rows.rows = next_row;
  rows.begins_segment = true;
  rows.probability[0].assign(static_cast<std::size_t>(next_row * kColumns), 0.0F);
  for (std::int64_t row = on_from; on_from >= 0 && row < next_row; ++row) {
    rows.probability[0][static_cast<std::size_t>(row * kColumns)] = 0.9F;
  }
  MaskEvents events{DasSettings{}};
  std::vector<MaskEvent> none;
  events.push(rows, none);
  return events;
}

std::vector<MaskEvent> pushed(PhasePairs& pairs, MaskEvent part, const MaskEvents& events) {
  std::vector<MaskEvent> out;
  std::vector<MaskEvent> parts;
  parts.push_back(std::move(part));
  pairs.push(std::move(parts), events, kTileRows, out);
  return out;
}
std::vector<MaskEvent> pushed(PhasePairs& pairs, MaskEvent part, std::int64_t next_row) {
  return pushed(pairs, std::move(part), looked_at(next_row));
}

std::vector<MaskEvent> finished(PhasePairs& pairs) {
  std::vector<MaskEvent> out;
  pairs.finish(out);
  return out;
}

TEST(PhasePairs, TheSecondFrontBecomesSWhateverItWasCalled) {
  PhasePairs pairs;
  EXPECT_TRUE(pushed(pairs, part_of(0, 60, 100), 160).empty());
  const auto events = pushed(pairs, part_of(20, 60, 150, 0.8), 220);
  EXPECT_TRUE(finished(pairs).empty());
  ASSERT_EQ(events.size(), 1U);
  const std::vector<ColumnRun>& runs = events[0].runs;
  ASSERT_EQ(runs.size(), 100U);
  for (std::size_t i = 1; i < runs.size(); ++i) {
    EXPECT_TRUE(runs[i - 1].column < runs[i].column ||
                (runs[i - 1].column == runs[i].column && runs[i - 1].from < runs[i].from));
  }
  EXPECT_EQ(runs[0].s_from, -1);
  EXPECT_FALSE(runs[20].begins_as_s);  // P of column 20
  EXPECT_TRUE(runs[21].begins_as_s);   // its S
  EXPECT_EQ(runs[21].s_from, runs[21].from);
  EXPECT_DOUBLE_EQ(runs[21].s_mass, 16.0);
  EXPECT_EQ(events[0].decided_row, 350);
}

TEST(PhasePairs, WaitsAsLongAsASecondFrontCanComeAndNotLonger) {
  PhasePairs pairs;
  EXPECT_TRUE(pushed(pairs, part_of(0, 60, 100, 0.0), 160).empty());
  std::vector<MaskEvent> out;
  pairs.push({}, looked_at(100 + 169), kTileRows, out);
  EXPECT_TRUE(out.empty());
  pairs.push({}, looked_at(100 + 170), kTileRows, out);
  EXPECT_EQ(out.size(), 1U);
  EXPECT_TRUE(finished(pairs).empty());
}

TEST(PhasePairs, TheSecondFrontMayEndBeforeTheFirst) {
  for (const bool first_is_on : {true, false}) {
    PhasePairs pairs;
    MaskEvent second = part_of(20, 60, 150, 0.8);
    for (ColumnRun& run : second.runs) {  // S by itself, so it waits for a first front alone
      run.begins_as_s = true;
      run.s_from = run.from;
    }
    const auto given = pushed(pairs, second, looked_at(220, first_is_on ? 101 : -1));
    EXPECT_EQ(given.size(), first_is_on ? 0U : 1U);
    const auto joined = pushed(pairs, part_of(0, 60, 100), 260);
    const auto rest = finished(pairs);
    const auto& events = first_is_on ? joined : rest;
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(joined.size() + rest.size(), 1U);
    EXPECT_EQ(events[0].runs.size(), first_is_on ? 100U : 60U);
  }
}

TEST(PhasePairs, WaitsForAFirstFrontNoLongerThanTheLimit) {
  PhasePairs pairs;
  MaskEvent second = part_of(0, 60, 150);
  for (ColumnRun& run : second.runs) {
    run.begins_as_s = true;
    run.s_from = run.from;
  }
  const std::int64_t end = second.decided_row + PhasePairs::kLongestWait;
  EXPECT_TRUE(pushed(pairs, second, looked_at(end - 1, 101)).empty());
  std::vector<MaskEvent> out;
  pairs.push({}, looked_at(end, 101), kTileRows, out);
  EXPECT_EQ(out.size(), 1U);
}

TEST(PhasePairs, WhatIsTooLateOrElsewhereOrBeforeStaysByItself) {
  for (const MaskEvent& other : {part_of(0, 60, 171, 0.0),     // more than 0.7 of a tile
                                 part_of(40, 100, 130, 0.0),   // shares a third of its columns
                                 part_of(0, 60, 100, 0.0)}) {  // not after
    PhasePairs pairs;
    EXPECT_TRUE(pushed(pairs, part_of(0, 60, 100, 0.0), 160).empty());
    EXPECT_TRUE(pushed(pairs, other, 200).empty());
    EXPECT_EQ(finished(pairs).size(), 2U);
  }
}

TEST(PhasePairs, AnEarthquakeWithItsOwnSIsNotTheSOfAnother) {
  PhasePairs pairs;
  MaskEvent whole = part_of(0, 60, 150);
  for (ColumnRun& run : whole.runs) {
    run.to += 60;
    run.s_from = run.from + 40;
    run.s_mass = 20.0;
  }
  EXPECT_TRUE(pushed(pairs, part_of(0, 60, 100), 160).empty());
  EXPECT_EQ(pushed(pairs, whole, 230).size(), 1U);  // has S, so it need not wait
  const auto events = finished(pairs);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].runs.size(), 60U);
}

}  // namespace
}  // namespace geod::models
