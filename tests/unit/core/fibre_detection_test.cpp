#include "core/fibre_detection.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace geod {
namespace {

using namespace std::chrono_literals;

const Time kStart = *parse_iso("2026-11-01T12:00:00.04Z");

TEST(DetectionId, IsTheSameWithinATenthOfASecond) {
  const std::string id = make_detection_id("XX.CABLE", 100, kStart);
  EXPECT_EQ(id.size(), 16U);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(make_detection_id("XX.CABLE", 100, kStart - 80ms), id);
  EXPECT_EQ(make_detection_id("XX.CABLE", 100, Time{-100ms}),
            make_detection_id("XX.CABLE", 100, Time{-140ms}));
}

TEST(DetectionId, DiffersByFibreChannelAndTime) {
  const std::set<std::string> ids{make_detection_id("XX.CABLE", 100, kStart),
                                  make_detection_id("XX.CABLF", 100, kStart),
                                  make_detection_id("XX.CABLE", 101, kStart),
                                  make_detection_id("XX.CABLE", 100, kStart + 100ms),
                                  make_detection_id("XX.CABLE|1", 0, kStart),
                                  make_detection_id("XX.CABLE", 10, kStart)};
  EXPECT_EQ(ids.size(), 6U);
}

}  // namespace

TEST(FibrePickId, NamesDetectionPhaseAndChannel) {
  FibrePick pick;
  pick.channel = 412;
  pick.phase_hint = Phase::kS;
  EXPECT_EQ(fibre_pick_id("00c0ffee00c0ffee", pick), "00c0ffee00c0ffee:S:412");
}

}  // namespace geod
