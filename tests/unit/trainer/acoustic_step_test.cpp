// What a thread of the CUDA kernel does, run on the CPU for every thread of every launch: where no
// GPU is, this tells that its indices and its arithmetic are right.
#include "trainer/cuda/acoustic_step.cuh"

#include <algorithm>
#include <array>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/acoustic_models.hpp"
#include "trainer/acoustic_coefficients.hpp"
#include "trainer/acoustic_solver.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {
namespace {

/// The launches of all shots from `first_shot`, threads one after the other.
/// @param rows_a_thread  what a thread goes down
std::vector<float> run_steps(const AcousticSurvey& survey,
                             const AcousticCoefficients& models,
                             int first_shot,
                             int shots,
                             int rows_a_thread) {
  AcousticStep step;
  step.sponge = static_cast<int>(survey.sponge_cells);
  step.depths = static_cast<int>(survey.depths);
  step.offsets = static_cast<int>(survey.offsets);
  step.rows = step.depths + 2 * step.sponge;
  step.columns = step.offsets + 2 * step.sponge;
  step.pitch = step.columns + AcousticStep::kMargin;
  step.shot_values = static_cast<std::size_t>((step.rows + 2 * AcousticStep::kMargin) * step.pitch);
  step.spread = models.spread.data();
  step.damping = models.damping.data();
  step.source_scale = models.source_scale.data();
  const std::vector<int> columns(survey.source_columns.begin(), survey.source_columns.end());
  step.source_columns = columns.data();
  step.sources = static_cast<int>(columns.size());
  step.first_shot = first_shot;
  step.source_row = static_cast<int>(survey.source_row);
  step.receiver_row = static_cast<int>(survey.receiver_row);
  const std::vector<float> wavelet = source_wavelet(survey);
  step.wavelet = wavelet.data();
  step.times = static_cast<int>(survey.times);
  std::vector<float> records(static_cast<std::size_t>(shots) * survey.gather_values(), -1.0F);
  step.records = records.data();
  std::array<std::vector<float>, 2> fields;
  for (std::vector<float>& field : fields) {
    field.assign(static_cast<std::size_t>(shots) * step.shot_values, 0.0F);
  }
  for (step.time = 0; step.time < step.times; ++step.time) {
    const auto now = static_cast<std::size_t>(step.time % 2);
    step.field = fields[now].data();
    step.other = fields[1 - now].data();
    for (int shot = 0; shot < shots; ++shot) {
      for (int row = 0; row < step.rows; row += rows_a_thread) {
        for (int x = 0; x < step.columns; ++x) {
          step_column(step, shot, x, row, std::min(row + rows_a_thread, step.rows));
        }
      }
    }
  }
  return records;
}

TEST(AcousticStepTest, OfEveryThreadGivesTheRecordsOfTheCpu) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Rng rng(seed);
  const AcousticSurvey survey = test::small_survey();
  constexpr std::size_t kModels = 2;
  const std::vector<float> velocities = test::random_models(survey, rng, kModels);
  std::vector<float> expected(kModels * survey.record_values());
  ASSERT_TRUE((*make_cpu_acoustics(survey, 2))->simulate(velocities, expected));
  const float largest = *std::max_element(expected.begin(), expected.end());

  AcousticCoefficients models;
  for (std::size_t n = 0; n < kModels; ++n) {
    const AcousticCoefficients one = acoustic_coefficients(
        survey,
        sponge_profile(survey),
        std::span(velocities).subspan(n * survey.model_cells(), survey.model_cells()));
    models.spread.insert(models.spread.end(), one.spread.begin(), one.spread.end());
    models.damping.insert(models.damping.end(), one.damping.begin(), one.damping.end());
    models.source_scale.insert(
        models.source_scale.end(), one.source_scale.begin(), one.source_scale.end());
  }
  // A batch that begins amid the shots of a model, and two that divide the rows differently.
  for (const auto& [first, shots, rows] : {std::array{2, 4, 10}, std::array{0, 1, 7}}) {
    const std::vector<float> records = run_steps(survey, models, first, shots, rows);
    const std::size_t begin = static_cast<std::size_t>(first) * survey.gather_values();
    float difference = 0.0F;
    for (std::size_t i = 0; i < records.size(); ++i) {
      difference = std::max(difference, std::abs(records[i] - expected[begin + i]));
    }
    // The CPU takes numbers below 1e-38 for 0, and nothing else is different.
    EXPECT_LE(difference, 1e-6F * largest) << first;
  }
}

}  // namespace
}  // namespace geod::trainer
