#include "daemon/data_horizon.hpp"

#include <gtest/gtest.h>

namespace geod {
namespace {

using std::chrono::seconds;

constexpr Time at(int s) {
  return Time{seconds{s}};
}

TEST(DataHorizon, IsWhereTheSlowestStreamIs) {
  DataHorizon horizon(seconds{60});
  EXPECT_FALSE(horizon.time());
  horizon.reach("A", at(100));
  horizon.reach("B", at(90));
  horizon.reach("A", at(80));  // nothing is unseen again
  EXPECT_EQ(horizon.time(), at(90) - DataHorizon::kDecided);
  EXPECT_EQ(horizon.newest(), at(100));
}

TEST(DataHorizon, ADeadStreamHoldsItForTheTimeoutAndNoLonger) {
  DataHorizon horizon(seconds{60});
  horizon.reach("dead", at(100));
  horizon.reach("A", at(159));
  EXPECT_EQ(horizon.time(), at(100) - DataHorizon::kDecided);
  horizon.reach("A", at(160));
  EXPECT_EQ(horizon.time(), at(160) - DataHorizon::kDecided);
  horizon.reach("dead", at(150));  // it is back
  EXPECT_EQ(horizon.time(), at(150) - DataHorizon::kDecided);
}

}  // namespace
}  // namespace geod
