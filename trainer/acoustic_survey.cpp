#include "trainer/acoustic_survey.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace geod::trainer {
namespace {

/// Periods of the peak frequency that the wavelet is long.
constexpr double kWaveletPeriods = 2.2;
constexpr std::size_t kLeastSpongeCells = 2;

}  // namespace

Result<void> validate(const AcousticSurvey& survey) {
  if (survey.depths == 0 || survey.offsets == 0 || survey.times == 0) {
    return fail(Errc::kUnsupported,
                "a survey of {} depths, {} offsets and {} times; all must be above 0",
                survey.depths,
                survey.offsets,
                survey.times);
  }
  if (survey.source_columns.empty()) {
    return fail(Errc::kUnsupported, "a survey without a source");
  }
  if (survey.source_row >= survey.depths || survey.receiver_row >= survey.depths) {
    return fail(Errc::kUnsupported,
                "sources in row {} and receivers in row {} of a model of {} rows",
                survey.source_row,
                survey.receiver_row,
                survey.depths);
  }
  for (const std::size_t column : survey.source_columns) {
    if (column >= survey.offsets) {
      return fail(Errc::kUnsupported,
                  "a source in column {} of a model of {} columns",
                  column,
                  survey.offsets);
    }
  }
  if (survey.sponge_cells < kLeastSpongeCells) {
    return fail(Errc::kUnsupported,
                "a sponge of {} cells; it must have at least {}",
                survey.sponge_cells,
                kLeastSpongeCells);
  }
  const auto is_positive = [](double value) { return std::isfinite(value) && value > 0.0; };
  if (!is_positive(survey.spacing_m) || !is_positive(survey.time_step_s) ||
      !is_positive(survey.frequency_hz) || !is_positive(survey.sponge_reflection)) {
    return fail(
        Errc::kUnsupported,
        "a survey with spacing {} m, time step {} s, frequency {} Hz and reflection {}; all "
        "must be above 0",
        survey.spacing_m,
        survey.time_step_s,
        survey.frequency_hz,
        survey.sponge_reflection);
  }
  return {};
}

Result<void> validate_model(const AcousticSurvey& survey,
                            std::span<const float> velocities_m_per_s) {
  const double fastest_m_per_s = std::sqrt(3.0 / 8.0) * survey.spacing_m / survey.time_step_s;
  for (std::size_t i = 0; i < velocities_m_per_s.size(); ++i) {
    const auto velocity = static_cast<double>(velocities_m_per_s[i]);
    // Written so that a value that is no number is refused.
    if (!(velocity > 0.0 && velocity <= fastest_m_per_s)) {
      return fail(
          Errc::kUnsupported,
          "row {}, column {}: a velocity of {} m/s; with cells of {} m and steps of {} s it "
          "must lie above 0 and not above {:.0f} m/s",
          i / survey.offsets,
          i % survey.offsets,
          velocity,
          survey.spacing_m,
          survey.time_step_s,
          fastest_m_per_s);
    }
  }
  return {};
}

Result<void> validate_models(const AcousticSurvey& survey,
                             std::span<const float> velocities_m_per_s,
                             std::span<const float> records) {
  const std::size_t models = velocities_m_per_s.size() / survey.model_cells();
  GEOD_CHECK(velocities_m_per_s.size() == models * survey.model_cells() &&
                 records.size() == models * survey.record_values(),
             "velocities and records of other shapes than the survey's");
  for (std::size_t n = 0; n < models; ++n) {
    const auto model = velocities_m_per_s.subspan(n * survey.model_cells(), survey.model_cells());
    if (auto checked = validate_model(survey, model); !checked) {
      return fail_with(checked.error(), fmt::format("velocity model {}", n));
    }
  }
  return {};
}

std::vector<float> source_wavelet(const AcousticSurvey& survey) {
  const double steps = kWaveletPeriods / survey.frequency_hz / survey.time_step_s;
  const auto middle = static_cast<std::size_t>(steps / 2.0);
  std::vector<float> wavelet(survey.times, 0.0F);
  for (std::size_t n = 0; n < std::min(2 * middle + 1, survey.times); ++n) {
    const double time_s =
        survey.time_step_s * (static_cast<double>(middle) - static_cast<double>(n));
    const double phase = std::numbers::pi * survey.frequency_hz * time_s;
    const double squared = phase * phase;
    wavelet[n] = static_cast<float>((1.0 - 2.0 * squared) * std::exp(-squared));
  }
  return wavelet;
}

std::vector<double> sponge_profile(const AcousticSurvey& survey) {
  const double length_m = static_cast<double>(survey.sponge_cells - 1) * survey.spacing_m;
  const double strongest = 3.0 * std::log(1.0 / survey.sponge_reflection) / (2.0 * length_m);
  std::vector<double> profile(survey.sponge_cells);
  for (std::size_t k = 0; k < profile.size(); ++k) {
    const double share = static_cast<double>(k) * survey.spacing_m / length_m;
    profile[k] = strongest * share * share;
  }
  return profile;
}

}  // namespace geod::trainer
