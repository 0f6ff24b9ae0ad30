#include "models/mask_events.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::models {
namespace {

constexpr std::int64_t kColumns = 60;
constexpr std::int64_t kFirstRow = 1000;

using Painted = std::function<double(std::int64_t, std::int64_t)>;  ///< (row from 0, column)

DasSettings easy() {
  DasSettings settings;
  settings.min_channels = 1;
  settings.min_rows = 1;
  settings.min_probability = 0.0;
  return settings;
}

/// Rows [0, rows) in stripes of at most `longest` rows, cut at random.
struct Found {
  std::vector<MaskEvent> events;
  MaskEventCounters counters;
};
Found find(const DasSettings& settings,
           std::int64_t rows,
           const Painted& first,
           const Painted& second = {},
           std::int64_t longest = 1000,
           std::uint64_t seed = 1) {
  FibreGrid grid;
  grid.columns = kColumns;
  const auto shared = std::make_shared<const FibreGrid>(grid);
  std::mt19937_64 random(seed);
  MaskEvents finder(settings);
  Found found;
  for (std::int64_t from = 0; from < rows;) {
    MaskRows stripe;
    stripe.grid = shared;
    stripe.first_row = kFirstRow + from;
    stripe.rows =
        std::min(rows - from, std::uniform_int_distribution<std::int64_t>(1, longest)(random));
    stripe.begins_segment = from == 0;
    for (std::int64_t row = from; row < from + stripe.rows; ++row) {
      for (std::int64_t c = 0; c < kColumns; ++c) {
        stripe.probability[0].push_back(static_cast<float>(first(row, c)));
        if (second) {
          stripe.probability[1].push_back(static_cast<float>(second(row, c)));
        }
      }
    }
    finder.push(stripe, found.events);
    from += stripe.rows;
  }
  finder.finish(found.events);
  found.counters = finder.counters();
  return found;
}

Painted box(std::int64_t from, std::int64_t to, std::int64_t first, std::int64_t last) {
  return [=](std::int64_t row, std::int64_t column) {
    return row >= from && row < to && column >= first && column <= last ? 0.9 : 0.0;
  };
}

Painted any_of(std::vector<Painted> parts) {
  return [parts = std::move(parts)](std::int64_t row, std::int64_t column) {
    double most = 0.0;
    for (const Painted& part : parts) {
      most = std::max(most, part(row, column));
    }
    return most;
  };
}

TEST(MaskEvents, OnePartIsOneEventWithItsExtent) {
  const Found found = find(easy(), 100, box(10, 40, 5, 30));
  ASSERT_EQ(found.events.size(), 1U);
  const MaskEvent& event = found.events[0];
  ASSERT_EQ(event.runs.size(), 26U);
  for (std::size_t i = 0; i < event.runs.size(); ++i) {
    EXPECT_EQ(event.runs[i].column, static_cast<std::int64_t>(i) + 5);
    EXPECT_EQ(event.runs[i].from, kFirstRow + 10);
    EXPECT_EQ(event.runs[i].to, kFirstRow + 40);
    EXPECT_TRUE(event.runs[i].has_onset);
  }
  EXPECT_FLOAT_EQ(event.max_probability, 0.9F);
  EXPECT_EQ(event.decided_row, kFirstRow + 40 + MaskEvents::kBridgedRows + 1);
}

TEST(MaskEvents, BridgesSmallGapsAndNoLargerOnes) {
  const auto parts = [](std::int64_t rows_between, std::int64_t columns_between) {
    return find(easy(),
                100,
                any_of({box(10, 20, 0, 10),
                        box(20 + rows_between, 40, 0, 10),
                        box(10, 20, 11 + columns_between, 30)}))
        .events.size();
  };
  EXPECT_EQ(parts(MaskEvents::kBridgedRows, MaskEvents::kBridgedColumns), 1U);
  EXPECT_EQ(parts(MaskEvents::kBridgedRows + 1, MaskEvents::kBridgedColumns), 2U);
  EXPECT_EQ(parts(MaskEvents::kBridgedRows, MaskEvents::kBridgedColumns + 1), 2U);
}

TEST(MaskEvents, BeginsAtTheUpperThresholdAndLastsToTheLower) {
  const Found found = find(easy(), 100, [](std::int64_t row, std::int64_t column) {
    if (column != 7) {
      return column == 20 ? 0.4 : 0.0;  // never reaches the upper one
    }
    return row < 10 ? 0.4 : row < 20 ? 0.6 : row < 50 ? 0.3 : 0.2;
  });
  ASSERT_EQ(found.events.size(), 1U);
  ASSERT_EQ(found.events[0].runs.size(), 1U);
  EXPECT_EQ(found.events[0].runs[0].from, kFirstRow + 10);
  EXPECT_EQ(found.events[0].runs[0].to, kFirstRow + 50);
}

TEST(MaskEvents, RefusesWhatIsNarrowBriefOrUnlikely) {
  DasSettings settings;
  settings.min_channels = 20;
  settings.min_rows = 15;
  settings.min_probability = 0.6;
  const auto weak = [](std::int64_t row, std::int64_t column) {
    return row >= 300 && row < 400 && column < 40 ? 0.55 : 0.0;
  };
  const Found found = find(settings,
                           500,
                           any_of({box(10, 40, 0, 18),     // narrow
                                   box(100, 114, 0, 40),   // brief
                                   box(200, 215, 10, 29),  // an event
                                   weak}));
  ASSERT_EQ(found.events.size(), 1U);
  EXPECT_EQ(found.events[0].runs.front().from, kFirstRow + 200);
  EXPECT_EQ(found.counters.parts, 4U);
  EXPECT_EQ(found.counters.narrow, 1U);
  EXPECT_EQ(found.counters.brief, 1U);
  EXPECT_EQ(found.counters.unlikely, 1U);
}

TEST(MaskEvents, AShortFibreNeedsHalfItsChannelsOnly) {
  DasSettings settings;
  settings.min_channels = 1000;
  EXPECT_EQ(find(settings, 100, box(10, 60, 0, kColumns / 2 - 1)).events.size(), 1U);
  EXPECT_EQ(find(settings, 100, box(10, 60, 0, kColumns / 2 - 2)).events.size(), 0U);
}

TEST(MaskEvents, TellsWhereSTakesOver) {
  const auto p = [](std::int64_t row, std::int64_t column) {
    return column < 40 && row >= 20 && row < 50   ? 0.8
           : column < 40 && row >= 50 && row < 52 ? 0.5
                                                  : 0.1;
  };
  const auto s = [](std::int64_t row, std::int64_t column) {
    const bool flicker = row == 30;  // one row alone is not S
    return column < 20 && row >= 50 && row < 90 ? 0.8 : flicker && column == 3 ? 0.85 : 0.0;
  };
  DasSettings settings = easy();
  const Found found = find(settings, 150, p, s);
  ASSERT_EQ(found.events.size(), 1U);
  for (const ColumnRun& run : found.events[0].runs) {
    EXPECT_EQ(run.from, kFirstRow + 20);
    EXPECT_FALSE(run.begins_as_s);
    EXPECT_EQ(run.s_from, run.column < 20 ? kFirstRow + 50 : -1) << run.column;
  }
}

TEST(MaskEvents, SIsWhereMostOfItIs) {
  const auto s_at = [](std::int64_t row, std::int64_t column) {
    const bool in_the_coda = row >= 30 && row < 36;  // long enough to count, but little
    const bool real = column % 2 == 0 && row >= 60 && row < 90;
    return in_the_coda || real ? 0.7 : 0.1;
  };
  const auto p_at = [&](std::int64_t row, std::int64_t column) {
    return row < 20 || row >= 90 ? 0.0 : s_at(row, column) > 0.5 ? 0.1 : 0.7;
  };
  const auto s_inside = [&](std::int64_t row, std::int64_t column) {
    return row < 20 || row >= 90 ? 0.0 : s_at(row, column);
  };
  const Found found = find(easy(), 150, p_at, s_inside);
  ASSERT_EQ(found.events.size(), 1U);
  for (const ColumnRun& run : found.events[0].runs) {
    const bool real = run.column % 2 == 0;
    EXPECT_EQ(run.s_from, kFirstRow + (real ? 60 : 30)) << run.column;
    EXPECT_NEAR(run.s_mass, 0.7 * (real ? 30 : 6), 1e-3) << run.column;
  }
}

TEST(MaskEvents, WhatIsOnWhenTheSegmentBeginsHasNoOnset) {
  const Found found = find(easy(), 100, box(0, 30, 0, 40));
  ASSERT_EQ(found.events.size(), 1U);
  EXPECT_FALSE(found.events[0].runs[0].has_onset);
}

TEST(MaskEvents, AnEndlessPartIsCutOnceAndDoesNotSwallowTheNextEvent) {
  const std::int64_t rows = MaskEvents::kLongestRows + 3000;
  const Found found =
      find(easy(),
           rows,
           any_of({box(500, rows, 10, 12),  // a bad channel for good
                   box(MaskEvents::kLongestRows + 1500, MaskEvents::kLongestRows + 1600, 5, 40)}));
  ASSERT_EQ(found.counters.cut, 1U);
  ASSERT_EQ(found.events.size(), 3U);  // the event lies on both sides of the bad channels
  EXPECT_TRUE(found.events[0].is_cut);
  EXPECT_LE(found.events[0].decided_row - found.events[0].runs[0].from,
            MaskEvents::kLongestRows + 64);
  EXPECT_EQ(found.events[1].runs.front().column, 5);
  EXPECT_EQ(found.events[2].runs.back().column, 40);
}

TEST(MaskEvents, HoldsABoundedNumberOfRuns) {
  // Every column flickers for ever, with gaps too long to bridge: one part without end.
  const Found found = find(easy(), 5000, [](std::int64_t row, std::int64_t column) {
    return (row + 3 * column) % 14 < 6 ? 0.9 : 0.0;
  });
  EXPECT_GE(found.counters.cut, 5U);
  for (const MaskEvent& event : found.events) {
    EXPECT_LE(static_cast<std::int64_t>(event.runs.size()),
              (MaskEvents::kRunsPerColumn + 8) * kColumns);
  }
}

/// Runs and parts of a mask, straight from the definition.
struct Offline {
  std::vector<std::vector<std::array<std::int64_t, 3>>> parts;
};
Offline offline(std::int64_t rows, const Painted& mask) {
  std::vector<std::array<std::int64_t, 3>> runs;  // column, from, to
  for (std::int64_t c = 0; c < kColumns; ++c) {
    bool is_new = true;
    for (std::int64_t r = 0; r < rows; ++r) {
      if (mask(r, c) < 0.5) {
        continue;
      }
      if (!is_new && r - runs.back()[2] + kFirstRow <= MaskEvents::kBridgedRows) {
        runs.back()[2] = kFirstRow + r + 1;
      } else {
        runs.push_back({c, kFirstRow + r, kFirstRow + r + 1});
      }
      is_new = false;
    }
  }
  std::vector<std::size_t> label(runs.size());
  std::iota(label.begin(), label.end(), std::size_t{0});
  const std::function<std::size_t(std::size_t)> root = [&](std::size_t i) {
    return label[i] == i ? i : label[i] = root(label[i]);
  };
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto& [ci, fi, ti] = runs[i];
      const auto& [cj, fj, tj] = runs[j];
      const bool near = std::abs(ci - cj) <= 1 + MaskEvents::kBridgedColumns;
      if (ci != cj && near && fi - tj <= MaskEvents::kBridgedRows &&
          fj - ti <= MaskEvents::kBridgedRows) {
        label[root(i)] = root(j);
      }
    }
  }
  std::map<std::size_t, std::vector<std::array<std::int64_t, 3>>> parts;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    parts[root(i)].push_back(runs[i]);
  }
  Offline all;
  for (auto& [id, part] : parts) {
    all.parts.push_back(std::move(part));
  }
  std::sort(all.parts.begin(), all.parts.end());
  return all;
}

