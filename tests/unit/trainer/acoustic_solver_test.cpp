#include "trainer/acoustic_solver.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/acoustic_models.hpp"
#include "tests/support/acoustic_plain.hpp"
#include "trainer/acoustic_rows.hpp"
#include "trainer/aligned_floats.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {
namespace {

using test::random_models;
using test::small_survey;
using ::testing::HasSubstr;
using Model = std::vector<float>;

Model homogeneous(const AcousticSurvey& survey, float velocity_m_per_s) {
  return Model(survey.model_cells(), velocity_m_per_s);
}

Model two_layers() {
  Model model(70 * 70, 3500.0F);
  std::fill_n(model.begin(), 35 * 70, 2000.0F);
  return model;
}

Model curved_layers() {
  Model model(70 * 70);
  for (std::size_t i = 0; i < 70; ++i) {
    for (std::size_t j = 0; j < 70; ++j) {
      const double bend = 5.0 * std::sin(2.0 * std::numbers::pi * static_cast<double>(j) / 70.0);
      const auto depth = static_cast<double>(i);
      model[i * 70 + j] = depth < 20.0 + bend ? 1800.0F : depth < 45.0 + bend ? 2600.0F : 3400.0F;
    }
  }
  return model;
}

std::vector<float> simulate(const AcousticSurvey& survey,
                            const Model& models,
                            std::size_t threads) {
  const auto solver = make_cpu_acoustics(survey, threads);
  EXPECT_TRUE(solver) << solver.error().what;
  std::vector<float> records(models.size() / survey.model_cells() * survey.record_values(), -1.0F);
  const auto done = (*solver)->simulate(models, records);
  EXPECT_TRUE(done) << done.error().what;
  return records;
}

double l2_norm(const std::vector<float>& values) {
  double sum = 0.0;
  for (const float value : values) {
    sum += static_cast<double>(value) * static_cast<double>(value);
  }
  return std::sqrt(sum);
}

struct Golden {
  std::string name;
  Model model;
  double least;
  double greatest;
  double l2;  // 0: not known
  struct Sample {
    std::size_t shot;
    std::size_t time;
    std::size_t receiver;
    double value;
  };
  std::vector<Sample> samples;
};

std::vector<Golden> goldens() {
  const AcousticSurvey survey;
  return {
      {"1500 m/s", homogeneous(survey, 1500), -20.6943, 39.2252, 0.0, {}},
      {"2000 m/s", homogeneous(survey, 2000), -22.2539, 42.4855, 0.0, {}},
      {"3000 m/s",
       homogeneous(survey, 3000),
       -24.65417,
       47.72780,
       1028.858854,
       {{0, 0, 0, -0.00147997},
        {0, 50, 0, -24.65408109},
        {0, 73, 0, 43.51449321},
        {0, 100, 10, 3.49187437},
        {2, 100, 34, -12.97328880},
        {2, 200, 69, 5.19266702},
        {0, 300, 69, 2.54707285},
        {4, 300, 0, 2.54707285}}},
      {"4500 m/s", homogeneous(survey, 4500), -27.16527, 53.27159, 1213.936477, {}},
      {"two layers",
       two_layers(),
       -22.25395,
       42.48546,
       877.268477,
       {{0, 100, 0, -10.23685910},
        {2, 420, 34, 0.76233450},
        {2, 430, 34, 0.07933151},
        {2, 450, 34, -0.18424880},
        {0, 500, 69, -0.15915185},
        {4, 600, 0, -0.24640410},
        {2, 999, 34, -0.00699074}}},
      {"curved layers",
       curved_layers(),
       -21.678701,
       41.261206,
       std::sqrt(701601.506918),
       {{0, 100, 0, -9.54550279},
        {1, 200, 40, 4.24309597},
        {2, 300, 34, -0.27210156},
        {3, 500, 10, -0.07189195},
        {4, 700, 69, -0.01109775}}},
  };
}

/// Values of an independent computation in double precision; float32 leaves them by up to 5e-4.
TEST(AcousticSolver, GivesTheKnownRecordsOfOpenFwisOperator) {
  constexpr double kFloatError = 5e-4;
  const AcousticSurvey survey;
  for (const Golden& golden : goldens()) {
    const std::vector<float> record = simulate(survey, golden.model, 0);
    const auto [least, greatest] = std::minmax_element(record.begin(), record.end());
    EXPECT_NEAR(*least, golden.least, kFloatError) << golden.name;
    EXPECT_NEAR(*greatest, golden.greatest, kFloatError) << golden.name;
    if (golden.l2 > 0.0) {
      EXPECT_NEAR(l2_norm(record) / golden.l2, 1.0, 5e-5) << golden.name;
    }
    for (const Golden::Sample& sample : golden.samples) {
      const std::size_t at = (sample.shot * survey.times + sample.time) * survey.offsets;
      EXPECT_NEAR(record[at + sample.receiver], sample.value, kFloatError)
          << golden.name << " [" << sample.shot << "," << sample.time << "," << sample.receiver
          << "]";
    }
  }
}

TEST(AcousticSolver, FollowsThePlainLoopInDoublePrecision) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Rng rng(seed);
  const AcousticSurvey survey = small_survey();
  const Model model = random_models(survey, rng);
  const std::vector<float> record = simulate(survey, model, 2);
  const std::vector<double> expected = test::PlainAcoustics<double>(survey, model).record();
  ASSERT_EQ(record.size(), expected.size());
  double largest = 0.0;
  double difference = 0.0;
  for (std::size_t i = 0; i < record.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    difference = std::max(difference, std::abs(static_cast<double>(record[i]) - expected[i]));
  }
  EXPECT_GT(largest, 1.0);
  EXPECT_LT(difference / largest, 2e-5);
}

