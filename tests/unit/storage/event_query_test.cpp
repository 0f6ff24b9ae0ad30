// Which events a question finds, and by which index.
#include <algorithm>
#include <optional>
#include <random>
#include <tuple>
#include <vector>

#include "storage/event_area.hpp"
#include "storage/event_plans.hpp"
#include "tests/support/event_rows.hpp"

namespace geod::storage {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Event 01 to 06, a minute apart; each differs from the one before in everything one can ask for.
class EventQueries : public StoredEventsTest {
 protected:
  void SetUp() override {
    StoredEventsTest::SetUp();
    Batch batch;
    for (int i = 0; i < 6; ++i) {
      auto picks = make_event_picks(minutes{i + 1}, 1 + i % 3);
      for (Pick& pick : picks) {
        pick.model_id = i < 3 ? "starter-dpk-1" : "other-dpk-2";
        pick.model_hash = std::string(64, i < 3 ? 'a' : 'b');
        if (i % 2 == 1) {
          pick.adapter_id = "local-4";
          pick.adapter_hash = std::string(64, 'c');
        }
      }
      EventChange change = make_change(static_cast<std::uint64_t>(i + 1), minutes{i + 1}, picks);
      Origin& origin = change.event.origin;
      origin.latitude_deg = 35.0 + 0.1 * i;
      origin.longitude_deg = -118.0 + 0.1 * i;
      origin.depth_km = 2.0 * i;
      origin.quality = static_cast<QualityClass>(i % 4);
      if (i > 0) {
        const auto type = i == 5 ? MagnitudeType::kMdl : MagnitudeType::kMl;
        change.event.magnitudes = {{type, 1.0 + 0.5 * (6 - i), 0.1, 1, {}}};
      }
      batch.picks.insert(batch.picks.end(), picks.begin(), picks.end());
      batch.event_changes.push_back(std::move(change));
    }
    EXPECT_EQ(commit(batch).event_changes, std::vector(6, RowOutcome::kInserted));
  }
  template <class Change>
  Ids find_with(const Change& change) {
    EventQuery query;
    change(query);
    return find(query);
  }
  std::string explain(const EventQuery& query) {
    Result<Database> database = Database::open_reader(options_.file, Duration::zero());
    Result<EventPlans> plans = EventPlans::make(*database, query);
    EXPECT_TRUE(plans) << plans.error().what;
    const auto plan = plans->next();
    EXPECT_TRUE(plan && *plan) << plan.error().what;
    Result<Statement> statement = database->prepare("EXPLAIN QUERY PLAN " + (*plan)->sql);
    EXPECT_TRUE(statement) << statement.error().what << "\n" << (*plan)->sql;
    (*plan)->values.bind(*statement);
    std::string steps;
    while (*statement->step()) {
      steps += statement->text(3);
      steps += "\n";
    }
    return steps;
  }
};

TEST_F(EventQueries, GiveEverythingInTheOrderOfTimeWhenNothingIsAsked) {
  EXPECT_EQ(find({}), (Ids{"01", "02", "03", "04", "05", "06"}));
}

TEST_F(EventQueries, AreCutByTimeWithTheEndExcluded) {
  EXPECT_EQ(find_with([](EventQuery& q) {
              q.from = kStart + minutes{2};
              q.to = kStart + minutes{4};
            }),
            (Ids{"02", "03"}));
}

TEST_F(EventQueries, AreCutByRegionWithItsBorders) {
  EXPECT_EQ(find_with([](EventQuery& q) {
              q.region = Region{35.1, 35.3, -117.85, -117.0};
            }),
            (Ids{"03", "04"}));
}

TEST_F(EventQueries, AreCutByCircleAndRing) {
  EXPECT_EQ(find_with([](EventQuery& q) {
              q.circle = Circle{35.0, -118.0, 0.0, 15.0};
            }),
            (Ids{"01", "02"}));
  EXPECT_EQ(find_with([](EventQuery& q) {
              q.circle = Circle{35.0, -118.0, 10.0, 30.0};
            }),
            (Ids{"02", "03"}));
}

TEST_F(EventQueries, AreCutByPolygon) {
  EXPECT_EQ(find_with([](EventQuery& q) {
              q.polygon = Polygon{{{35.05, -118.5}, {35.35, -118.5}, {35.35, -117.0}}};
            }),
            (Ids{"03", "04"}));
}

TEST_F(EventQueries, AreCutByDepth) {
  EXPECT_EQ(find_with([](EventQuery& q) {
              q.min_depth_km = 4.0;
              q.max_depth_km = 8.0;
            }),
            (Ids{"03", "04", "05"}));
}

TEST_F(EventQueries, AreCutByMagnitudeWhichThoseWithoutOneFail) {
  EXPECT_EQ(find_with([](EventQuery& q) { q.min_magnitude = -9.0; }),
            (Ids{"02", "03", "04", "05", "06"}));
  EXPECT_EQ(find_with([](EventQuery& q) {
              q.min_magnitude = 2.0;
              q.max_magnitude = 3.0;
            }),
            (Ids{"03", "04", "05"}));
  EXPECT_EQ(find_with([](EventQuery& q) { q.magnitude_type = "Mdl"; }), (Ids{"06"}));
}

TEST_F(EventQueries, AreCutByQuality) {
  EXPECT_EQ(find_with([](EventQuery& q) { q.worst_quality = QualityClass::kB; }),
            (Ids{"01", "02", "05", "06"}));
}

TEST_F(EventQueries, AreCutByStationOfTheNewestVersion) {
  EXPECT_EQ(find_with([](EventQuery& q) { q.stations = {"CI.SC"}; }), (Ids{"03", "06"}));
  EXPECT_EQ(find_with([](EventQuery& q) {
              q.stations = {"CI.SC", "CI.S[B]"};
            }),
            (Ids{"02", "03", "05", "06"}));
  EXPECT_EQ(find_with([](EventQuery& q) { q.stations = {"XX.*"}; }), Ids{});
  const auto picks = make_event_picks(minutes{3}, 1);
  commit({make_change(3, minutes{3}, picks, 2)}, picks);  // SC is no longer part of it
  EXPECT_EQ(find_with([](EventQuery& q) { q.stations = {"CI.SC"}; }), Ids{"06"});
}

TEST_F(EventQueries, AreCutByModelAndAdapterOfThePicks) {
  EXPECT_EQ(find_with([](EventQuery& q) { q.model_id = "other-*"; }), (Ids{"04", "05", "06"}));
  EXPECT_EQ(find_with([](EventQuery& q) { q.adapter_id = "local-?"; }), (Ids{"02", "04", "06"}));
  EXPECT_EQ(find_with([](EventQuery& q) { q.adapter_id = ""; }), (Ids{"01", "03", "05"}));
  EXPECT_EQ(find_with([](EventQuery& q) {
              q.model_id = "other-*";
              q.adapter_id = "local-4";
            }),
            (Ids{"04", "06"}));
  EXPECT_EQ(find_with([](EventQuery& q) { q.model_id = "none"; }), Ids{});
}

TEST_F(EventQueries, AreCutByTheTimeOfTheirLastChange) {
  const Time before = clock_.now();
  clock_.elapsed = hours{2};
  commit({make_change(2, minutes{2}, make_event_picks(minutes{2}, 1), 2)});
  EXPECT_EQ(find_with([&](EventQuery& q) { q.updated_after = before; }), Ids{"02"});
  EXPECT_EQ(find_with([&](EventQuery& q) { q.updated_after = clock_.now(); }), Ids{});
}

TEST_F(EventQueries, AreOrderedByTimeOrMagnitude) {
  const auto ordered = [&](EventOrder order) {
    return find_with([&](EventQuery& q) { q.order = order; });
  };
  EXPECT_EQ(ordered(EventOrder::kTimeDescending), (Ids{"06", "05", "04", "03", "02", "01"}));
  EXPECT_EQ(ordered(EventOrder::kMagnitude), (Ids{"01", "06", "05", "04", "03", "02"}));
  EXPECT_EQ(ordered(EventOrder::kMagnitudeDescending), (Ids{"02", "03", "04", "05", "06", "01"}));
}

TEST_F(EventQueries, SkipAndStop) {
  EXPECT_EQ(find_with([](EventQuery& q) {
              q.offset = 1;
              q.limit = 2;
            }),
            (Ids{"02", "03"}));
  EXPECT_EQ(find_with([](EventQuery& q) {
              q.offset = 1;
              q.limit = 2;
              q.circle = Circle{35.5, -117.5, 0.0, 40.0};  // 04 to 06
            }),
            (Ids{"05", "06"}));
  EXPECT_EQ(find_with([](EventQuery& q) { q.offset = 6; }), Ids{});
  EXPECT_EQ(find_with([](EventQuery& q) { q.limit = 0; }), Ids{});
}

TEST_F(EventQueries, AllTogether) {
  EventQuery query;
  query.from = kStart;
  query.to = kStart + hours{1};
  query.region = Region{};
  query.circle = Circle{35.5, -117.5, 0.0, 100.0};
  query.polygon = Polygon{{{30.0, -120.0}, {40.0, -120.0}, {40.0, -110.0}, {30.0, -110.0}}};
  query.min_depth_km = 0.0;
  query.max_depth_km = 50.0;
  query.min_magnitude = 0.0;
  query.max_magnitude = 9.0;
  query.magnitude_type = "ML";
  query.worst_quality = QualityClass::kD;
  query.stations = {"CI.*"};
  query.model_id = "*";
  query.adapter_id = "*";
  query.updated_after = clock_.now() - hours{1};
  query.event_ids = {"0000000000000001", "0000000000000002", "0000000000000004"};
  query.order = EventOrder::kMagnitudeDescending;
  EXPECT_EQ(find(query), (Ids{"02", "04"}));
}

TEST_F(EventQueries, WalkOneIndexWithoutSortingTheAnswer) {
  // The tables hold too few rows for a walk of the whole index to be chosen: asked without filter.
  for (const EventOrder order : {EventOrder::kTime, EventOrder::kTimeDescending}) {
    EventQuery query;
    query.order = order;
    const std::string steps = explain(query);
    EXPECT_NE(steps.find("USING INDEX events_by_time"), std::string::npos) << steps;
    EXPECT_EQ(steps.find("TEMP B-TREE"), std::string::npos) << steps;
  }
  for (const EventOrder order : {EventOrder::kMagnitude, EventOrder::kMagnitudeDescending}) {
    EventQuery query;
    query.order = order;
    const std::string steps = explain(query);
    EXPECT_NE(steps.find("USING INDEX events_by_magnitude"), std::string::npos) << steps;
    EXPECT_EQ(steps.find("TEMP B-TREE"), std::string::npos) << steps;
  }
}

TEST_F(EventQueries, LookOnlyAtWhatTheStrictestFilterLeaves) {
  const std::vector<std::pair<std::string, std::function<void(EventQuery&)>>> cases{
      {"events_by_time", [](EventQuery& q) { q.to = kStart; }},
      {"events_by_magnitude", [](EventQuery& q) { q.min_magnitude = 7.0; }},
      {"events_by_depth", [](EventQuery& q) { q.min_depth_km = 600.0; }},
      {"events_by_update", [&](EventQuery& q) { q.updated_after = clock_.now() + hours{1}; }},
      {"events_by_magnitude_type", [](EventQuery& q) { q.magnitude_type = "Mw"; }},
      {"events_reviewed", [](EventQuery& q) { q.reviewed_only = true; }},
      {"event_ranges VIRTUAL TABLE",
       [](EventQuery& q) {
         q.region = Region{1, 2, 3, 4};
       }},
      {"event_ranges VIRTUAL TABLE",
       [](EventQuery& q) {
         q.circle = Circle{1, 2, 3, 4};
       }},
      {"SEARCH site_events", [](EventQuery& q) { q.stations = {"CI.SC"}; }},
      {"SEARCH maker_events", [](EventQuery& q) { q.model_id = "other-*"; }},
  };
  for (const auto& [index, narrow] : cases) {
    EventQuery query;
    query.max_depth_km = 7.0;  // leaves more
    query.order = EventOrder::kMagnitude;
    narrow(query);
    const std::string steps = explain(query);
    EXPECT_NE(steps.find(index), std::string::npos) << index << "\n" << steps;
    EXPECT_NE(steps.find("SEARCH e USING INTEGER PRIMARY KEY"), std::string::npos) << steps;
    EXPECT_EQ(steps.find("SCAN a"), std::string::npos) << steps;
    EXPECT_EQ(steps.find("SCAN m"), std::string::npos) << steps;
  }
}

/// What one goes through to find the same by hand.
struct Known {
  std::int64_t event_key = 0;
  std::string event_id;
  Time time;
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  std::optional<double> magnitude;
};

std::vector<std::string> searched(const std::vector<Known>& known, const EventQuery& query) {
  std::vector<std::tuple<double, std::int64_t, std::size_t>> ranks;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const Known& event = known[i];
    if ((query.from && event.time < *query.from) ||
        (query.min_magnitude && event.magnitude.value_or(-1e9) < *query.min_magnitude) ||
        (query.circle && !is_inside(*query.circle, event.latitude_deg, event.longitude_deg))) {
      continue;
    }
    const bool by_magnitude =
        query.order == EventOrder::kMagnitude || query.order == EventOrder::kMagnitudeDescending;
    ranks.emplace_back(
        by_magnitude ? event.magnitude.value_or(-1000.0) : 0.0, to_ns(event.time), i);
  }
  std::sort(ranks.begin(), ranks.end());
  if (query.order == EventOrder::kTimeDescending ||
      query.order == EventOrder::kMagnitudeDescending) {
    std::reverse(ranks.begin(), ranks.end());
  }
  std::vector<std::string> ids;
  for (std::size_t i = query.offset; i < ranks.size(); ++i) {
    if (query.limit && ids.size() == *query.limit) {
      break;
    }
    ids.push_back(known[std::get<2>(ranks[i])].event_id);
  }
  return ids;
}

