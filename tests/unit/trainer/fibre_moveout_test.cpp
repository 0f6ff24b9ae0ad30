#include "trainer/fibre_moveout.hpp"

#include <cmath>
#include <fstream>
#include <numbers>

#include <gtest/gtest.h>

#include "tests/unit/trainer/tmp_dir.hpp"
#include "trainer/fibre_waves.hpp"

namespace geod::trainer {
namespace {

constexpr double kPi = std::numbers::pi;

FibrePath path_of(FibreKind kind, std::uint64_t seed = 1) {
  Rng rng(seed);
  return make_fibre_path(rng, kind, 200, 10.0);
}

TEST(FibrePath, KeepsItsSpacingAndUnitTangents) {
  for (const FibreKind kind : {FibreKind::kStraight, FibreKind::kBends, FibreKind::kBorehole}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const FibrePath path = path_of(kind, seed);
      ASSERT_EQ(path.channels(), 200U);
      for (std::size_t i = 0; i < path.channels(); ++i) {
        EXPECT_NEAR(dot(path.tangents[i], path.tangents[i]), 1.0, 1e-12) << "seed " << seed;
        if (i > 0) {
          EXPECT_NEAR(distance_km(path.points[i], path.points[i - 1]), 0.010, 1e-9);
        }
      }
      const bool goes_down = path.points.back()[2] > 0.0;
      EXPECT_EQ(goes_down, kind == FibreKind::kBorehole) << "seed " << seed;
    }
  }
}

TEST(FibreMoveout, TimesAreThoseOfTheCrustalModel) {
  const FibrePath path = path_of(FibreKind::kBends);
  CrustalModel crust;
  crust.gradient_per_s = 0.2;
  const PointKm source{4.0, -3.0, 5.0};
  const auto p = moveout_of_source(path, crust, source, Phase::kP, 0.0, 10.0);
  const auto s = moveout_of_source(path, crust, source, Phase::kS, 0.3, 10.0);
  for (std::size_t i = 0; i < path.channels(); ++i) {
    EXPECT_DOUBLE_EQ(p.time_s[i], crust.p_travel_time_s(source, path.points[i]));
    EXPECT_DOUBLE_EQ(s.time_s[i], crust.p_to_s * p.time_s[i]);
  }
}

TEST(FibreMoveout, GoesOverIntoAStraightRayInAUniformCrust) {
  const FibrePath path = path_of(FibreKind::kBorehole);
  CrustalModel crust;
  crust.gradient_per_s = 1e-5;
  const PointKm source{3.0, 0.0, 4.0};
  const auto p = moveout_of_source(path, crust, source, Phase::kP, 0.0, 10.0);
  for (std::size_t i = 0; i < path.channels(); i += 20) {
    const double distance = distance_km(source, path.points[i]);
    EXPECT_NEAR(p.time_s[i], distance / crust.p_speed_km_s, 2e-5);
    Vector3 along{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      along[axis] = (path.points[i][axis] - source[axis]) / distance;
    }
    const double cosine = dot(along, path.tangents[i]);
    EXPECT_NEAR(p.crossing_s[i], 0.010 * std::abs(cosine) / crust.p_speed_km_s, 1e-7);
    if (cosine * cosine > 0.05) {  // else scattered waves stand in
      const double spreading = distance_km(source, path.points[100]) / distance;
      EXPECT_NEAR(p.response[i], cosine * cosine * spreading / crust.p_speed_km_s, 1e-4);
    }
  }
}

TEST(FibreMoveout, SlopesAlongAFibreAreThoseOfTheDirection) {
  // The time along a fibre changes by cos(angle) / speed per distance, whatever the gradient.
  const FibrePath path = path_of(FibreKind::kStraight);
  CrustalModel crust;
  crust.gradient_per_s = 0.5;
  const PointKm source{2.0, 3.0, 6.0};
  const double gauge_m = 1.0;
  const auto p = moveout_of_source(path, crust, source, Phase::kP, 0.0, gauge_m);
  for (std::size_t i = 1; i + 1 < path.channels(); ++i) {
    const double slope_s_m = (p.time_s[i + 1] - p.time_s[i - 1]) / 20.0;
    EXPECT_NEAR(p.crossing_s[i], std::abs(slope_s_m) * gauge_m, 2e-7);
  }
}

TEST(AxialResponse, IsCosineSquaredForPAndHalfTheSineOfTwiceTheAngleForS) {
  const Vector3 fibre{1.0, 0.0, 0.0};
  for (double angle = 0.0; angle <= kPi; angle += kPi / 36.0) {
    const Vector3 travels{std::cos(angle), std::sin(angle), 0.0};
    const Vector3 across{-std::sin(angle), std::cos(angle), 0.0};
    EXPECT_NEAR(axial_response(travels, travels, fibre), std::pow(std::cos(angle), 2), 1e-12);
    EXPECT_NEAR(axial_response(travels, across, fibre), -0.5 * std::sin(2.0 * angle), 1e-12);
    EXPECT_NEAR(axial_response(travels, {0.0, 0.0, 1.0}, fibre), 0.0, 1e-12);
  }
}

TEST(AxialResponse, IsTheStrainOfTheDisplacement) {
  // Strain of u = p sin(w (t - n x / c)) along f by finite differences, against the formula.
  const Vector3 travels{0.36, 0.48, 0.8};
  const Vector3 moves{0.8, 0.36, -0.48};
  const Vector3 fibre{0.6, -0.64, 0.48};
  const double speed = 3000.0;
  const double omega = 40.0;
  const auto along = [&](double x_m) {
    return dot(moves, fibre) * std::sin(omega * (0.2 - dot(travels, fibre) * x_m / speed));
  };
  const double step_m = 1e-3;
  const double strain = (along(step_m) - along(-step_m)) / (2.0 * step_m);
  const double expected =
      -axial_response(travels, moves, fibre) / speed * omega * std::cos(omega * 0.2);
  EXPECT_NEAR(strain, expected, 1e-9);
}

TEST(GaugeResponse, IsWhatTheMeanOverAGaugeDoesToAWave) {
  // A noise of one narrow line, averaged over the gauge, against sin(x)/x.
  Rng rng(5);
  constexpr double kLineHz = 10.0;
  const auto wave = WaveTrainSource::noise(rng, kLineHz, 1e4, 60.0);
  const auto deviation = [&](double crossing_s) {
    double power = 0.0;
    int count = 0;
    for (double t_s = 5.0; t_s < 55.0; t_s += 0.0037) {
      power += std::pow(wave.at(t_s, crossing_s), 2);
      ++count;
    }
    return std::sqrt(power / count);
  };
  const double point = deviation(0.0);
  for (const double crossing_s : {0.02, 0.04, 0.06, 0.08}) {
    const double expected = gauge_response(2.0 * kPi * kLineHz, crossing_s);
    // The point itself is a mean over one of 8 steps a cycle.
    const double step = gauge_response(2.0 * kPi * kLineHz, 1.0 / (8.0 * kLineHz));
    EXPECT_NEAR(deviation(crossing_s) / point, std::abs(expected) / step, 0.03) << crossing_s;
  }
  EXPECT_DOUBLE_EQ(gauge_response(0.0, 0.1), 1.0);
}

TEST(WaveTrain, IsSilentBeforeItsOnsetAndAtMostOne) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    const WaveTrainSource wave(rng, 12.0, 0.02, 0.3);
    double peak = 0.0;
    for (double t_s = -1.0; t_s < wave.length_s() + 1.0; t_s += 0.001) {
      const double value = wave.at(t_s, 0.0);
      if (t_s < -0.01 || t_s > wave.length_s() + 0.01) {
        EXPECT_EQ(value, 0.0) << "seed " << seed;
      }
      peak = std::max(peak, std::abs(value));
    }
    EXPECT_GT(peak, 0.7) << "seed " << seed;
    EXPECT_LE(peak, 1.0) << "seed " << seed;
  }
}

