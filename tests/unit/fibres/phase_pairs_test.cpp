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

std::vector<MaskEvent> pushed(PhasePairs& pairs, MaskEvent part, std::int64_t decided_row) {
  std::vector<MaskEvent> out;
  std::vector<MaskEvent> parts;
  parts.push_back(std::move(part));
  pairs.push(std::move(parts), kTileRows, decided_row, out);
  return out;
}

std::vector<MaskEvent> finished(PhasePairs& pairs) {
  std::vector<MaskEvent> out;
  pairs.finish(out);
  return out;
}

TEST(PhasePairs, TheSecondFrontBecomesSWhateverItWasCalled) {
  PhasePairs pairs;
  EXPECT_TRUE(pushed(pairs, part_of(0, 60, 100), 160).empty());
  EXPECT_TRUE(pushed(pairs, part_of(20, 60, 150, 0.8), 220).empty());
  const auto events = finished(pairs);
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
  pairs.push({}, kTileRows, 100 + 169, out);
  EXPECT_TRUE(out.empty());
  pairs.push({}, kTileRows, 100 + 170, out);
  EXPECT_EQ(out.size(), 1U);
  EXPECT_TRUE(finished(pairs).empty());
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