TEST(AcousticSolver, GivesTheSameBitsForAnyThreadsAndAnyBatch) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Rng rng(seed);
  const AcousticSurvey survey = small_survey();
  const Model models = random_models(survey, rng, 3);
  const std::vector<float> together = simulate(survey, models, 1);
  EXPECT_EQ(simulate(survey, models, 2), together);
  EXPECT_EQ(simulate(survey, models, 7), together);
  std::vector<float> one_by_one;
  for (std::size_t n = 0; n < 3; ++n) {
    const auto begin = models.begin() + static_cast<std::ptrdiff_t>(n * survey.model_cells());
    const Model model(begin, begin + static_cast<std::ptrdiff_t>(survey.model_cells()));
    const std::vector<float> record = simulate(survey, model, 2);
    one_by_one.insert(one_by_one.end(), record.begin(), record.end());
  }
  EXPECT_EQ(one_by_one, together);
}

/// Layers that do not vary sideways: the first shot is the last one mirrored, to the bit.
TEST(AcousticSolver, MirrorsShotsOverFlatLayers) {
  AcousticSurvey survey;
  survey.times = 400;
  const std::vector<float> record = simulate(survey, two_layers(), 0);
  for (const auto& [shot, mirrored] : {std::pair{0UL, 4UL}, std::pair{1UL, 3UL}}) {
    for (std::size_t time = 0; time < survey.times; ++time) {
      for (std::size_t receiver = 0; receiver < 70; ++receiver) {
        const float value = record[(shot * survey.times + time) * 70 + receiver];
        ASSERT_EQ(value, record[(mirrored * survey.times + time) * 70 + 69 - receiver])
            << shot << " " << time << " " << receiver;
      }
    }
  }
}

/// Exchanging source and receiver changes nothing, whatever lies between them.
TEST(AcousticSolver, IsReciprocal) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Rng rng(seed);
  AcousticSurvey survey = small_survey();
  survey.receiver_row = survey.source_row;
  survey.source_columns = {3, 26};
  const Model model = random_models(survey, rng);
  const std::vector<float> record = simulate(survey, model, 2);
  double largest = 0.0;
  double difference = 0.0;
  for (std::size_t time = 0; time < survey.times; ++time) {
    const auto there = static_cast<double>(record[time * survey.offsets + 26]);
    const auto back = static_cast<double>(record[(survey.times + time) * survey.offsets + 3]);
    largest = std::max(largest, std::abs(there));
    difference = std::max(difference, std::abs(there - back));
  }
  EXPECT_GT(largest, 0.1);
  EXPECT_LT(difference / largest, 1e-5);
}

TEST(AcousticSolver, RefusesAModelThatWouldBlowUpAndSaysWhere) {
  AcousticSurvey survey = small_survey();
  Rng rng(1);
  Model models = random_models(survey, rng, 2);
  const auto solver = make_cpu_acoustics(survey, 1);
  ASSERT_TRUE(solver);
  std::vector<float> records(2 * survey.record_values());
  for (const float wrong : {0.0F, -1500.0F, 6200.0F, std::nanf("")}) {
    models[survey.model_cells() + survey.offsets + 3] = wrong;
    const auto done = (*solver)->simulate(models, records);
    ASSERT_FALSE(done) << wrong;
    EXPECT_EQ(done.error().code, Errc::kUnsupported);
    EXPECT_THAT(done.error().what, HasSubstr("velocity model 1: row 1, column 3"));
  }
}

TEST(AcousticSurveyTest, RefusesWhatCannotBeSimulated) {
  const auto refused = [](auto change) {
    AcousticSurvey survey;
    change(survey);
    const auto checked = validate(survey);
    return !checked && checked.error().code == Errc::kUnsupported;
  };
  EXPECT_TRUE(validate(AcousticSurvey{}));
  EXPECT_TRUE(refused([](AcousticSurvey& survey) { survey.times = 0; }));
  EXPECT_TRUE(refused([](AcousticSurvey& survey) { survey.source_columns.clear(); }));
  EXPECT_TRUE(refused([](AcousticSurvey& survey) { survey.source_columns = {70}; }));
  EXPECT_TRUE(refused([](AcousticSurvey& survey) { survey.receiver_row = 70; }));
  EXPECT_TRUE(refused([](AcousticSurvey& survey) { survey.sponge_cells = 1; }));
  EXPECT_TRUE(refused([](AcousticSurvey& survey) { survey.time_step_s = 0.0; }));
  EXPECT_TRUE(refused([](AcousticSurvey& survey) { survey.spacing_m = std::nan(""); }));
}