TEST(FibreCurves, AreReadWithTheirSpacing) {
  const test::TmpDir dir;
  std::ofstream(dir / "c.csv") << "curve,distance_m,p_s,s_s\na,0,1,2\na,20,1.1,2.2\na,40,1.3,2.6\n"
                                  "b,0,5,6\nb,10,5,6.5\n";
  const auto curves = read_fibre_curves(dir / "c.csv");
  ASSERT_TRUE(curves) << curves.error().what;
  ASSERT_EQ(curves->size(), 2U);
  EXPECT_DOUBLE_EQ((*curves)[0].spacing_m, 20.0);
  EXPECT_EQ((*curves)[0].s_s, (std::vector<double>{2.0, 2.2, 2.6}));
  EXPECT_DOUBLE_EQ((*curves)[1].spacing_m, 10.0);
}

TEST(FibreCurves, RefusesWhatIsNoMoveout) {
  const test::TmpDir dir;
  for (const char* rows : {"a,0,1,2\n",
                           "a,0,1,2\na,20,1,1\n",
                           "a,0,1,2\na,20,1,2\na,30,1,2\n",
                           "a,0,1,2\na,0,1,2\n",
                           "a,0,1,2\na,20,,2\n",
                           ""}) {
    std::ofstream(dir / "c.csv") << "curve,distance_m,p_s,s_s\n" << rows;
    const auto curves = read_fibre_curves(dir / "c.csv");
    ASSERT_FALSE(curves) << rows;
    EXPECT_EQ(curves.error().code, Errc::kCorruptRecord) << rows;
    EXPECT_NE(curves.error().what.find("c.csv"), std::string::npos) << curves.error().what;
  }
  EXPECT_EQ(read_fibre_curves(dir / "absent.csv").error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace geod::trainer
