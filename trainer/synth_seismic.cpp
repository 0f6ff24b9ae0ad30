#include "trainer/synth_seismic.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include "trainer/crustal_model.hpp"
#include "trainer/dataset.hpp"
#include "trainer/free_surface.hpp"
#include "trainer/iir_filter.hpp"
#include "trainer/synth_files.hpp"
#include "trainer/synthetic_signals.hpp"
#include "trainer/window_mixing.hpp"

namespace geod::trainer {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kCountsPerMPerS = 6.3e8;  // 1500 V/(m/s), 24 bits over +-20 V
constexpr double kFullScaleCounts = 8388607.0;
constexpr double kAttenuationQ = 300.0;
constexpr double kLabelRatio = 1.5;
constexpr double kOriginInWindow = 0.25;  // origin time, as a share of the window
constexpr double kSourceReach = 1.3;      // of the network's radius
constexpr double kPolarityRatio = 2.0;
constexpr int kFolds = 5;

/// Draws of different purpose come from different streams of the seed.
enum Stream : std::uint64_t { kNetwork = 1'000'000, kSource = 2'000'000, kWave = 3'000'000 };

struct Site {
  SynthStation station;
  PointKm position{};
  double amplification = 1.0;
  double noise_m_per_s = 1e-8;
  double corner_hz = 4.5;     ///< of the sensor
  double p_speed_km_s = 3.0;  ///< of the ground
  double s_speed_km_s = 1.6;
};

std::vector<Site> make_network(const SynthOptions& options) {
  constexpr double kCorners[] = {4.5, 1.0, 1.0 / 120.0};
  constexpr const char* kBands[] = {"EH", "EH", "HH"};  // short period, short period, broadband
  Rng rng(options.seed, kNetwork);
  std::vector<Site> sites;
  for (int i = 0; i < options.stations; ++i) {
    Site site;
    const double radius = options.radius_km * std::sqrt(rng.uniform());
    const double azimuth = rng.uniform(0.0, 2.0 * kPi);
    site.position = {radius * std::sin(azimuth), radius * std::cos(azimuth), 0.0};
    site.amplification = std::pow(10.0, rng.uniform(-0.2, 0.4));
    site.noise_m_per_s = std::pow(10.0, rng.uniform(-8.3, -6.8));
    const auto sensor = static_cast<std::size_t>(rng.below(3));
    site.corner_hz = kCorners[sensor];
    site.p_speed_km_s = rng.uniform(1.8, 4.5);
    site.s_speed_km_s = site.p_speed_km_s / rng.uniform(1.73, 2.3);
    site.station = {"SY", fmt::format("S{:03}", i + 1), kBands[sensor], site.position};
    sites.push_back(site);
  }
  return sites;
}

struct Source {
  SynthEvent event;
  DoubleCouple mechanism;
  double stress_drop_mpa = 3.0;
};

Source make_source(const SynthOptions& options, int index) {
  Rng rng(options.seed, kSource + static_cast<std::uint64_t>(index));
  Source source;
  const double reach =
      options.source_radius_km > 0.0 ? options.source_radius_km : kSourceReach * options.radius_km;
  const double radius = reach * std::sqrt(rng.uniform());
  const double azimuth = rng.uniform(0.0, 2.0 * kPi);
  const double depth_km = rng.uniform(2.0, 18.0);
  source.event.position = {radius * std::sin(azimuth), radius * std::cos(azimuth), depth_km};
  // Gutenberg-Richter with b = 1 between the two magnitudes.
  const double span = 1.0 - std::pow(10.0, options.min_magnitude - options.max_magnitude);
  const double draw = rng.uniform();
  source.event.magnitude =
      options.even_magnitudes
          ? options.min_magnitude + draw * (options.max_magnitude - options.min_magnitude)
          : options.min_magnitude - std::log10(1.0 - draw * span);
  source.event.id = fmt::format("synth-{:05}", index + 1);
  source.event.fold = index % kFolds;
  source.mechanism = {
      rng.uniform(0.0, 2.0 * kPi), std::acos(rng.uniform(0.0, 0.98)), rng.uniform(-kPi, kPi)};
  source.stress_drop_mpa = rng.log_uniform(0.5, 20.0);
  return source;
}

/// One phase at one station: onset, size and shape.
struct Arrival {
  Phase phase = Phase::kP;
  double travel_s = 0.0;
  double peak_m_per_s = 0.0;
  WaveTrain train;
};

/// Peak ground velocity of Brune's pulse below the surface, F M0 (2 pi f)^2 / (4 pi rho c^3 r).
double peak_velocity(double moment,
                     double corner_hz,
                     double speed_km_s,
                     double distance,
                     const CrustalModel& crust) {
  const double c = speed_km_s * 1e3;
  const double far_field = moment / (4.0 * kPi * crust.density_kg_m3 * c * c * c * distance * 1e3);
  const double omega = 2.0 * kPi * corner_hz;
  return far_field * omega * omega;
}

/// Surface motion (up, north, east) of a phase, for a wave train that is 1 at the source.
std::array<double, 3> surface_motion(const Source& source, const Site& site, Phase phase) {
  const CrustalModel crust;
  const PointKm& from = source.event.position;
  const PointKm& to = site.position;
  const double azimuth = std::atan2(to[0] - from[0], to[1] - from[1]);
  const CrustalRay ray = crust.p_ray(from, to);
  const DoubleCouple::Radiation radiation = source.mechanism.radiation(azimuth, ray.take_off_rad);
  const FreeSurface surface(site.p_speed_km_s, site.s_speed_km_s);
  double up = 0.0;
  double radial = 0.0;
  double transverse = 0.0;
  // Near a node scattered energy arrives all the same.
  constexpr double kLeast = 0.05;
  if (phase == Phase::kP) {
    const FreeSurface::Motion motion = surface.of_p(ray.slowness_s_km);
    const double strength = std::copysign(std::max(kLeast, std::abs(radiation.p)), radiation.p);
    up = strength * motion.up;
    radial = strength * motion.radial;
  } else {
    const FreeSurface::Motion motion = surface.of_sv(crust.p_to_s * ray.slowness_s_km);
    const double norm = std::max(1e-9, std::hypot(radiation.sv, radiation.sh));
    const double strength = std::max(kLeast, norm) / norm;
    up = strength * radiation.sv * motion.up;
    radial = strength * radiation.sv * motion.radial;
    transverse = strength * radiation.sh * FreeSurface::kOfSh;
  }
  return {up,
          radial * std::cos(azimuth) - transverse * std::sin(azimuth),
          radial * std::sin(azimuth) + transverse * std::cos(azimuth)};
}

Arrival make_arrival(const Source& source, const Site& site, Phase phase, Rng& rng) {
  const CrustalModel crust;
  const PointKm& from = source.event.position;
  const PointKm& to = site.position;
  const bool is_p = phase == Phase::kP;
  const double r = std::max(1.0, distance_km(from, to));
  const double moment = seismic_moment_n_m(source.event.magnitude);
  const double p_speed = crust.p_speed_at(from[2]);
  const double s_speed = p_speed / crust.p_to_s;
  Arrival arrival;
  arrival.phase = phase;
  arrival.travel_s = is_p ? crust.p_travel_time_s(from, to) : crust.s_travel_time_s(from, to);
  const double source_corner =
      brune_corner_hz(moment, s_speed, source.stress_drop_mpa) * (is_p ? 1.5 : 1.0);
  const double t_star = arrival.travel_s / kAttenuationQ;
  const double corner = 1.0 / (1.0 / source_corner + kPi * t_star);
  const std::array<double, 3> motion = surface_motion(source, site, phase);
  const double strength = std::hypot(motion[0], motion[1], motion[2]);
  arrival.peak_m_per_s = strength *
                         peak_velocity(moment, corner, is_p ? p_speed : s_speed, r, crust) *
                         site.amplification;
  WaveTrain& train = arrival.train;
  train.corner_hz = std::clamp(corner, 0.8, 35.0);
  train.rise_s = 0.3 / train.corner_hz * rng.uniform(0.7, 2.0);
  train.decay_s = (is_p ? 0.5 : 1.0) * (0.6 + 0.12 * arrival.travel_s) * rng.uniform(0.7, 1.5) +
                  0.5 / source_corner;
  for (std::size_t c = 0; c < 3; ++c) {
    train.direction[c] = motion[c] / strength;
  }
  train.impulse = rng.uniform(0.8, 1.6);
  return arrival;
}

/// Noise in m/s: coloured, or cut from the noise intervals of real recordings and scaled.
class NoiseMaker {
 public:
  NoiseMaker(const Dataset* real, double rate_hz) : rate_hz_(rate_hz) {
    if (real == nullptr) {
      return;
    }
    for (const Recording& recording : real->recordings) {
      for (const SampleSpan& span : recording.noise) {
        if (!recording.vertical_only) {
          intervals_.push_back({&recording, span});
        }
      }
    }
  }

