#pragma once

#include <cstddef>
#include <vector>

#include "trainer/acoustic_survey.hpp"
#include "trainer/rng.hpp"

namespace geod::test {

/// A survey that takes milliseconds, with no two sizes alike.
inline trainer::AcousticSurvey small_survey() {
  trainer::AcousticSurvey survey;
  survey.depths = 21;
  survey.offsets = 30;
  survey.times = 205;
  survey.source_columns = {0, 11, 29};
  survey.source_row = 2;
  survey.receiver_row = 4;
  survey.sponge_cells = 17;
  return survey;
}

/// Velocities that have nothing to do with each other, [models, depths, offsets].
inline std::vector<float> random_models(const trainer::AcousticSurvey& survey,
                                        trainer::Rng& rng,
                                        std::size_t models = 1) {
  std::vector<float> velocities(models * survey.model_cells());
  for (float& velocity : velocities) {
    velocity = static_cast<float>(rng.uniform(1500.0, 4500.0));
  }
  return velocities;
}

}  // namespace geod::test