TEST_F(EventQueries, OfManyEventsAgreeWithASlowSearch) {
  constexpr int kMany = 11'000;  // more than are looked at by a filter's index
  std::random_device device;
  const auto seed = device();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  Batch batch;
  for (int i = 0; i < kMany; ++i) {
    EventChange change = make_change(
        1000 + static_cast<std::uint64_t>(i), seconds{static_cast<int>(unit(random) * 1e6)}, {});
    change.event.origin.latitude_deg = -90.0 + 180.0 * unit(random);
    change.event.origin.longitude_deg = -180.0 + 360.0 * unit(random);
    if (i % 10 > 0) {
      change.event.magnitudes = {{MagnitudeType::kMl, 5.0 * unit(random), 0.1, 1, {}}};
    }
    batch.event_changes.push_back(std::move(change));
  }
  commit(batch);
  std::vector<Known> known;  // in the order of their keys
  for (const StoredEvent& stored : read_events({})) {
    const Origin& origin = stored.event.origin;
    known.push_back({stored.event_key,
                     stored.event.event_id,
                     origin.time,
                     origin.latitude_deg,
                     origin.longitude_deg,
                     stored.event.magnitudes.empty()
                         ? std::nullopt
                         : std::optional(stored.event.magnitudes[0].value)});
  }
  ASSERT_EQ(known.size(), kMany + 6U);
  std::sort(known.begin(), known.end(), [](const Known& a, const Known& b) {
    return a.event_key < b.event_key;
  });
  const Circle around{80.0 * unit(random), 170.0, 1000.0, 4000.0 * unit(random) + 10'000.0};
  for (const EventOrder order : {EventOrder::kTime,
                                 EventOrder::kTimeDescending,
                                 EventOrder::kMagnitude,
                                 EventOrder::kMagnitudeDescending}) {
    // By the index of the order, by that of the magnitude, in slabs, and all slabs of all places.
    for (const auto& [worst, circle, limit] :
         std::vector<std::tuple<std::optional<double>, std::optional<Circle>, std::size_t>>{
             {0.5, std::nullopt, 300},
             {4.5, around, 0},
             {std::nullopt, around, 0},
             {std::nullopt, around, 300},
             {0.1, around, 300},
             {std::nullopt, Circle{0.0, 0.0, 0.0, 1e5}, 0}}) {
      EventQuery query;
      query.min_magnitude = worst;
      query.circle = circle;
      query.order = order;
      if (limit > 0) {
        query.from = kStart + hours{20};
        query.limit = limit;
        query.offset = 250;
      }
      std::vector<std::string> found;
      for (const StoredEvent& stored : read_events(query)) {
        found.push_back(stored.event.event_id);
      }
      EXPECT_EQ(found, searched(known, query)) << static_cast<int>(order);
      EXPECT_FALSE(found.empty());
    }
  }
}

TEST_F(EventQueries, LookAtSlabsOfTheOrderWhereAPlaceLeavesMany) {
  constexpr int kMany = 3'000;
  Batch batch;
  for (int i = 0; i < kMany; ++i) {
    EventChange change = make_change(1000 + static_cast<std::uint64_t>(i), seconds{100 * i}, {});
    change.event.origin.latitude_deg = i < 10 ? 10.0 : 50.0;
    change.event.origin.longitude_deg = 10.0;
    batch.event_changes.push_back(std::move(change));
  }
  commit(batch);
  EventQuery query;
  query.region = Region{0.0, 60.0, 0.0, 20.0};
  query.order = EventOrder::kTimeDescending;
  query.limit = 100;
  const std::string steps = explain(query);
  EXPECT_NE(steps.find("event_ranges VIRTUAL TABLE"), std::string::npos) << steps;
  Result<Database> database = Database::open_reader(options_.file, Duration::zero());
  Result<EventPlans> plans = EventPlans::make(*database, query);
  ASSERT_TRUE(plans);
  int slabs = 0;
  for (auto plan = plans->next(); plan && *plan; plan = plans->next()) {
    ++slabs;
  }
  EXPECT_GT(slabs, 1) << "the first rows do not wait for the last";
}

}  // namespace
}  // namespace geod::storage
