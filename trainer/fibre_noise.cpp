#include "trainer/fibre_noise.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "trainer/fibre_waves.hpp"

namespace geod::trainer {
namespace {

constexpr double kPi = std::numbers::pi;

/// Gaussian values along the fibre that are alike over about `reach` channels, deviation 1.
std::vector<double> smooth_series(Rng& rng, std::int64_t count, double reach) {
  const double memory = std::exp(-1.0 / std::max(0.1, reach));
  const double renewal = std::sqrt(1.0 - memory * memory);
  std::vector<double> out;
  double value = rng.normal();
  for (std::int64_t i = 0; i < count; ++i) {
    out.push_back(value);
    value = memory * value + renewal * rng.normal();
  }
  return out;
}

void add_incoherent(Rng& rng, FibreField& field) {
  const double memory = rng.chance(0.3) ? 0.0 : rng.uniform(-0.4, 0.9);
  const double renewal = std::sqrt(1.0 - memory * memory);
  const double drift = rng.chance(0.5) ? 0.0 : rng.log_uniform(0.01, 0.3);
  const auto gain = make_site_gain(rng, field.columns);
  const double alike = rng.chance(0.5) ? 0.0 : rng.uniform(0.1, 0.6);  // neighbours share a gauge
  const auto columns = static_cast<std::size_t>(field.columns);
  std::vector<double> coloured(columns, 0.0);
  std::vector<double> wandering(columns, 0.0);
  for (std::int64_t row = 0; row < field.rows; ++row) {
    double neighbour = 0.0;
    for (std::size_t c = 0; c < columns; ++c) {
      neighbour = alike * neighbour + std::sqrt(1.0 - alike * alike) * rng.normal();
      coloured[c] = memory * coloured[c] + renewal * neighbour;
      wandering[c] = 0.999 * wandering[c] + drift * neighbour;
      field.at(row, static_cast<std::int64_t>(c)) +=
          static_cast<float>(gain[c] * (coloured[c] + wandering[c]));
    }
  }
}

/// Distance of every channel along a horizontal direction, km.
std::vector<double> along_direction(const FibrePath& path, double azimuth_rad) {
  std::vector<double> out;
  for (const PointKm& point : path.points) {
    out.push_back(point[0] * std::sin(azimuth_rad) + point[1] * std::cos(azimuth_rad) + point[2]);
  }
  return out;
}

void add_plane_wave(Rng& rng, const FibrePath& path, double rate_hz, FibreField& field) {
  const double speed_km_s = rng.log_uniform(0.15, 6.0);
  const auto place_km = along_direction(path, rng.uniform(0.0, 2.0 * kPi));
  const auto [nearest, farthest] = std::minmax_element(place_km.begin(), place_km.end());
  const double length_s =
      static_cast<double>(field.rows) / rate_hz + (*farthest - *nearest) / speed_km_s;
  const double corner_hz = rate_hz * rng.log_uniform(0.005, 0.3);
  const auto wave = WaveTrainSource::noise(rng, corner_hz, rng.log_uniform(1.0, 10.0), length_s);
  const double level = rng.log_uniform(0.1, 1.5);
  for (std::int64_t column = 0; column < field.columns; ++column) {
    const double delay_s = (*farthest - place_km[static_cast<std::size_t>(column)]) / speed_km_s;
    for (std::int64_t row = 0; row < field.rows; ++row) {
      const double t_s = static_cast<double>(row) / rate_hz + delay_s;
      field.at(row, column) += static_cast<float>(level * wave.at(t_s, 0.0));
    }
  }
}

/// A source on the ground: its waves run both ways along the fibre and die with distance.
void add_ground_source(Rng& rng, const FibrePath& path, double rate_hz, FibreField& field) {
  const double spacing_m = path.spacing_m;
  const double length_m = spacing_m * static_cast<double>(field.columns);
  const double place_m =
      path.kind == FibreKind::kBorehole ? 0.0 : rng.uniform(-0.1, 1.1) * length_m;
  const double offset_m = rng.log_uniform(1.0, 0.3 * length_m + 2.0);
  const double speed_m_s =
      path.kind == FibreKind::kBorehole ? rng.uniform(400.0, 1900.0) : rng.uniform(150.0, 900.0);
  const double reach_m = length_m * rng.log_uniform(0.03, 0.5);
  const double corner_hz = rate_hz * rng.log_uniform(0.01, 0.25);
  const double duration_s = static_cast<double>(field.rows) / rate_hz;
  const bool is_machine = rng.chance(0.3);
  const double level = rng.log_uniform(0.5, 15.0);
  const auto blows = is_machine ? 1 : 1 + rng.below(4);
  for (std::int64_t blow = 0; blow < blows; ++blow) {
    const WaveTrainSource wave =
        is_machine
            ? WaveTrainSource::noise(rng, corner_hz, rng.log_uniform(2.0, 30.0), duration_s)
            : WaveTrainSource(rng, corner_hz, 0.3 / corner_hz, rng.uniform(1.0, 5.0) / corner_hz);
    const double start_s = is_machine ? -0.5 * duration_s : rng.uniform(-0.1, 1.0) * duration_s;
    for (std::int64_t column = 0; column < field.columns; ++column) {
      const double along_m = static_cast<double>(column) * spacing_m - place_m;
      const double distance_m = std::hypot(along_m, offset_m);
      const double gain = level * std::exp(-(distance_m - offset_m) / reach_m);
      constexpr double kNegligible = 0.02;
      if (gain < kNegligible) {
        continue;
      }
      const double onset_s = start_s + (distance_m - offset_m) / speed_m_s;
      const auto first =
          std::clamp(static_cast<std::int64_t>(onset_s * rate_hz), std::int64_t{0}, field.rows);
      const auto last = std::clamp(
          static_cast<std::int64_t>((onset_s + wave.length_s()) * rate_hz) + 1, first, field.rows);
      for (std::int64_t row = first; row < last; ++row) {
        const double t_s = static_cast<double>(row) / rate_hz - onset_s;
        field.at(row, column) += static_cast<float>(gain * wave.at(t_s, 0.0));
      }
    }
  }
}

/// A vehicle: the ground bends under it (first derivative of a bell), and the wheels shake it.
void add_vehicle(Rng& rng, const FibrePath& path, double rate_hz, FibreField& field) {
  const double speed_m_s = rng.uniform(5.0, 40.0) * (rng.chance(0.5) ? 1.0 : -1.0);
  const double length_m = path.spacing_m * static_cast<double>(field.columns);
  const double duration_s = static_cast<double>(field.rows) / rate_hz;
  const double start_m = rng.uniform(0.0, length_m) - 0.5 * speed_m_s * duration_s;
  const double width_m = std::max(rng.uniform(8.0, 40.0), path.spacing_m);
  const double bend = rng.log_uniform(0.5, 20.0);
  const double shake = rng.log_uniform(0.2, 6.0);
  const auto reach = static_cast<std::int64_t>(3.0 * width_m / path.spacing_m) + 1;
  for (std::int64_t row = 0; row < field.rows; ++row) {
    const double at_m = start_m + speed_m_s * static_cast<double>(row) / rate_hz;
    const auto middle = static_cast<std::int64_t>(std::floor(at_m / path.spacing_m));
    for (std::int64_t column = std::max<std::int64_t>(0, middle - reach);
         column < std::min(field.columns, middle + reach + 1);
         ++column) {
      const double x = (static_cast<double>(column) * path.spacing_m - at_m) / width_m;
      const double bell = std::exp(-0.5 * x * x);
      field.at(row, column) += static_cast<float>(bell * (bend * x + shake * rng.normal()));
    }
  }
}

void add_laser(Rng& rng, double rate_hz, FibreField& field) {
  const double hiss = rng.log_uniform(0.05, 1.0);
  const double hum = rng.chance(0.3) ? rng.log_uniform(0.1, 2.0) : 0.0;
  const double hum_hz = rate_hz * rng.uniform(0.01, 0.45);
  const double bursts_a_row = rng.chance(0.3) ? rng.log_uniform(0.001, 0.01) : 0.0;
  double burst = 0.0;
  for (std::int64_t row = 0; row < field.rows; ++row) {
    if (rng.chance(bursts_a_row)) {
      burst = rng.log_uniform(2.0, 30.0);
    }
    const double value = (hiss + burst) * rng.normal() +
                         hum * std::sin(2.0 * kPi * hum_hz * static_cast<double>(row) / rate_hz);
    constexpr double kBurstDecay = 0.7;
    burst *= kBurstDecay;
    for (std::int64_t column = 0; column < field.columns; ++column) {
      field.at(row, column) += static_cast<float>(value);
    }
  }
}

/// A column without signal: a constant, or the converter's last bit.
void silence(Rng& rng, std::int64_t column, FibreField& field) {
  const double level = rng.chance(0.5) ? 0.0 : 1e-3;
  for (std::int64_t row = 0; row < field.rows; ++row) {
    field.at(row, column) = static_cast<float>(level * rng.normal());
  }
}

void make_noisy(Rng& rng, std::int64_t column, FibreField& field) {
  const double level = rng.log_uniform(2.0, 30.0);
  const bool comes_and_goes = rng.chance(0.5);
  bool is_on = true;
  for (std::int64_t row = 0; row < field.rows; ++row) {
    constexpr double kChanges = 0.01;
    if (comes_and_goes && rng.chance(kChanges)) {
      is_on = !is_on;
    }
    if (is_on) {
      field.at(row, column) += static_cast<float>(level * rng.normal());
    }
  }
}

}  // namespace

std::vector<double> make_site_gain(Rng& rng, std::int64_t channels) {
  const auto slow = smooth_series(rng, channels, rng.log_uniform(10.0, 100.0));
  const double slow_spread = rng.uniform(0.0, 0.5);
  const double fast_spread = rng.uniform(0.0, 0.25);
  std::vector<double> gain;
  for (const double value : slow) {
    gain.push_back(std::exp(slow_spread * value + fast_spread * rng.normal()));
  }
  return gain;
}

FibreField make_fibre_noise(Rng& rng, const FibrePath& path, double rate_hz, std::int64_t rows) {
  FibreField field(rows, static_cast<std::int64_t>(path.channels()));
  add_incoherent(rng, field);
  for (std::int64_t waves = rng.chance(0.6) ? 1 + rng.below(4) : 0; waves > 0; --waves) {
    add_plane_wave(rng, path, rate_hz, field);
  }
  for (std::int64_t sources = rng.chance(0.4) ? 1 + rng.below(3) : 0; sources > 0; --sources) {
    add_ground_source(rng, path, rate_hz, field);
  }
  const bool on_a_road = path.kind != FibreKind::kBorehole && rng.chance(0.35);
  for (std::int64_t vehicles = on_a_road ? 1 + rng.below(4) : 0; vehicles > 0; --vehicles) {
    add_vehicle(rng, path, rate_hz, field);
  }
  if (rng.chance(0.6)) {
    add_laser(rng, rate_hz, field);
  }
  return field;
}

std::vector<std::int64_t> add_faults(Rng& rng, FibreField& field) {
  const double noisy = rng.chance(0.5) ? rng.log_uniform(0.002, 0.04) : 0.0;
  const double dead = rng.chance(0.4) ? rng.log_uniform(0.002, 0.03) : 0.0;
  const double spikes = rng.chance(0.3) ? rng.log_uniform(1e-6, 3e-4) : 0.0;
  if (spikes > 0.0) {
    for (float& value : field.values) {
      if (rng.chance(spikes)) {
        value += static_cast<float>(rng.log_uniform(10.0, 300.0) * (rng.chance(0.5) ? 1.0 : -1.0));
      }
    }
  }
  std::vector<std::int64_t> dead_channels;
  for (std::int64_t column = 0; column < field.columns; ++column) {
    // Bad coupling comes in runs.
    const std::int64_t run = std::min(field.columns - column, 1 + rng.below(12));
    if (rng.chance(noisy / 6.0)) {
      for (std::int64_t i = column; i < column + run; ++i) {
        make_noisy(rng, i, field);
      }
    }
    if (rng.chance(dead)) {
      silence(rng, column, field);
      dead_channels.push_back(column);
    }
  }
  if (rng.chance(0.15)) {
    const auto limit = static_cast<float>(rng.log_uniform(8.0, 60.0));
    for (float& value : field.values) {
      value = std::clamp(value, -limit, limit);
    }
  }
  return dead_channels;
}

}  // namespace geod::trainer
