#include "trainer/openfwi_sets.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

TEST(OpenFwiSets, AreFoundInAnySpelling) {
  for (const char* name : {"FVB", "fvb", "flatvel-b", "FlatVel_B", "flatvel_b_1"}) {
    const OpenFwiSet* set = find_openfwi_set(name);
    ASSERT_NE(set, nullptr) << name;
    EXPECT_EQ(set->code, "FVB") << name;
  }
  EXPECT_EQ(find_openfwi_set("mine"), nullptr);
  EXPECT_EQ(find_openfwi_set(""), nullptr);
  EXPECT_EQ(find_openfwi_set("flatvel-b-old"), nullptr);
  EXPECT_EQ(find_openfwi_set("openfwi"), &openfwi_union());
}

TEST(OpenFwiSets, HaveTheirExtremesInTheUnion) {
  double least = 0.0;
  double most = 0.0;
  for (const OpenFwiSet& set : openfwi_sets()) {
    least = std::min(least, set.amplitude_min);
    most = std::max(most, set.amplitude_max);
  }
  EXPECT_EQ(openfwi_sets().size(), 10U);
  EXPECT_EQ(openfwi_union().amplitude_min, least);
  EXPECT_EQ(openfwi_union().amplitude_max, most);
}

}  // namespace
}  // namespace geod::trainer