  bool has_real() const { return !intervals_.empty(); }

  LabelledWindow make(Rng& rng, std::int64_t samples, double level_m_per_s) const {
    LabelledWindow noise =
        intervals_.empty() ? synthetic_noise(rng, samples, rate_hz_) : real_noise(rng, samples);
    const double deviation = standard_deviation(noise.component(0));
    for (float& sample : noise.data) {
      sample *= static_cast<float>(level_m_per_s / (deviation + 1e-30));
    }
    return noise;
  }

 private:
  struct Interval {
    const Recording* recording;
    SampleSpan span;
  };

  /// An interval, continued by reflection where it is shorter.
  LabelledWindow real_noise(Rng& rng, std::int64_t samples) const {
    const Interval& interval = intervals_[static_cast<std::size_t>(
        rng.below(static_cast<std::int64_t>(intervals_.size())))];
    const std::int64_t length = interval.span.end - interval.span.begin;
    const std::int64_t shift = rng.below(length);
    LabelledWindow noise(samples);
    const Waveform waveform = interval.recording->waveform();
    for (std::size_t c = 0; c < kComponents; ++c) {
      const float* in = waveform.component(c).data() + interval.span.begin;
      float* out = noise.component(c).data();
      for (std::int64_t i = 0; i < samples; ++i) {
        const std::int64_t phase = (shift + i) % (2 * length);
        out[i] = in[phase < length ? phase : 2 * length - 1 - phase];
      }
      remove_mean(noise.component(c));
    }
    return noise;
  }

