#include "trainer/das_scene.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "trainer/das_labels.hpp"
#include "trainer/fibre_noise.hpp"
#include "trainer/fibre_waves.hpp"

namespace geod::trainer {
namespace {

constexpr double kPi = std::numbers::pi;

/// Both phases of an earthquake, times from its origin.
struct EventMoveout {
  FibreMoveout p;
  FibreMoveout s;
};

double median_magnitude(std::span<const double> values) {
  std::vector<double> magnitudes;
  for (const double value : values) {
    magnitudes.push_back(std::abs(value));
  }
  const auto middle = magnitudes.begin() + static_cast<std::ptrdiff_t>(magnitudes.size() / 2);
  std::nth_element(magnitudes.begin(), middle, magnitudes.end());
  return *middle;
}

void scale(std::vector<double>& values, double factor) {
  for (double& value : values) {
    value *= factor;
  }
}

FibreKind draw_kind(Rng& rng) {
  constexpr double kBends = 0.45;
  constexpr double kBorehole = 0.3;
  const double draw = rng.uniform();
  return draw < kBends               ? FibreKind::kBends
         : draw < kBends + kBorehole ? FibreKind::kBorehole
                                     : FibreKind::kStraight;
}

/// A source whose S comes about `s_after_p_s` after its P, below the fibre, in a random direction.
PointKm draw_source(Rng& rng,
                    const FibrePath& path,
                    const CrustalModel& crust,
                    double s_after_p_s) {
  constexpr double kClearanceKm = 0.02;
  constexpr double kDeepestKm = 40.0;
  const double distance = s_after_p_s * crust.p_speed_km_s / (crust.p_to_s - 1.0);
  const PointKm& middle =
      path.points[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(path.channels())))];
  double deepest = 0.0;
  for (const PointKm& point : path.points) {
    deepest = std::max(deepest, point[2]);
  }
  const double depth =
      std::clamp(distance * rng.uniform(0.05, 0.98), deepest + kClearanceKm, kDeepestKm + deepest);
  const double below = depth - middle[2];
  const double across =
      std::sqrt(std::max(distance * distance - below * below, 0.01 * distance * distance));
  const double azimuth = rng.uniform(0.0, 2.0 * kPi);
  return {middle[0] + across * std::sin(azimuth), middle[1] + across * std::cos(azimuth), depth};
}

CrustalModel draw_crust(Rng& rng, FibreKind kind, double s_after_p_s) {
  CrustalModel crust;
  crust.p_speed_km_s = kind == FibreKind::kBorehole ? rng.uniform(2.0, 5.5) : rng.uniform(2.5, 6.2);
  crust.p_to_s = rng.uniform(1.6, 2.1);
  // The speed grows by up to 1.5 of itself over the distance of the source.
  const double distance = s_after_p_s * crust.p_speed_km_s / (crust.p_to_s - 1.0);
  crust.gradient_per_s = rng.log_uniform(0.05, 1.5) * crust.p_speed_km_s / distance;
  return crust;
}

/// A stretch of an observed curve, from a random channel, in either direction.
EventMoveout curve_moveout(Rng& rng,
                           const FibreCurve& curve,
                           const FibrePath& path,
                           double gauge_m) {
  const double length_m = curve.spacing_m * static_cast<double>(curve.p_s.size() - 1);
  const double wanted_m = path.spacing_m * static_cast<double>(path.channels() - 1);
  // A fibre longer than the curve shows it stretched.
  const double stretch = std::min(1.0, length_m / wanted_m);
  const double begin_m = rng.uniform(0.0, length_m - stretch * wanted_m);
  const bool reversed = rng.chance(0.5);
  std::vector<double> p_s;
  std::vector<double> s_s;
  for (std::size_t i = 0; i < path.channels(); ++i) {
    const std::size_t k = reversed ? path.channels() - 1 - i : i;
    const double place =
        (begin_m + stretch * path.spacing_m * static_cast<double>(k)) / curve.spacing_m;
    const auto left = std::min(static_cast<std::size_t>(place), curve.p_s.size() - 2);
    const double fraction = place - static_cast<double>(left);
    p_s.push_back(curve.p_s[left] + fraction * (curve.p_s[left + 1] - curve.p_s[left]));
    s_s.push_back(curve.s_s[left] + fraction * (curve.s_s[left + 1] - curve.s_s[left]));
  }
  const double p_speed_km_s = rng.uniform(2.0, 6.0);
  const double s_speed_km_s = p_speed_km_s / rng.uniform(1.6, 2.5);
  const double polarisation = rng.uniform(0.0, 2.0 * kPi);
  return {moveout_of_curve(p_s, path.spacing_m, p_speed_km_s, Phase::kP, 0.0, gauge_m),
          moveout_of_curve(s_s, path.spacing_m, s_speed_km_s, Phase::kS, polarisation, gauge_m)};
}

