#include "trainer/acoustic_medium.hpp"

#include <algorithm>
#include <utility>

#include "trainer/acoustic_coefficients.hpp"
#include "trainer/acoustic_stencil.hpp"

namespace geod::trainer {
namespace {

std::size_t rounded_up(std::size_t value, std::size_t step) {
  return (value + step - 1) / step * step;
}

/// How deep in the sponge a padded index lies, counted from the model outwards; `inside` where the
/// index is of the model.
std::size_t sponge_depth(std::size_t index,
                         std::size_t cells,
                         std::size_t sponge,
                         std::size_t inside) {
  if (index < sponge) {
    return sponge - 1 - index;
  }
  return index < sponge + cells ? inside : index - sponge - cells;
}

/// The model's index that a padded one repeats.
std::size_t repeated(std::size_t index, std::size_t cells, std::size_t sponge) {
  return std::clamp(index, sponge, sponge + cells - 1) - sponge;
}

}  // namespace

AcousticMedium::AcousticMedium(const AcousticSurvey& survey)
    : survey_(survey),
      profile_(sponge_profile(survey)),
      rows_(rounded_up(survey.depths + 2 * survey.sponge_cells, kRowGroup)),
      pitch_(rounded_up(survey.offsets + 2 * survey.sponge_cells + 2, kVector)),
      past_row_(rows_),
      spread_row_(rows_),
      present_(rows_ * pitch_),
      past_((survey.sponge_cells + 2) * pitch_),
      spread_((survey.depths + 1) * pitch_),
      source_scale_(survey.source_columns.size()) {
  const std::size_t used = survey.depths + 2 * survey.sponge_cells;
  const std::size_t inside = survey.sponge_cells;
  for (std::size_t row = 0; row < rows_; ++row) {
    past_row_[row] = row < used ? sponge_depth(row, survey.depths, survey.sponge_cells, inside)
                                : survey.sponge_cells + 1;
    spread_row_[row] =
        row < used ? repeated(row, survey.depths, survey.sponge_cells) : survey.depths;
  }
}

void AcousticMedium::set(std::span<const float> velocities_m_per_s) {
  AcousticCoefficients of_model = acoustic_coefficients(survey_, profile_, velocities_m_per_s);
  const std::size_t sponge = survey_.sponge_cells;
  const std::size_t columns = survey_.offsets + 2 * sponge;

  // The strips left and right are as high as the grid; those above and below lie between them.
  const auto damping_at = [&](std::size_t row_depth, std::size_t column) {
    const std::size_t depth = sponge_depth(column, survey_.offsets, sponge, sponge);
    return of_model.damping[depth == sponge ? row_depth : depth];
  };
  for (std::size_t depth = 0; depth <= sponge; ++depth) {
    for (std::size_t x = 0; x < columns; ++x) {
      past_[depth * pitch_ + x] = 1.0F - damping_at(depth, x);
    }
  }
  for (std::size_t z = 0; z < survey_.depths; ++z) {
    for (std::size_t x = 0; x < columns; ++x) {
      spread_[z * pitch_ + x] =
          of_model.spread[z * survey_.offsets + repeated(x, survey_.offsets, sponge)];
    }
  }
  for (std::size_t row = 0; row < survey_.depths + 2 * sponge; ++row) {
    for (std::size_t x = 0; x < columns; ++x) {
      present_[row * pitch_ + x] =
          (2.0F + kMiddleWeights * spread(row)[x]) - damping_at(past_row_[row], x);
    }
  }
  source_scale_ = std::move(of_model.source_scale);
}

}  // namespace geod::trainer