  double rate_hz_;
  std::vector<Interval> intervals_;
};

float largest(const std::vector<float>& samples) {
  float peak = 0.0F;
  for (const float sample : samples) {
    peak = std::max(peak, std::abs(sample));
  }
  return peak;
}

/// The direction of the first swing on the vertical, where it stands above the noise.
std::optional<bool> readable_motion(const LabelledWindow& signal,
                                    const LabelledWindow& noise,
                                    const Arrival& arrival,
                                    double onset,
                                    double rate_hz) {
  const bool upward = arrival.train.direction[0] > 0.0;
  const auto begin = static_cast<std::int64_t>(std::ceil(onset));
  const auto swing = static_cast<std::int64_t>(0.5 * rate_hz / arrival.train.corner_hz) + 1;
  double peak = 0.0;
  for (std::int64_t i = begin; i < std::min(begin + swing, signal.samples); ++i) {
    const auto value = static_cast<double>(signal.component(0)[static_cast<std::size_t>(i)]);
    peak = std::max(peak, upward ? value : -value);
  }
  if (peak < kPolarityRatio * standard_deviation(noise.component(0))) {
    return std::nullopt;
  }
  return upward;
}

/// One station's record of one event, in counts, with what can be picked on it.
/// @param arrivals  P and S. @param origin_s  of the event, from the record's start.
SynthRecord make_record(const SynthOptions& options,
                        const std::array<Arrival, 2>& arrivals,
                        double origin_s,
                        const Site& site,
                        const NoiseMaker& noise_maker,
                        Rng& rng) {
  const double rate = options.sampling_rate_hz;
  const auto samples = static_cast<std::int64_t>(std::llround(options.window_s * rate));
  LabelledWindow signal(samples);
  for (const Arrival& arrival : arrivals) {
    std::vector<float> wave(signal.data.size(), 0.0F);
    const double onset = (origin_s + arrival.travel_s) * rate;
    add_wave_train(rng, arrival.train, onset, 1.0, rate, samples, wave);
    // The train's own peak stands for Brune's.
    const double gain = arrival.peak_m_per_s / (static_cast<double>(largest(wave)) + 1e-12);
    for (std::size_t i = 0; i < wave.size(); ++i) {
      signal.data[i] += static_cast<float>(gain * static_cast<double>(wave[i]));
    }
    if (onset >= 0.0 && onset < static_cast<double>(samples)) {
      signal.labels.push_back({arrival.phase, onset});
    }
  }
  const LabelledWindow noise = noise_maker.make(rng, samples, site.noise_m_per_s);
  for (std::size_t c = 0; c < kComponents; ++c) {
    ButterworthFilter(ButterworthFilter::Kind::kHighPass, 2, site.corner_hz, rate)
        .apply(signal.component(c));
  }
  SynthRecord record;
  record.samples = samples;
  for (const PhaseLabel& label : signal.labels) {
    SynthArrival arrival{label.phase, label.sample, false, std::nullopt};
    arrival.clear = level_ratio(label, signal, noise, rate) >= kLabelRatio;
    if (label.phase == Phase::kP) {
      arrival.upward = readable_motion(signal, noise, arrivals[0], label.sample, rate);
    }
    record.arrivals.push_back(arrival);
  }
  record.noise_end = signal.labels.empty()
                         ? samples
                         : static_cast<std::int64_t>(signal.labels.front().sample - 1.5 * rate);
  for (std::size_t i = 0; i < signal.data.size(); ++i) {
    const double counts = kCountsPerMPerS * (static_cast<double>(signal.data[i]) +
                                             static_cast<double>(noise.data[i]));
    record.counts.push_back(static_cast<std::int32_t>(
        std::lround(std::clamp(counts, -kFullScaleCounts, kFullScaleCounts))));
  }
  return record;
}

/// Adds every station's record of one event to the files.
Result<void> add_records(const SynthOptions& options,
                         int index,
                         const Source& source,
                         const std::vector<Site>& sites,
                         const NoiseMaker& noise,
                         SynthFiles& files) {
  const double rate = options.sampling_rate_hz;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    Rng rng(options.seed, kWave + static_cast<std::uint64_t>(index) * 10'000 + s);
    const std::array<Arrival, 2> arrivals{make_arrival(source, sites[s], Phase::kP, rng),
                                          make_arrival(source, sites[s], Phase::kS, rng)};
    double origin_s = kOriginInWindow * options.window_s;
    if (options.before_p_s > 0.0) {
      // On the sample grid of all records.
      origin_s = std::round((options.before_p_s - arrivals[0].travel_s) * rate) / rate;
    }
    const SynthRecord record = make_record(options, arrivals, origin_s, sites[s], noise, rng);
    const Time start = source.event.origin - duration_from_seconds(origin_s);
    if (auto added = files.add_record(sites[s].station, source.event, start, record); !added) {
      return added;
    }
  }
  return {};
}

}  // namespace