TEST(MaskEvents, FindsThePartsThatTheDefinitionHasHoweverItIsCut) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<Painted> boxes;
    for (int i = 0; i < 40; ++i) {
      const auto at = [&](std::int64_t to) {
        return std::uniform_int_distribution<std::int64_t>(0, to)(random);
      };
      const std::int64_t row = at(280);
      const std::int64_t column = at(kColumns - 1);
      boxes.push_back(box(row, row + 1 + at(25), column, column + at(8)));
    }
    std::vector<double> cells;
    const Painted slow = any_of(boxes);
    for (std::int64_t row = 0; row < 300; ++row) {
      for (std::int64_t c = 0; c < kColumns; ++c) {
        cells.push_back(slow(row, c));
      }
    }
    const Painted mask = [&](std::int64_t row, std::int64_t c) {
      return cells[static_cast<std::size_t>(row * kColumns + c)];
    };
    const Found found = find(easy(), 300, mask, {}, 30, random());
    Offline streamed;
    for (const MaskEvent& event : found.events) {
      streamed.parts.emplace_back();
      for (const ColumnRun& run : event.runs) {
        streamed.parts.back().push_back({run.column, run.from, run.to});
      }
    }
    std::sort(streamed.parts.begin(), streamed.parts.end());
    EXPECT_TRUE(streamed.parts == offline(300, mask).parts);
  }
}

}  // namespace
}  // namespace geod::models
