#include "models/inversion_scaling.hpp"

#include <cmath>

namespace geod::models {
namespace {

double logarithm_of(double amplitude, double k, double c) {
  const double value = std::log1p(std::abs(k * amplitude) + c);
  return amplitude < 0.0 ? -value : amplitude > 0.0 ? value : 0.0;
}

}  // namespace

InversionScaling::InversionScaling(const InversionSettings& settings)
    : log_k_(static_cast<float>(settings.log_k)),
      log_c_(static_cast<float>(settings.log_c)),
      log_min_(
          static_cast<float>(logarithm_of(settings.amplitude_min, settings.log_k, settings.log_c))),
      log_span_(
          static_cast<float>(logarithm_of(settings.amplitude_max, settings.log_k, settings.log_c) -
                             logarithm_of(settings.amplitude_min, settings.log_k, settings.log_c))),
      velocity_min_m_s_(settings.velocity_min_m_s),
      velocity_span_m_s_(settings.velocity_max_m_s - settings.velocity_min_m_s) {}

float InversionScaling::logarithm(float amplitude) const {
  const float value = std::log1p(std::abs(log_k_ * amplitude) + log_c_);
  return amplitude < 0.0F ? -value : amplitude > 0.0F ? value : 0.0F;
}

float InversionScaling::shot(float amplitude) const {
  return 2.0F * ((logarithm(amplitude) - log_min_) / log_span_ - 0.5F);
}

void InversionScaling::shots(std::span<float> amplitudes) const {
  for (float& value : amplitudes) {
    value = shot(value);
  }
}

float InversionScaling::amplitude(float value) const {
  const double logarithm = (static_cast<double>(value) / 2.0 + 0.5) * log_span_ + log_min_;
  const double size = (std::expm1(std::abs(logarithm)) - log_c_) / log_k_;
  return static_cast<float>(logarithm < 0.0 ? -size : size);
}

float InversionScaling::velocity(float m_s) const {
  return static_cast<float>(
      2.0 * ((static_cast<double>(m_s) - velocity_min_m_s_) / velocity_span_m_s_ - 0.5));
}

float InversionScaling::velocity_m_s(float value) const {
  return static_cast<float>(velocity_min_m_s_ +
                            velocity_span_m_s_ * (static_cast<double>(value) / 2.0 + 0.5));
}

}  // namespace geod::models
