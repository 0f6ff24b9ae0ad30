// Which events a question finds, and by which index.
#include <algorithm>
#include <random>

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
    const auto plan = plan_events(*database, query);
    EXPECT_TRUE(plan) << plan.error().what;
    Result<Statement> statement = database->prepare("EXPLAIN QUERY PLAN " + plan->sql);
    EXPECT_TRUE(statement) << statement.error().what << "\n" << plan->sql;
    plan->bind(*statement);
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
      {"event_boxes VIRTUAL TABLE",
       [](EventQuery& q) {
         q.region = Region{1, 2, 3, 4};
       }},
      {"event_boxes VIRTUAL TABLE",
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
    change.event.magnitudes = {{MagnitudeType::kMl, 5.0 * unit(random), 0.1, 1, {}}};
    batch.event_changes.push_back(change);
  }
  commit(batch);
  for (const EventOrder order : {EventOrder::kTime, EventOrder::kMagnitudeDescending}) {
    for (const double worst : {0.5, 4.5}) {  // by the order's index, by the magnitude's
      EventQuery query;
      query.min_magnitude = worst;
      query.circle = Circle{80.0 * unit(random), 170.0, 1000.0, 9000.0 * unit(random) + 1500.0};
      query.from = kStart + hours{20};
      query.order = order;
      std::vector<std::pair<double, std::string>> expected;
      for (const EventChange& change : batch.event_changes) {
        const Origin& origin = change.event.origin;
        const double magnitude = change.event.magnitudes[0].value;
        if (magnitude >= worst && origin.time >= *query.from &&
            is_inside(*query.circle, origin.latitude_deg, origin.longitude_deg)) {
          const double rank =
              order == EventOrder::kTime ? to_seconds(origin.time - kStart) : -magnitude;
          expected.emplace_back(rank, change.event.event_id);
        }
      }
      std::vector<std::pair<double, std::string>> found;
      for (const StoredEvent& stored : read_events(query)) {
        const double rank = order == EventOrder::kTime
                                ? to_seconds(stored.event.origin.time - kStart)
                                : -stored.event.magnitudes[0].value;
        found.emplace_back(rank, stored.event.event_id);
      }
      EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return a.first < b.first;
      }));
      std::sort(expected.begin(), expected.end());
      std::sort(found.begin(), found.end());
      EXPECT_EQ(found, expected);
      EXPECT_FALSE(expected.empty());
    }
  }
}

}  // namespace
}  // namespace geod::storage