/// What the ground under the channels adds: smooth delays, and stretches of slower ground.
void add_ground_delays(Rng& rng, double tile_s, EventMoveout& event) {
  const auto channels = static_cast<std::int64_t>(event.p.channels());
  const double spread_s = rng.chance(0.3) ? 0.0 : tile_s * rng.log_uniform(0.001, 0.02);
  const double reach = rng.log_uniform(5.0, 60.0);
  const double s_factor = rng.uniform(1.2, 2.5);
  const double memory = std::exp(-1.0 / reach);
  const auto slow_from = rng.below(channels);
  const double slow_s = rng.chance(0.4) ? tile_s * rng.uniform(-0.3, 0.3) : 0.0;
  double white = rng.normal();
  double smooth = white;
  for (std::int64_t i = 0; i < channels; ++i) {
    const auto c = static_cast<std::size_t>(i);
    white = memory * white + std::sqrt(1.0 - memory * memory) * rng.normal();
    smooth += 0.3 * (white - smooth);
    const double kink = slow_s * static_cast<double>(std::max<std::int64_t>(0, i - slow_from)) /
                        static_cast<double>(channels);
    const double delay_s = spread_s * smooth + kink;
    event.p.time_s[c] += delay_s;
    constexpr double kLeastGapShare = 0.01;
    event.s.time_s[c] = std::max(event.s.time_s[c] + s_factor * delay_s,
                                 event.p.time_s[c] + kLeastGapShare * tile_s);
  }
  for (FibreMoveout* phase : {&event.p, &event.s}) {
    if (!phase->reflected_s.empty()) {
      reflect_at_top(*phase);
    }
  }
}

/// Sizes of both phases: as directions and speeds have it, or each drawn for itself, so that P is
/// seen as often as S.
void draw_sizes(Rng& rng, EventMoveout& event) {
  const double loudest = rng.log_uniform(2.0, 60.0);
  double p_size = median_magnitude(event.p.response);
  double s_size = median_magnitude(event.s.response);
  if (rng.chance(0.5)) {
    scale(event.p.response, loudest * rng.log_uniform(0.2, 2.0) / p_size);
    scale(event.s.response, loudest / s_size);
    return;
  }
  const double s_excess = rng.log_uniform(0.7, 4.0);
  const double larger = std::max(p_size, s_size * s_excess);
  scale(event.p.response, loudest / larger);
  scale(event.s.response, loudest * s_excess / larger);
}

PhaseLook draw_look(Rng& rng, double corner_hz, double s_after_p_s, double tile_s) {
  PhaseLook look;
  look.corner_hz = corner_hz;
  look.rise_s = rng.log_uniform(0.05, 1.0) / corner_hz;
  look.decay_s = rng.log_uniform(0.7, 5.0) / corner_hz;
  constexpr double kLongestCodaShare = 0.45;
  look.coda_s = std::min(2.0 * look.decay_s + s_after_p_s * rng.uniform(0.05, 0.6),
                         kLongestCodaShare * tile_s);
  look.echo_level = rng.uniform(0.05, 0.9);
  look.scatter_level = rng.log_uniform(0.03, 0.5);
  return look;
}

/// Makes the events of a scene one after the other.
class EventMaker {
 public:
  EventMaker(Rng& rng, const DasSceneOptions& options, DasScene& scene)
      : rng_(rng), options_(options), scene_(scene), noise_deviation_([&] {
          FibreField noise = scene.samples;
          band_pass(noise, options.band_low_hz, options.band_high_hz, options.rate_hz);
          return column_deviations(noise);
        }()) {}

  void run() {
    const auto tile_rows = static_cast<double>(options_.tile_rows);
    const double first = options_.begins_early ? rng_.uniform(-0.3, 0.5) : rng_.uniform(0.0, 1.5);
    double row = static_cast<double>(options_.quiet_rows) + first * tile_rows;
    while (row < static_cast<double>(options_.rows)) {
      row = add_event(row) + rng_.uniform(0.1, 1.8) * tile_rows;
    }
  }

