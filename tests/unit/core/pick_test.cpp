#include "core/pick.hpp"

#include <gtest/gtest.h>

namespace geod {
namespace {

const InstrumentId kInstrument{"CI", "CLC", "", "H", "H"};

TEST(PickId, IsTheSameForTheSameTenthOfASecond) {
  const Time time = *parse_iso("2019-07-04T17:02:55.120");
  EXPECT_EQ(make_pick_id(kInstrument, Phase::kP, time),
            make_pick_id(kInstrument, Phase::kP, time + Duration{1'000'000}));
}

TEST(PickId, DiffersByInstrumentPhaseAndTime) {
  const Time time = *parse_iso("2019-07-04T17:02:55.120");
  const std::string id = make_pick_id(kInstrument, Phase::kP, time);
  EXPECT_EQ(id.size(), 16U);
  EXPECT_NE(id, make_pick_id(kInstrument, Phase::kS, time));
  EXPECT_NE(id, make_pick_id(kInstrument, Phase::kP, time + std::chrono::seconds{1}));
  InstrumentId other = kInstrument;
  other.source = "N";
  EXPECT_NE(id, make_pick_id(other, Phase::kP, time));
}

}  // namespace
}  // namespace geod
