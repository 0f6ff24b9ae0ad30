#include "trainer/free_surface.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

const FreeSurface kSite(3.0, 1.7);

TEST(FreeSurface, DoublesWhatComesStraightUp) {
  EXPECT_NEAR(kSite.of_p(0.0).up, 2.0, 1e-12);
  EXPECT_NEAR(kSite.of_p(0.0).radial, 0.0, 1e-12);
  EXPECT_NEAR(kSite.of_sv(0.0).radial, -2.0, 1e-12);
  EXPECT_NEAR(kSite.of_sv(0.0).up, 0.0, 1e-12);
}

TEST(FreeSurface, TurnsPToTwiceTheAngleOfTheReflectedS) {
  for (const double slowness : {0.05, 0.12, 0.18, 0.25}) {
    const FreeSurface::Motion motion = kSite.of_p(slowness);
    EXPECT_NEAR(std::atan2(motion.radial, motion.up), 2.0 * std::asin(1.7 * slowness), 1e-12);
  }
}

// Sums of incident and reflected waves whose tractions vanish, solved numerically (numpy).
TEST(FreeSurface, AgreesWithTheBoundaryConditionsSolved) {
  const FreeSurface::Motion p = kSite.of_p(0.3);
  EXPECT_NEAR(p.radial, 1.69499388, 1e-7);
  EXPECT_NEAR(p.up, 0.9269188, 1e-7);
  const FreeSurface::Motion sv = kSite.of_sv(0.3);
  EXPECT_NEAR(sv.radial, -1.82915878, 1e-7);
  EXPECT_NEAR(sv.up, 0.96049653, 1e-7);
  const FreeSurface::Motion beyond = FreeSurface(5.0, 2.9).of_sv(0.3);
  EXPECT_NEAR(beyond.radial, 0.13286201, 1e-7);
  EXPECT_NEAR(beyond.up, 1.06985458, 1e-7);
}

}  // namespace
}  // namespace geod::trainer