 private:
  EventMoveout draw_moveout(double s_after_p_s) {
    const bool observed =
        !options_.curves.empty() && scene_.path.kind != FibreKind::kBorehole && rng_.chance(0.25);
    if (observed) {
      const auto index = rng_.below(static_cast<std::int64_t>(options_.curves.size()));
      return curve_moveout(
          rng_, options_.curves[static_cast<std::size_t>(index)], scene_.path, scene_.gauge_m);
    }
    const CrustalModel crust = draw_crust(rng_, scene_.path.kind, s_after_p_s);
    const PointKm source = draw_source(rng_, scene_.path, crust, s_after_p_s);
    const double polarisation = rng_.uniform(0.0, 2.0 * kPi);
    return {moveout_of_source(scene_.path, crust, source, Phase::kP, 0.0, scene_.gauge_m),
            moveout_of_source(scene_.path, crust, source, Phase::kS, polarisation, scene_.gauge_m)};
  }

  /// S - P as a share of a tile. Where a tile holds one of the two fronts nobody can tell which it
  /// is, so most events show both; the others keep long ones from being unheard of.
  double draw_gap_share() {
    constexpr double kBothInOneTile = 0.8;
    return rng_.chance(kBothInOneTile) ? rng_.log_uniform(0.06, 0.7) : rng_.log_uniform(0.7, 3.0);
  }

  /// An event whose first P comes at `first_row`; the row where its S has come everywhere.
  double add_event(double first_row) {
    const double tile_s = static_cast<double>(options_.tile_rows) / options_.rate_hz;
    EventMoveout event = draw_moveout(tile_s * draw_gap_share());
    add_ground_delays(rng_, tile_s, event);
    draw_sizes(rng_, event);
    const double earliest_s = *std::min_element(event.p.time_s.begin(), event.p.time_s.end());
    const double zero_row = first_row - earliest_s * options_.rate_hz;
    const std::size_t middle = event.p.channels() / 2;
    const double s_after_p_s = event.s.time_s[middle] - event.p.time_s[middle];
    const double corner_hz = options_.rate_hz * rng_.log_uniform(0.02, 0.35);
    const auto site_gain = make_site_gain(rng_, options_.channels);
    DasSceneEvent known;
    for (std::size_t c = 0; c < event.p.channels(); ++c) {
      known.p_row.push_back(zero_row + event.p.time_s[c] * options_.rate_hz);
      known.s_row.push_back(zero_row + event.s.time_s[c] * options_.rate_hz);
    }
    PhaseExtent p = add_wave(
        event.p, draw_look(rng_, corner_hz, s_after_p_s, tile_s), zero_row, known.p_row, site_gain);
    const PhaseExtent s =
        add_wave(event.s,
                 draw_look(rng_, corner_hz * rng_.uniform(0.5, 1.0), s_after_p_s, tile_s),
                 zero_row,
                 known.s_row,
                 site_gain);
    end_before(s, p);
    write_label(p, 1, scene_.labels);
    write_label(s, 2, scene_.labels);
    const double last = *std::max_element(known.s_row.begin(), known.s_row.end());
    scene_.events.push_back(std::move(known));
    return last;
  }

  PhaseExtent add_wave(const FibreMoveout& moveout,
                       const PhaseLook& look,
                       double zero_row,
                       std::span<const double> onset_row,
                       std::span<const double> site_gain) {
    FibreField signal(options_.rows, options_.channels);
    add_phase(rng_, moveout, look, zero_row, site_gain, options_.rate_hz, signal);
    for (std::size_t i = 0; i < signal.values.size(); ++i) {
      scene_.samples.values[i] += signal.values[i];
    }
    band_pass(signal, options_.band_low_hz, options_.band_high_hz, options_.rate_hz);
    return phase_extent(onset_row, signal, noise_deviation_, options_.tile_rows);
  }

  Rng& rng_;
  const DasSceneOptions& options_;
  DasScene& scene_;
  std::vector<double> noise_deviation_;
};

}  // namespace

DasScene make_das_scene(Rng& rng, const DasSceneOptions& options) {
  DasScene scene;
  scene.rate_hz = options.rate_hz;
  scene.path = make_fibre_path(rng, draw_kind(rng), options.channels, options.spacing_m);
  scene.gauge_m = options.spacing_m * rng.log_uniform(0.8, 8.0);
  scene.samples = make_fibre_noise(rng, scene.path, options.rate_hz, options.rows);
  scene.labels.assign(scene.samples.values.size(), 0);
  if (options.with_events) {
    EventMaker(rng, options, scene).run();
  }
  scene.dead_channels = add_faults(rng, scene.samples);
  return scene;
}

}  // namespace geod::trainer
