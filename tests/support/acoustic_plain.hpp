#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "trainer/acoustic_survey.hpp"

namespace geod::test {

/// The acoustic scheme written down as it is defined, one cell after the other, in `Real`: what the
/// solver is held against, and the plain loop of the benchmark. Nothing here is shared with the
/// solver but the survey.
template <class Real>
class PlainAcoustics {
 public:
  PlainAcoustics(const trainer::AcousticSurvey& survey, std::span<const float> velocities_m_per_s)
      : survey_(survey),
        sponge_(survey.sponge_cells),
        rows_(survey.depths + 2 * sponge_),
        columns_(survey.offsets + 2 * sponge_) {
    const auto slowest = static_cast<double>(
        *std::min_element(velocities_m_per_s.begin(), velocities_m_per_s.end()));
    const double dt = survey.time_step_s;
    for (std::size_t z = 0; z < rows_; ++z) {
      for (std::size_t x = 0; x < columns_; ++x) {
        const std::size_t model_z = std::clamp(z, sponge_, sponge_ + survey.depths - 1) - sponge_;
        const std::size_t model_x = std::clamp(x, sponge_, sponge_ + survey.offsets - 1) - sponge_;
        const double v =
            static_cast<double>(velocities_m_per_s[model_z * survey.offsets + model_x]);
        velocity_.push_back(v);
        const double q = slowest * profile(z, x) * dt;
        const double a = std::pow(v * dt / survey.spacing_m, 2.0);
        spread_.push_back(static_cast<Real>(a));
        present_.push_back(static_cast<Real>(2.0 - 5.0 * a - q));
        past_.push_back(static_cast<Real>(1.0 - q));
      }
    }
  }

  /// [sources, times, receivers]
  std::vector<Real> record() const {
    std::vector<Real> out;
    for (std::size_t source = 0; source < survey_.source_columns.size(); ++source) {
      const std::vector<Real> gather = shoot(source);
      out.insert(out.end(), gather.begin(), gather.end());
    }
    return out;
  }

  /// One shot, [times, receivers].
  std::vector<Real> shoot(std::size_t source) const {
    const double dt = survey_.time_step_s;
    // Three cells of zeros around the grid.
    constexpr std::size_t kEdge = 3;
    const std::size_t pitch = columns_ + 2 * kEdge;
    std::vector<Real> now((rows_ + 2 * kEdge) * pitch, Real{0});
    std::vector<Real> other = now;
    const std::size_t at_source = (kEdge + sponge_ + survey_.source_row) * pitch + kEdge + sponge_ +
                                  survey_.source_columns[source];
    const double source_velocity = velocity_[(sponge_ + survey_.source_row) * columns_ + sponge_ +
                                             survey_.source_columns[source]];
    const std::size_t at_receivers =
        (kEdge + sponge_ + survey_.receiver_row) * pitch + kEdge + sponge_;
    std::vector<Real> gather;
    gather.reserve(survey_.gather_values());
    for (std::size_t n = 0; n < survey_.times; ++n) {
      for (std::size_t z = 0; z < rows_; ++z) {
        for (std::size_t x = 0; x < columns_; ++x) {
          const std::size_t i = (z + kEdge) * pitch + x + kEdge;
          const std::size_t c = z * columns_ + x;
          const Real near = (now[i - 1] + now[i + 1]) + (now[i - pitch] + now[i + pitch]);
          const Real far = (now[i - 2] + now[i + 2]) + (now[i - 2 * pitch] + now[i + 2 * pitch]);
          other[i] = present_[c] * now[i] - past_[c] * other[i] +
                     spread_[c] * (Real{4} / Real{3} * near - Real{1} / Real{12} * far);
        }
      }
      other[at_source] += static_cast<Real>(std::pow(source_velocity * dt, 2.0) * ricker(n));
      std::swap(now, other);
      for (std::size_t receiver = 0; receiver < survey_.offsets; ++receiver) {
        gather.push_back(now[at_receivers + receiver]);
      }
    }
    return gather;
  }

 private:
  /// Damping divided by the slowest velocity, 1/m: strips left and right over the full height.
  double profile(std::size_t z, std::size_t x) const {
    const auto outside = [this](std::size_t i, std::size_t cells) -> double {
      if (i < sponge_) {
        return static_cast<double>(sponge_ - 1 - i);
      }
      return i >= sponge_ + cells ? static_cast<double>(i - sponge_ - cells) : -1.0;
    };
    double k = outside(x, survey_.offsets);
    if (k < 0.0) {
      k = std::max(0.0, outside(z, survey_.depths));
    }
    const double length_m = static_cast<double>(sponge_ - 1) * survey_.spacing_m;
    return 3.0 * std::log(1.0 / survey_.sponge_reflection) / (2.0 * length_m) *
           std::pow(k * survey_.spacing_m / length_m, 2.0);
  }

  double ricker(std::size_t n) const {
    const auto half =
        static_cast<std::size_t>(2.2 / survey_.frequency_hz / survey_.time_step_s / 2.0);
    if (n > 2 * half) {
      return 0.0;
    }
    const double t_s = (static_cast<double>(half) - static_cast<double>(n)) * survey_.time_step_s;
    const double b = std::pow(3.14159265358979323846 * survey_.frequency_hz * t_s, 2.0);
    return (1.0 - 2.0 * b) * std::exp(-b);
  }

  trainer::AcousticSurvey survey_;
  std::size_t sponge_;
  std::size_t rows_;
  std::size_t columns_;
  std::vector<double> velocity_;  // [rows, columns], m/s
  std::vector<Real> spread_;
  std::vector<Real> present_;
  std::vector<Real> past_;
};

}  // namespace geod::test
