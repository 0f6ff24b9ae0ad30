// How fibres were sampled, what of them was missing and what was looked at.
#include <tuple>

#include "tests/support/fibre_rows.hpp"

namespace geod::storage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class FibreHistory : public FibreStorageTest {};

TEST_F(FibreHistory, GeometriesAreKeptWhereTheyChange) {
  FibreGeometryChange later = make_geometry(seconds{100});
  later.geometry.channels = 500;
  later.geometry.gauge_length_m = 10.0;
  Batch batch;
  batch.fibre_geometries = {make_geometry(seconds{0}),
                            make_geometry(seconds{50}),  // says nothing new
                            later,
                            make_geometry(seconds{200})};
  commit(batch);
  batch.fibre_geometries = {make_geometry(seconds{0}), later};
  commit(batch);
  Reader reader = open_reader();
  const auto changes = reader.fibre_geometries("XX.FORGE");
  ASSERT_TRUE(changes) << changes.error().what;
  EXPECT_EQ(*changes, (std::vector{make_geometry(seconds{0}), later, make_geometry(seconds{200})}));
  EXPECT_TRUE(reader.fibre_geometries("XX.NONE")->empty());
}

TEST_F(FibreHistory, AGeometryOfUnknownWordsIsAnErrorThatNamesThem) {
  Batch batch;
  batch.fibre_geometries = {make_geometry(seconds{0})};
  commit(batch);
  {
    Result<Database> database = Database::open_writer(options_.file, {});
    ASSERT_TRUE(database->execute("UPDATE fibre_geometries SET unit = 'furlong'"));
  }
  Reader reader = open_reader();
  const auto changes = reader.fibre_geometries("XX.FORGE");
  ASSERT_FALSE(changes);
  EXPECT_EQ(changes.error().code, Errc::kCorruptRecord);
  EXPECT_NE(changes.error().what.find("furlong"), std::string::npos) << changes.error().what;
}

TEST_F(FibreHistory, GapsStandAmongThoseOfStationsInTheOrderOfTime) {
  const SourceId channel = *SourceId::from_seed("CI", "CLC", "", "HHZ");
  Batch batch;
  for (int i = 0; i < 3; ++i) {
    const Time at = kStart + seconds{10 * i};
    batch.continuity.push_back({channel, ContinuityKind::kGap, at, at + seconds{1}, ""});
    batch.fibre_gaps.push_back({"XX.FORGE", FibreGap::Kind::kMissing, at, at + seconds{2}, "seq"});
  }
  batch.fibre_gaps.push_back(
      {"XX.FORGE", FibreGap::Kind::kShed, kStart + seconds{5}, kStart + seconds{6}, ""});
  commit(batch);
  const auto stations = [&](const ContinuityQuery& query) {
    std::string text;
    for (const ContinuityRow& row : read_gaps(query)) {
      text += row.source_id.station + " ";
    }
    return text;
  };
  ContinuityQuery query;
  EXPECT_EQ(stations(query), "CLC FORGE FORGE CLC FORGE CLC FORGE ");
  query.scope.newest_first = true;
  query.scope.limit = 3;
  EXPECT_EQ(stations(query), "FORGE CLC FORGE ");
  query = {};
  query.kind = "shed";
  ASSERT_EQ(stations(query), "FORGE ");
  EXPECT_EQ(read_gaps(query)[0].source_id.network, "XX");
  query = {};
  query.scope.stations = {"XX.F*"};
  EXPECT_EQ(stations(query), "FORGE FORGE FORGE FORGE ");
  query = {};
  query.scope.from = kStart + seconds{21};
  EXPECT_EQ(stations(query), "FORGE ") << "the last one lasts two seconds";
}

TEST_F(FibreHistory, RowsOfTwoTablesAtOneTimeSurviveTheBordersOfPages) {
  const SourceId channel = *SourceId::from_seed("CI", "CLC", "", "HHZ");
  constexpr auto kEach = static_cast<int>(Reader::kPageRows);
  Batch batch;
  for (int i = 0; i < kEach; ++i) {
    const Time end = kStart + seconds{1 + i};
    batch.continuity.push_back({channel, ContinuityKind::kGap, kStart, end, ""});
    batch.fibre_gaps.push_back({"XX.FORGE", FibreGap::Kind::kMissing, kStart, end, ""});
  }
  batch.continuity.push_back(
      {channel, ContinuityKind::kGap, kStart + seconds{1}, kStart + seconds{2}, ""});
  commit(batch);
  for (const bool newest_first : {false, true}) {
    ContinuityQuery query;
    query.scope.newest_first = newest_first;
    std::set<std::tuple<std::string, Time, Time>> distinct;
    const auto rows = read_gaps(query);
    for (const ContinuityRow& row : rows) {
      distinct.insert({row.source_id.station, row.from, row.to});
    }
    EXPECT_EQ(rows.size(), 2U * kEach + 1U);
    EXPECT_EQ(distinct.size(), rows.size());
  }
}

TEST_F(FibreHistory, CompletenessAddsUpAndKeepsTheFewestChannels) {
  Batch batch;
  batch.fibre_completeness = {
      make_fibre_completeness(kStart, 600.0, 0.0, 2000),
      make_fibre_completeness(kStart + seconds{600}, 300.0, 60.0, 1500),
      make_fibre_completeness(kStart + seconds{300}, 300.0, 0.0, 1800),  // told before
      make_fibre_completeness(kStart + hours{1}, 100.0, 0.0, 2000)};
  batch.completeness = {make_completeness({"CI", "CLC", "", "H", "H"}, kStart, 10.0, 0.0)};
  commit(batch);
  const auto rows = read_completeness();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].completeness.instrument.station, "CLC");
  EXPECT_EQ(rows[0].channels, std::nullopt);
  EXPECT_EQ(rows[1].completeness.instrument.network, "XX");
  EXPECT_EQ(rows[1].completeness.scored_s, 900.0);
  EXPECT_EQ(rows[1].completeness.masked_s, 60.0);
  EXPECT_EQ(rows[1].channels, 1500);
  EXPECT_EQ(rows[2].channels, 2000);
  CompletenessQuery query;
  query.scope.from = kStart + hours{1};
  EXPECT_EQ(read_completeness(query).size(), 1U);
}

}  // namespace
}  // namespace geod::storage