TEST(AcousticRowKernels, GiveTheSameBits) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Rng rng(seed);
  constexpr std::size_t kPitch = 48;
  constexpr std::size_t kRows = AcousticRows::kRows;
  const auto random = [&rng](std::size_t size) {
    AlignedFloats values(size);
    for (float& value : values) {
      value = static_cast<float>(rng.normal());
    }
    return values;
  };
  const AlignedFloats field = random((kRows + 6) * kPitch);
  const AlignedFloats before = random(kRows * kPitch);
  const AlignedFloats factors = random(3 * kRows * kPitch);
  AlignedFloats expected;
  for (const AcousticRowKernel& kernel : acoustic_row_kernels()) {
    AlignedFloats other = before;
    AcousticRows rows;
    rows.pitch = kPitch;
    rows.field = field.data() + 3 * kPitch;
    rows.other = other.data();
    for (std::size_t i = 0; i < kRows; ++i) {
      rows.present[i] = factors.data() + i * kPitch;
      rows.past[i] = factors.data() + (kRows + i) * kPitch;
      rows.spread[i] = factors.data() + (2 * kRows + i) * kPitch;
    }
    kernel.step(rows);
    EXPECT_NE(other, before);
    if (expected.empty()) {
      expected = other;
    }
    EXPECT_EQ(other, expected) << kernel.name;
  }
}

/// Field of a line source in an unbounded medium, by its Green's function in two dimensions.
/// @return  pressure at `distance_m`, time step `n` + 1, in units of the solver
double analytic(const AcousticSurvey& survey,
                double velocity_m_per_s,
                double distance_m,
                double t_s) {
  const double arrival_s = t_s - distance_m / velocity_m_per_s;
  if (arrival_s <= 0.0) {
    return 0.0;
  }
  // tau = arrival - u^2 takes the singularity at the front out of the integral.
  constexpr int kIntervals = 20000;
  const double longest = std::sqrt(arrival_s);
  double sum = 0.0;
  for (int i = 0; i < kIntervals; ++i) {
    const double u = (i + 0.5) / kIntervals * longest;
    const double tau = arrival_s - u * u;
    const double delay = t_s - tau;
    const double far = delay + distance_m / velocity_m_per_s;
    const double middle_s = 73.0 * survey.time_step_s;
    const double b = std::pow(std::numbers::pi * survey.frequency_hz * (middle_s - tau), 2.0);
    const double wavelet = tau <= 2.0 * middle_s ? (1.0 - 2.0 * b) * std::exp(-b) : 0.0;
    sum += wavelet * 2.0 / std::sqrt(far);
  }
  return survey.spacing_m * survey.spacing_m / (2.0 * std::numbers::pi) * sum * longest /
         kIntervals;
}

/// Relative difference of a trace from the analytic one, compared `shift` steps late.
double misfit(float velocity_m_per_s, std::size_t offset, double shift) {
  AcousticSurvey survey;
  survey.source_columns = {0};
  survey.sponge_cells = 260;       // so far that nothing comes back in time
  survey.sponge_reflection = 1.0;  // no damping
  const double travel_s = static_cast<double>(offset) * survey.spacing_m / velocity_m_per_s;
  survey.times = static_cast<std::size_t>(travel_s / survey.time_step_s) + 200;
  const std::vector<float> record = simulate(survey, homogeneous(survey, velocity_m_per_s), 1);
  double difference = 0.0;
  double size = 0.0;
  for (std::size_t n = 0; n < survey.times; ++n) {
    const double expected = analytic(survey,
                                     static_cast<double>(velocity_m_per_s),
                                     static_cast<double>(offset) * survey.spacing_m,
                                     (static_cast<double>(n) + 1.0 - shift) * survey.time_step_s);
    const auto value = static_cast<double>(record[n * survey.offsets + offset]);
    difference += (value - expected) * (value - expected);
    size += expected * expected;
  }
  return std::sqrt(difference / size);
}

TEST(AcousticSolver, AgreesWithTheGreensFunctionOfAHomogeneousMedium) {
  EXPECT_LT(misfit(3000.0F, 10, 0.0), 0.003);
  EXPECT_LT(misfit(4500.0F, 34, 0.0), 0.007);
  // Ten cells a wavelength: the dispersion of the scheme, which is part of OpenFWI's data.
  EXPECT_NEAR(misfit(1500.0F, 34, 0.0), 0.07, 0.03);
  // A record that begins one step early or late would not pass.
  EXPECT_GT(misfit(3000.0F, 10, 1.0), 0.05);
}

}  // namespace
}  // namespace geod::trainer
