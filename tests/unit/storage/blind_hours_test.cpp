// What was not looked at, and who looked.
#include "tests/support/event_rows.hpp"
#include "tests/support/fibre_rows.hpp"

namespace geod::storage {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

InstrumentId instrument_of(const std::string& station, const std::string& location = "") {
  return {"CI", station, location, "H", "H"};
}

class BlindHours : public StoredEventsTest {
 protected:
  /// `station` was looked at for `scored_s` of the hour `after_start`, from its begin on.
  void look(const std::string& station,
            Duration after_start,
            double scored_s,
            double masked_s = 0.0,
            const std::string& location = "") {
    batch_.completeness.push_back(make_completeness(
        instrument_of(station, location), kStart + after_start, scored_s, masked_s));
  }
  Blindness ask(std::optional<Time> from,
                std::optional<Time> to,
                std::vector<std::string> stations = {}) {
    commit(batch_);
    batch_.clear();
    Reader reader = open_reader();
    const auto blindness = reader.blindness({from, to, std::move(stations)});
    EXPECT_TRUE(blindness) << blindness.error().what;
    return blindness ? *blindness : Blindness{};
  }
  std::vector<CompletenessRow> read_completeness() {
    Reader reader = open_reader();
    std::vector<CompletenessRow> rows;
    EXPECT_TRUE(reader.completeness({}, [&](std::span<const CompletenessRow> page) {
      rows.insert(rows.end(), page.begin(), page.end());
      return true;
    }));
    return rows;
  }
  Batch batch_;
};

TEST_F(BlindHours, AreNamedWithTheStationsTheLeastLookedAtFirst) {
  look("CLC", hours{0}, 3600.0);
  look("CLC", hours{1}, 3600.0);
  look("JRC2", hours{0}, 1800.0);
  look("JRC2", hours{1}, 3300.0);
  look("WBS", hours{0}, 360.0, 3240.0);
  const Blindness blindness = ask(kStart, kStart + hours{2});
  EXPECT_EQ(blindness.stations, 3U);
  ASSERT_EQ(blindness.hours.size(), 2U);
  EXPECT_EQ(blindness.hours[0].hour, kStart);
  EXPECT_EQ(blindness.hours[0].stations, 3U);
  ASSERT_EQ(blindness.hours[0].blinds.size(), 2U);
  EXPECT_EQ(blindness.hours[0].blinds[0].code, "CI.WBS");
  EXPECT_DOUBLE_EQ(blindness.hours[0].blinds[0].looked_share, 0.1);
  EXPECT_EQ(blindness.hours[0].blinds[1].code, "CI.JRC2");
  EXPECT_DOUBLE_EQ(blindness.hours[0].blinds[1].looked_share, 0.5);
  ASSERT_EQ(blindness.hours[1].blinds.size(), 1U);
  EXPECT_EQ(blindness.hours[1].blinds[0].looked_share, 0.0) << "an hour without a row";
}

TEST_F(BlindHours, OfASpanInsideAnHourAreMeasuredAgainstTheSpan) {
  look("CLC", minutes{30}, 900.0);
  EXPECT_TRUE(ask(kStart + minutes{30}, kStart + minutes{45}).hours.empty());
  const Blindness blindness = ask(kStart + minutes{15}, kStart + minutes{45});
  ASSERT_EQ(blindness.hours.size(), 1U);
  EXPECT_DOUBLE_EQ(blindness.hours[0].blinds[0].looked_share, 0.5);
}

TEST_F(BlindHours, AStationSeesWithAnyOfItsInstruments) {
  look("CLC", hours{0}, 100.0);
  look("CLC", hours{0}, 3600.0, 0.0, "10");
  const Blindness blindness = ask(kStart, kStart + hours{1});
  EXPECT_EQ(blindness.stations, 1U);
  EXPECT_TRUE(blindness.hours.empty());
}

TEST_F(BlindHours, AStationThatWasClosedLongAgoIsNotMissed) {
  look("CLC", hours{0}, 3600.0);
  look("OLD", -hours{31 * 24}, 3600.0);
  look("NEW", -hours{10 * 24}, 3600.0);
  const Blindness blindness = ask(kStart, kStart + hours{1});
  EXPECT_EQ(blindness.stations, 2U);
  ASSERT_EQ(blindness.hours.size(), 1U);
  ASSERT_EQ(blindness.hours[0].blinds.size(), 1U);
  EXPECT_EQ(blindness.hours[0].blinds[0].code, "CI.NEW");
}

TEST_F(BlindHours, FibresAndStationsAreChosenByName) {
  look("CLC", hours{0}, 10.0);
  batch_.fibre_completeness = {make_fibre_completeness(kStart, 20.0, 0.0, 100)};
  EXPECT_EQ(ask(kStart, kStart + hours{1}).hours.at(0).blinds.size(), 2U);
  const Blindness fibre = ask(kStart, kStart + hours{1}, {"XX.*", "YY.*"});
  EXPECT_EQ(fibre.stations, 1U);
  EXPECT_EQ(fibre.hours.at(0).blinds.at(0).code, "XX.FORGE");
}

TEST_F(BlindHours, WithoutBoundsReachAsFarAsWasLookedAt) {
  look("CLC", hours{0}, 3600.0);
  look("CLC", hours{2}, 600.0);
  const Blindness blindness = ask(std::nullopt, std::nullopt);
  ASSERT_EQ(blindness.hours.size(), 1U) << "the last hour is not over";
  EXPECT_EQ(blindness.hours[0].hour, kStart + hours{1});
}

TEST_F(BlindHours, NobodyLookedAtAnEmptyCatalogue) {
  EXPECT_EQ(ask(kStart, kStart + hours{3}).stations, 0U);
  EXPECT_EQ(ask(std::nullopt, std::nullopt).stations, 0U);
}

TEST_F(BlindHours, OfMoreThanAYearAreNotTold) {
  open_store();
  Reader reader = open_reader();
  const auto blindness = reader.blindness({kStart, kStart + hours{367 * 24}, {}});
  ASSERT_FALSE(blindness);
  EXPECT_EQ(blindness.error().code, Errc::kUnsupported);
}

TEST_F(BlindHours, TheSecondsThatWereMissingOrShedAreCountedOnce) {
  look("CLC", hours{1}, 3000.0);
  const SourceId z = *SourceId::from_seed("CI", "CLC", "", "HHZ");
  const SourceId n = *SourceId::from_seed("CI", "CLC", "", "HHN");
  const auto lost = [&](const SourceId& id, ContinuityKind kind, Duration from, Duration to) {
    batch_.continuity.push_back({id, kind, kStart + from, kStart + to, ""});
  };
  lost(z, ContinuityKind::kGap, minutes{50}, minutes{70});  // 10 min of the hour
  lost(n, ContinuityKind::kGap, minutes{65}, minutes{75});  // 5 min more
  lost(n, ContinuityKind::kGap, minutes{66}, minutes{67});  // inside
  lost(z, ContinuityKind::kShed, minutes{119}, minutes{130});
  lost(z, ContinuityKind::kOverlap, minutes{80}, minutes{90});
  lost(*SourceId::from_seed("CI", "WBS", "", "HHZ"), ContinuityKind::kGap, minutes{60}, hours{2});
  batch_.fibre_completeness = {make_fibre_completeness(kStart + hours{1}, 20.0, 0.0, 100)};
  batch_.fibre_gaps = {
      {"XX.FORGE", FibreGap::Kind::kMissing, kStart + minutes{61}, kStart + minutes{62}, ""},
      {"XX.FORGE", FibreGap::Kind::kShed, kStart + minutes{64}, kStart + minutes{66}, ""}};
  commit(batch_);
  const auto rows = read_completeness();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_DOUBLE_EQ(rows[0].gapped_s, 900.0);
  EXPECT_DOUBLE_EQ(rows[0].shed_s, 60.0);
  EXPECT_DOUBLE_EQ(rows[1].gapped_s, 60.0);
  EXPECT_DOUBLE_EQ(rows[1].shed_s, 120.0);
}

TEST_F(BlindHours, WhoLookedIsToldHourByHour) {
  look("CLC", hours{0}, 600.0);
  look("CLC", minutes{10}, 600.0);
  look("CLC", hours{1}, 600.0);
  for (CompletenessDelta& delta : batch_.completeness) {
    delta.model_id = "starter-dpk-1";
    delta.model_hash = std::string(64, 'a');
  }
  batch_.completeness[1].adapter_id = "local-4";
  batch_.completeness[1].adapter_hash = std::string(64, 'b');
  batch_.fibre_completeness = {make_fibre_completeness(kStart + hours{1}, 20.0, 0.0, 100)};
  batch_.fibre_completeness[0].model_id = "das-1";
  batch_.fibre_completeness[0].model_hash = std::string(64, 'd');
  commit(batch_);
  commit(batch_);  // a replay
  const auto rows = read_completeness();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].makers, (std::vector<std::string>{"starter-dpk-1", "local-4"}));
  EXPECT_EQ(rows[1].makers, std::vector<std::string>{"starter-dpk-1"});
  EXPECT_EQ(rows[2].makers, std::vector<std::string>{"das-1"});
}

}  // namespace
}  // namespace geod::storage
