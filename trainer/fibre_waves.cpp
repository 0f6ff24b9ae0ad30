#include "trainer/fibre_waves.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace geod::trainer {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kStepsPerCycle = 24.0;

/// A resonator of two poles driven by white noise: coloured noise about one frequency.
class Resonator {
 public:
  /// @param cycles_per_step  its frequency. @param quality  frequency over bandwidth.
  Resonator(double cycles_per_step, double quality) {
    const double radius = std::exp(-kPi * cycles_per_step / quality);
    a1_ = 2.0 * radius * std::cos(2.0 * kPi * cycles_per_step);
    a2_ = -radius * radius;
  }
  double step(double drive) {
    const double value = drive + a1_ * y1_ + a2_ * y2_;
    y2_ = std::exchange(y1_, value);
    return value;
  }

 private:
  double a1_ = 0.0;
  double a2_ = 0.0;
  double y1_ = 0.0;
  double y2_ = 0.0;
};

std::vector<double> resonant_noise(Rng& rng,
                                   double cycles_per_step,
                                   double quality,
                                   std::size_t count) {
  Resonator resonator(std::min(0.4, cycles_per_step), quality);
  std::vector<double> out(count);
  double power = 0.0;
  for (double& value : out) {
    value = resonator.step(rng.normal());
    power += value * value;
  }
  const double gain = 1.0 / std::sqrt(power / static_cast<double>(count) + 1e-30);
  for (double& value : out) {
    value *= gain;
  }
  return out;
}

/// A wave that follows the direct one.
struct Echo {
  double height = 0.0;
  double delay_s = 0.0;
  double tilt_s = 0.0;  ///< later or earlier from channel to channel
  bool is_reflected = false;
};

Echo draw_echo(Rng& rng, const FibreMoveout& moveout, const PhaseLook& look) {
  Echo echo;
  echo.is_reflected = !moveout.reflected_s.empty() && rng.chance(0.4);
  echo.delay_s = 0.15 * look.decay_s + look.coda_s * -std::log(1.0 - 0.95 * rng.uniform());
  echo.height = look.amplitude * look.echo_level * rng.uniform(0.3, 1.0) *
                std::exp(-echo.delay_s / look.coda_s) * (rng.chance(0.5) ? 1.0 : -1.0);
  const double half = static_cast<double>(moveout.channels()) / 2.0;
  echo.tilt_s = rng.normal() * 0.3 * echo.delay_s / std::max(1.0, half);
  return echo;
}

void add_echo(Rng& rng,
              const Echo& echo,
              const FibreMoveout& moveout,
              const PhaseLook& look,
              double zero_row,
              std::span<const double> site_gain,
              double rate_hz,
              FibreField& field) {
  const WaveTrainSource wave(
      rng, look.corner_hz * rng.uniform(0.7, 1.1), look.rise_s, look.decay_s);
  const auto middle = static_cast<double>(field.columns) / 2.0;
  const auto& times = echo.is_reflected ? moveout.reflected_s : moveout.time_s;
  for (std::int64_t column = 0; column < field.columns; ++column) {
    const auto c = static_cast<std::size_t>(column);
    // Never before the direct wave.
    const double tilt_s = std::clamp(echo.tilt_s * (static_cast<double>(column) - middle),
                                     -0.9 * echo.delay_s,
                                     3.0 * echo.delay_s);
    const double onset_s = times[c] + echo.delay_s + tilt_s;
    const double gain = echo.height * site_gain[c] * moveout.response[c];
    const auto first = std::max<std::int64_t>(
        0, static_cast<std::int64_t>(std::ceil(zero_row + onset_s * rate_hz)));
    const auto last =
        std::min(field.rows,
                 static_cast<std::int64_t>(zero_row + (onset_s + wave.length_s()) * rate_hz) + 1);
    for (std::int64_t row = first; row < last; ++row) {
      const double t_s = (static_cast<double>(row) - zero_row) / rate_hz - onset_s;
      field.at(row, column) += static_cast<float>(gain * wave.at(t_s, moveout.crossing_s[c]));
    }
  }
}

/// Reverberations that follow the direct wave: later, with another slope along the fibre; few and
/// clear, or so many that they fill its coda.
void add_echoes(Rng& rng,
                const FibreMoveout& moveout,
                const PhaseLook& look,
                double zero_row,
                std::span<const double> site_gain,
                double rate_hz,
                FibreField& field) {
  const std::int64_t echoes = rng.chance(0.35) ? 15 + rng.below(25) : 3 + rng.below(8);
  if (!moveout.reflected_s.empty()) {
    const Echo surface{look.amplitude * rng.uniform(-1.0, 0.3), 0.0, 0.0, true};
    add_echo(rng, surface, moveout, look, zero_row, site_gain, rate_hz, field);
  }
  for (std::int64_t i = 0; i < echoes; ++i) {
    const Echo echo = draw_echo(rng, moveout, look);
    add_echo(rng, echo, moveout, look, zero_row, site_gain, rate_hz, field);
  }
}