Result<SynthReport> synthesise_seismic(const SynthOptions& options,
                                       const std::function<void(int event)>& progress) {
  Dataset real;
  if (!options.noise.empty()) {
    const auto description = load_dataset_description(options.noise);
    if (!description) {
      return tl::unexpected(description.error());
    }
    auto loaded = load_dataset(*description, options.sampling_rate_hz);
    if (!loaded) {
      return tl::unexpected(loaded.error());
    }
    real = std::move(*loaded);
  }
  const NoiseMaker noise(options.noise.empty() ? nullptr : &real, options.sampling_rate_hz);
  if (!options.noise.empty() && !noise.has_real()) {
    return fail(
        Errc::kConfig, "{}: holds no noise interval of three components", options.noise.string());
  }
  auto files = SynthFiles::create(options);
  if (!files) {
    return tl::unexpected(files.error());
  }
  const std::vector<Site> sites = make_network(options);
  for (int index = 0; index < options.events; ++index) {
    Source source = make_source(options, index);
    const Time window_start = options.start + duration_from_seconds(index * options.spacing_s);
    source.event.origin = window_start + duration_from_seconds(kOriginInWindow * options.window_s);
    files->add_event(source.event);
    if (auto added = add_records(options, index, source, sites, noise, *files); !added) {
      return tl::unexpected(added.error());
    }
    progress(index + 1);
  }
  for (const Site& site : sites) {
    files->add_station(site.station);
  }
  return files->finish();
}

}  // namespace geod::trainer
