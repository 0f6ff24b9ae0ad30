#include "core/das_block.hpp"

#include <set>

#include <gtest/gtest.h>

namespace geod {
namespace {

TEST(DasBlock, EndsAtAnExactTimeWhateverTheRate) {
  FibreGeometry geometry;
  geometry.rate = *SampleRate::make(3000, 7);
  DasBlock block;
  block.geometry = std::make_shared<const FibreGeometry>(geometry);
  block.samples = 3000;
  EXPECT_EQ(block.end(), block.start + std::chrono::seconds{7});
  block.samples = 1;
  EXPECT_EQ(block.end(), block.start + Duration{2'333'333});
}

TEST(DasBlock, NamesEveryUnitAndKindDifferently) {
  std::set<std::string_view> units;
  for (const DasUnit unit : {DasUnit::kCount,
                             DasUnit::kStrain,
                             DasUnit::kStrainRate,
                             DasUnit::kVelocity,
                             DasUnit::kPhase,
                             DasUnit::kPhaseRate,
                             DasUnit::kPhaseRatePerDistance}) {
    units.insert(to_string(unit));
  }
  EXPECT_EQ(units.size(), 7U);
  EXPECT_EQ(to_string(DasUnit::kStrainRate), "m/m/s");
  EXPECT_EQ(to_string(FibreGap::Kind::kShed), "shed");
  EXPECT_EQ(to_string(FibreGap::Kind::kNewGeometry), "new_geometry");
}

}  // namespace
}  // namespace geod
