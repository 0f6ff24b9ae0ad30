#include "catalog/network_magnitude.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace geod::catalog {
namespace {

std::vector<StationMagnitude> stations(const std::vector<double>& values) {
  std::vector<StationMagnitude> made;
  for (const double value : values) {
    StationMagnitude each;
    each.instrument.station = "S" + std::to_string(made.size());
    each.value = value;
    each.weight = 1.0;
    each.amplitudes.emplace_back();
    made.push_back(each);
  }
  return made;
}

TEST(LocalMagnitude, IsRichtersAtAHundredKilometres) {
  // A millimetre on the trace of magnification 2080 at 100 km is ML 3.
  EXPECT_NEAR(local_magnitude(1e6 / 2080.0, 100.0), 3.0, 0.01);
  EXPECT_NEAR(local_magnitude(1e4, 17.0) - local_magnitude(1e3, 17.0), 1.0, 1e-12);
  EXPECT_EQ(local_magnitude(1e3, 0.0), local_magnitude(1e3, 1.0));
}

TEST(NetworkMagnitude, IsTheMedianWithTheSpreadOfItsStations) {
  const Magnitude magnitude = network_magnitude(stations({2.1, 2.5, 2.2, 2.8}), 1.0);
  EXPECT_NEAR(magnitude.value, 2.35, 1e-12);
  EXPECT_EQ(magnitude.stations, 4);
  EXPECT_NEAR(magnitude.uncertainty, 1.4826 * 0.2 / 2.0, 1e-12);
  EXPECT_NEAR(magnitude.contributions[3].residual, 0.45, 1e-12);
}

TEST(NetworkMagnitude, LeavesOutAStationThatIsFarOff) {
  const Magnitude magnitude = network_magnitude(stations({2.0, 2.1, 4.5, 2.3}), 1.0);
  EXPECT_NEAR(magnitude.value, 2.1, 1e-12);
  EXPECT_EQ(magnitude.stations, 3);
  EXPECT_EQ(magnitude.contributions[2].weight, 0.0);
  EXPECT_EQ(magnitude.contributions[2].amplitudes[0].use, AmplitudeUse::kOutlier);
  EXPECT_NEAR(magnitude.contributions[2].residual, 2.4, 1e-12);
  EXPECT_EQ(magnitude.contributions[0].amplitudes[0].use, AmplitudeUse::kUsed);
}

TEST(NetworkMagnitude, LeavesOutNobodyWithoutAMajority) {
  EXPECT_EQ(network_magnitude(stations({1.0, 4.0}), 1.0).stations, 2);
  EXPECT_EQ(network_magnitude(stations({1.0, 1.0, 4.0, 4.0}), 1.0).stations, 4);
}

TEST(NetworkMagnitude, DoesNotCountStationsWithoutWeightButKeepsThem) {
  std::vector<StationMagnitude> some = stations({3.0, 1.0});
  some[1].weight = 0.0;
  some[1].amplitudes[0].use = AmplitudeUse::kLowSnr;
  const Magnitude magnitude = network_magnitude(some, 1.0);
  EXPECT_EQ(magnitude.value, 3.0);
  EXPECT_EQ(magnitude.stations, 1);
  EXPECT_EQ(magnitude.uncertainty, 0.0);
  EXPECT_EQ(magnitude.contributions[1].residual, -2.0);
  EXPECT_EQ(magnitude.contributions[1].amplitudes[0].use, AmplitudeUse::kLowSnr);
}

TEST(NetworkMagnitude, OfANetworkStandsBetweenMlOfManyAndMlOfFew) {
  Magnitude local;
  local.stations = 3;
  Magnitude neural;
  neural.type = MagnitudeType::kMdl;
  neural.stations = 1;
  std::vector<Magnitude> both{neural, local};
  order_by_preference(both, 3);
  EXPECT_EQ(both.front().type, MagnitudeType::kMl);
  both.front().stations = 2;
  order_by_preference(both, 3);
  EXPECT_EQ(both.front().type, MagnitudeType::kMdl);
}

}  // namespace
}  // namespace geod::catalog
