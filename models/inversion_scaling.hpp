#pragma once

#include <span>

#include "models/inversion_settings.hpp"

namespace geod::models {

/// Shots and velocities as an InversionNet computes with them, and back. Nothing is cut: values
/// beyond the bounds leave [-1, 1]. Source: transforms of OpenFWI, which work in double from the
/// bounds and in float on the values.
class InversionScaling {
 public:
  /// `settings` as validated in a manifest: bounds ascend.
  explicit InversionScaling(const InversionSettings& settings);

  /// sign(x) ln(1 + |k x| + c), the bounds to -1 and 1.
  float shot(float amplitude) const;
  /// In place.
  void shots(std::span<float> amplitudes) const;
  /// The amplitude that shot() makes `value` of; c as in the settings.
  float amplitude(float value) const;

  /// Between -1 and 1 within the bounds of velocity.
  float velocity(float m_s) const;
  float velocity_m_s(float value) const;
  /// Metres a second of one unit of the network's output.
  double unit_m_s() const { return velocity_span_m_s_ / 2.0; }
  /// Logarithms of the bounds of amplitude: the lower one, and what lies between.
  float log_min() const { return log_min_; }
  float log_span() const { return log_span_; }

 private:
  float logarithm(float amplitude) const;

  float log_k_;
  float log_c_;
  float log_min_;
  float log_span_;
  double velocity_min_m_s_;
  double velocity_span_m_s_;
};

}  // namespace geod::models