/// Scattered waves: noise of the phase's colour under its coda, alike over some channels.
void add_scatter(Rng& rng,
                 const FibreMoveout& moveout,
                 const PhaseLook& look,
                 double zero_row,
                 std::span<const double> site_gain,
                 double rate_hz,
                 FibreField& field) {
  const auto reach = static_cast<double>(1 + rng.below(12));
  const double quality = rng.uniform(0.6, 1.5);
  const double memory = std::exp(-1.0 / reach);
  constexpr double kCodaLengths = 4.0;
  const auto rows = static_cast<std::size_t>(kCodaLengths * look.coda_s * rate_hz) + 2;
  std::vector<double> shared(rows, 0.0);
  for (std::int64_t column = 0; column < field.columns; ++column) {
    const auto c = static_cast<std::size_t>(column);
    const auto own = resonant_noise(rng, look.corner_hz / rate_hz, quality, rows);
    const double renewal = column == 0 ? 1.0 : std::sqrt(1.0 - memory * memory);
    const double gain = look.amplitude * look.scatter_level * site_gain[c] *
                        std::max(0.3, std::abs(moveout.response[c]));
    const double onset_row = zero_row + moveout.time_s[c] * rate_hz;
    const auto first = static_cast<std::int64_t>(std::ceil(onset_row));
    for (std::size_t i = 0; i < rows; ++i) {
      shared[i] = memory * shared[i] + renewal * own[i];
      const std::int64_t row = first + static_cast<std::int64_t>(i);
      if (row >= 0 && row < field.rows) {
        const double t_s = (static_cast<double>(row) - onset_row) / rate_hz;
        const double envelope =
            (1.0 - std::exp(-t_s / (look.decay_s + 1e-9))) * std::exp(-t_s / look.coda_s);
        field.at(row, column) += static_cast<float>(gain * envelope * shared[i]);
      }
    }
  }
}

}  // namespace

WaveTrainSource::WaveTrainSource(std::vector<double> samples, double step_s) : step_s_(step_s) {
  integral_.reserve(samples.size());
  double sum = 0.0;
  double before = 0.0;
  for (const double sample : samples) {
    sum += 0.5 * (before + sample) * step_s;
    before = sample;
    integral_.push_back(sum);
  }
}

WaveTrainSource::WaveTrainSource(Rng& rng, double corner_hz, double rise_s, double decay_s)
    : WaveTrainSource(
          [&] {
            const double step_s = 1.0 / (kStepsPerCycle * corner_hz);
            constexpr double kDecays = 5.0;
            const auto count =
                static_cast<std::size_t>((rise_s + kDecays * decay_s + 1.0 / corner_hz) / step_s) +
                2;
            const auto ringing =
                resonant_noise(rng, corner_hz * step_s, rng.uniform(0.5, 2.0), count);
            const double first_swing = rng.uniform(0.5, 2.0);
            const double sign = rng.chance(0.5) ? 1.0 : -1.0;
            std::vector<double> samples(count);
            double peak = 0.0;
            for (std::size_t i = 0; i < count; ++i) {
              const double t_s = static_cast<double>(i) * step_s;
              const double swing = sign * first_swing * std::sin(2.0 * kPi * corner_hz * t_s) *
                                   std::exp(-t_s * corner_hz);
              samples[i] = (1.0 - std::exp(-t_s / rise_s)) * std::exp(-t_s / decay_s) *
                           (swing * 3.0 + ringing[i]);
              peak = std::max(peak, std::abs(samples[i]));
            }
            for (double& sample : samples) {
              sample /= peak + 1e-30;
            }
            return samples;
          }(),
          1.0 / (kStepsPerCycle * corner_hz)) {}

WaveTrainSource WaveTrainSource::noise(Rng& rng,
                                       double corner_hz,
                                       double quality,
                                       double length_s) {
  constexpr double kSteps = 8.0;
  const double step_s = 1.0 / (kSteps * corner_hz);
  const auto count = static_cast<std::size_t>(length_s / step_s) + 2;
  return {resonant_noise(rng, corner_hz * step_s, quality, count), step_s};
}

double WaveTrainSource::integral_at(double t_s) const {
  const double place = t_s / step_s_;
  if (place <= 0.0) {
    return 0.0;
  }
  const auto last = integral_.size() - 1;
  if (place >= static_cast<double>(last)) {
    return integral_.back();
  }
  const auto left = static_cast<std::size_t>(place);
  return integral_[left] +
         (integral_[left + 1] - integral_[left]) * (place - static_cast<double>(left));
}

double WaveTrainSource::at(double t_s, double crossing_s) const {
  // A mean over one step is the sample itself, interpolated.
  const double width_s = std::max(crossing_s, step_s_);
  return (integral_at(t_s + 0.5 * width_s) - integral_at(t_s - 0.5 * width_s)) / width_s;
}

void add_phase(Rng& rng,
               const FibreMoveout& moveout,
               const PhaseLook& look,
               double zero_row,
               std::span<const double> site_gain,
               double rate_hz,
               FibreField& field) {
  const WaveTrainSource wave(rng, look.corner_hz, look.rise_s, look.decay_s);
  for (std::int64_t column = 0; column < field.columns; ++column) {
    const auto c = static_cast<std::size_t>(column);
    const double half_s = 0.5 * moveout.crossing_s[c];
    const double onset_s = moveout.time_s[c];
    const double gain = look.amplitude * site_gain[c] * moveout.response[c];
    const auto first = std::max<std::int64_t>(
        0, static_cast<std::int64_t>(std::ceil(zero_row + (onset_s - half_s) * rate_hz)));
    const auto last = std::min(
        field.rows,
        static_cast<std::int64_t>(zero_row + (onset_s + half_s + wave.length_s()) * rate_hz) + 1);
    for (std::int64_t row = first; row < last; ++row) {
      const double t_s = (static_cast<double>(row) - zero_row) / rate_hz - onset_s;
      field.at(row, column) += static_cast<float>(gain * wave.at(t_s, moveout.crossing_s[c]));
    }
  }
  add_echoes(rng, moveout, look, zero_row, site_gain, rate_hz, field);
  add_scatter(rng, moveout, look, zero_row, site_gain, rate_hz, field);
}

}  // namespace geod::trainer
