#include "trainer/synth_seismic.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "trainer/crustal_model.hpp"
#include "trainer/dataset.hpp"
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
constexpr int kFolds = 5;

/// Draws of different purpose come from different streams of the seed.
enum Stream : std::uint64_t { kNetwork = 1'000'000, kSource = 2'000'000, kWave = 3'000'000 };

struct Site {
  SynthStation station;
  PointKm position{};
  double amplification = 1.0;
  double noise_m_per_s = 1e-8;
  double corner_hz = 4.5;  ///< of the sensor
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
  const double radius = 1.3 * options.radius_km * std::sqrt(rng.uniform());
  const double azimuth = rng.uniform(0.0, 2.0 * kPi);
  const double depth_km = rng.uniform(2.0, 18.0);
  source.event.position = {radius * std::sin(azimuth), radius * std::cos(azimuth), depth_km};
  // Gutenberg-Richter with b = 1 between the two magnitudes.
  const double span = 1.0 - std::pow(10.0, options.min_magnitude - options.max_magnitude);
  source.event.magnitude = options.min_magnitude - std::log10(1.0 - rng.uniform() * span);
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
  double sign = 1.0;
  WaveTrain train;
};

/// Peak ground velocity of Brune's pulse, F M0 (2 pi f)^2 / (4 pi rho c^3 r), at the free surface.
double peak_velocity(double radiation,
                     double moment,
                     double corner_hz,
                     double speed_km_s,
                     double distance,
                     const CrustalModel& crust) {
  const double c = speed_km_s * 1e3;
  const double far_field =
      radiation * moment / (4.0 * kPi * crust.density_kg_m3 * c * c * c * distance * 1e3);
  const double omega = 2.0 * kPi * corner_hz;
  constexpr double kFreeSurface = 2.0;
  return kFreeSurface * far_field * omega * omega;
}

std::array<Arrival, 2> make_arrivals(const Source& source, const Site& site, Rng& rng) {
  const CrustalModel crust;
  const PointKm& from = source.event.position;
  const PointKm& to = site.position;
  const double r = std::max(1.0, distance_km(from, to));
  const double azimuth = std::atan2(to[0] - from[0], to[1] - from[1]);
  const double horizontal = std::hypot(to[0] - from[0], to[1] - from[1]);
  const double up = std::atan2(horizontal, from[2] - to[2]);  // angle of the ray from the vertical
  const DoubleCouple::Radiation radiation = source.mechanism.radiation(azimuth, kPi - up);
  const double moment = seismic_moment_n_m(source.event.magnitude);
  const double p_speed = crust.p_speed_at(from[2]);
  const double s_speed = p_speed / crust.p_to_s;
  const double ray[3] = {
      std::cos(up), std::sin(up) * std::cos(azimuth), std::sin(up) * std::sin(azimuth)};
  const double vertical[3] = {
      -std::sin(up), std::cos(up) * std::cos(azimuth), std::cos(up) * std::sin(azimuth)};
  const double transverse[3] = {0.0, -std::sin(azimuth), std::cos(azimuth)};
  const double shear = std::max(0.05, std::hypot(radiation.sv, radiation.sh));
  std::array<Arrival, 2> arrivals;
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    const bool is_p = phase == Phase::kP;
    Arrival& arrival = arrivals[static_cast<std::size_t>(phase)];
    arrival.phase = phase;
    arrival.travel_s = is_p ? crust.p_travel_time_s(from, to) : crust.s_travel_time_s(from, to);
    const double source_corner =
        brune_corner_hz(moment, s_speed, source.stress_drop_mpa) * (is_p ? 1.5 : 1.0);
    const double t_star = arrival.travel_s / kAttenuationQ;
    const double corner = 1.0 / (1.0 / source_corner + kPi * t_star);
    const double strength = is_p ? std::max(0.05, std::abs(radiation.p)) : shear;
    arrival.peak_m_per_s =
        peak_velocity(strength, moment, corner, is_p ? p_speed : s_speed, r, crust) *
        site.amplification;
    arrival.sign = is_p && radiation.p < 0.0 ? -1.0 : 1.0;
    WaveTrain& train = arrival.train;
    train.corner_hz = std::clamp(corner, 0.8, 35.0);
    train.rise_s = 0.3 / train.corner_hz * rng.uniform(0.7, 2.0);
    train.decay_s = (is_p ? 0.5 : 1.0) * (0.6 + 0.12 * arrival.travel_s) * rng.uniform(0.7, 1.5);
    for (std::size_t c = 0; c < 3; ++c) {
      train.direction[c] = is_p ? ray[c]
                                : (radiation.sv * vertical[c] + radiation.sh * transverse[c]) /
                                      std::max(1e-9, std::hypot(radiation.sv, radiation.sh));
    }
    train.impulse = arrival.sign * rng.uniform(0.8, 1.6);
  }
  return arrivals;
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
    for (std::size_t c = 0; c < kComponents; ++c) {
      const float* in = interval.recording->component(c).data() + interval.span.begin;
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

/// One station's record of one event, in counts, with what can be picked on it.
SynthRecord make_record(const SynthOptions& options,
                        const Source& source,
                        const Site& site,
                        const NoiseMaker& noise_maker,
                        Rng& rng) {
  const double rate = options.sampling_rate_hz;
  const auto samples = static_cast<std::int64_t>(std::llround(options.window_s * rate));
  const double origin_s = kOriginInWindow * options.window_s;
  LabelledWindow signal(samples);
  const std::array<Arrival, 2> arrivals = make_arrivals(source, site, rng);
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
    const bool clear = level_ratio(label, signal, noise, rate) >= kLabelRatio;
    record.arrivals.push_back({label.phase, label.sample, clear, arrivals[0].sign > 0.0});
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
    for (std::size_t s = 0; s < sites.size(); ++s) {
      Rng rng(options.seed, kWave + static_cast<std::uint64_t>(index) * 10'000 + s);
      const SynthRecord record = make_record(options, source, sites[s], noise, rng);
      if (auto added = files->add_record(sites[s].station, source.event, window_start, record);
          !added) {
        return tl::unexpected(added.error());
      }
    }
    progress(index + 1);
  }
  for (const Site& site : sites) {
    files->add_station(site.station);
  }
  return files->finish();
}

}  // namespace geod::trainer
