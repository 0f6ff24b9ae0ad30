#include "models/pick_decoder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "models/pick_statement.hpp"

namespace geod::models {
namespace {

/// What the peak finder is given where nothing was scored.
constexpr double kNoScore = -1.0;
/// Begin of a network before which there is no other.
constexpr std::int64_t kFromTheStart = std::numeric_limits<std::int64_t>::min();

std::int64_t nearest_point(Time time, SampleRate rate) {
  return rate.samples_in(time.time_since_epoch());
}

}  // namespace

PickDecoder::PickDecoder(Settings settings, PhaseThresholds thresholds)
    : settings_(std::move(settings)),
      thresholds_(thresholds),
      networks_{{kFromTheStart, settings_, thresholds_, true}},
      merger_(settings_->window_samples, settings_->picks),
      finders_{PeakFinder{thresholds.p,
                          settings_->rate.samples_ceil(
                              duration_from_seconds(settings_->picks.min_distance_s))},
               PeakFinder{thresholds.s,
                          settings_->rate.samples_ceil(
                              duration_from_seconds(settings_->picks.min_distance_s))}} {}

void PickDecoder::change_network(Settings settings, PhaseThresholds thresholds) {
  GEOD_CHECK(settings->picks.hop_samples == settings_->picks.hop_samples &&
                 settings->window_samples == settings_->window_samples &&
                 settings->rate == settings_->rate,
             "networks that follow one another have one grid");
  settings_ = std::move(settings);
  thresholds_ = thresholds;
}

/// The window that starts at `window_begin` is the first of settings_->
void PickDecoder::begin_network(std::int64_t window_begin) {
  std::int64_t border = kFromTheStart;
  if (last_begin_) {
    const std::int64_t old_end = *last_begin_ + merger_.trusted().end;
    const std::int64_t new_begin = window_begin + settings_->picks.blind_left_samples;
    border = new_begin < old_end ? new_begin + (old_end - new_begin) / 2 : old_end;
    border = std::max(border, networks_.back().begin);
  } else {
    networks_.clear();
  }
  merger_.change_network(border, settings_->picks);
  networks_.push_back({border, settings_, thresholds_, false});
}

/// The finders are about to be given grid point `k`.
void PickDecoder::reach_network(std::int64_t k) {
  for (Network& network : networks_) {
    if (!network.reached && network.begin <= k) {
      network.reached = true;
      finders_[0].change_network(network.thresholds.p);
      finders_[1].change_network(network.thresholds.s);
    }
  }
}

const PickDecoder::Settings& PickDecoder::network_at(std::int64_t k) const {
  auto network = networks_.rbegin();
  while (network + 1 != networks_.rend() && network->begin > k) {
    ++network;
  }
  return network->settings;
}

void PickDecoder::push(const Window& window,
                       std::span<const float> p,
                       std::span<const float> s,
                       DecoderCounters& counters,
                       DecoderOutput& out) {
  const std::int64_t begin = nearest_point(window.start, settings_->rate);
  const std::int64_t hop = settings_->picks.hop_samples;
  if (last_begin_ && begin <= *last_begin_) {
    ++counters.restarts;
    flush(counters, out);
  }
  if (networks_.back().settings != settings_) {
    begin_network(begin);
  }
  const std::int64_t trusted_begin = begin + merger_.trusted().begin;
  if (last_begin_) {
    counters.missing_windows +=
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, (begin - *last_begin_) / hop - 1));
    // Neither this window nor a later one reaches what lies before its trusted zone.
    finalise(trusted_begin, counters, out);
    if (begin > merger_.end()) {
      finalise(merger_.end(), counters, out);
      for (PeakFinder& finder : finders_) {
        finder.end_series();
      }
      give_decided(true, counters, out);
    }
  }
  ++counters.windows;
  instrument_ = window.instrument;
  completed_at_ = window.completed_at;
  last_begin_ = begin;
  counters.unusable_scores += merger_.add(window, begin, p, s);
  covers_.push_back({trusted_begin,
                     begin + merger_.trusted().end,
                     window.subsource,
                     window.timing_uncertainty_s});
  finalise(trusted_begin + hop, counters, out);
  const std::int64_t undecided_from = merger_.begin() - 2 * settings_->window_samples;
  while (covers_.front().end < undecided_from) {
    covers_.pop_front();
  }
  while (networks_.size() > 1 && networks_[1].begin < undecided_from) {
    networks_.pop_front();
  }
  if (window.is_last) {
    flush(counters, out);
  } else {
    write_completeness(out);
  }
}

void PickDecoder::flush(DecoderCounters& counters, DecoderOutput& out) {
  if (!last_begin_) {
    return;
  }
  finalise(merger_.end(), counters, out);
  for (PeakFinder& finder : finders_) {
    finder.end_series();
  }
  give_decided(true, counters, out);
  write_completeness(out);
  merger_.reset();
  covers_.clear();
  networks_.erase(networks_.begin(), networks_.end() - 1);
  networks_.front().begin = kFromTheStart;
  last_begin_.reset();
}

/// Samples before grid point `to` change no more.
void PickDecoder::finalise(std::int64_t to, DecoderCounters& counters, DecoderOutput& out) {
  while (!merger_.empty() && merger_.begin() < to) {
    const std::int64_t k = merger_.begin();
    if (!networks_.back().reached) {
      reach_network(k);
    }
    const MergedSample sample = merger_.take();
    const bool scored = sample.is_scored() && sample.has_data;
    if (scored) {
      account(k, sample);
    }
    for (std::size_t phase = 0; phase < finders_.size(); ++phase) {
      finders_[phase].add(k, scored ? sample.score(phase) : kNoScore, !sample.no_picks);
    }
  }
  give_decided(false, counters, out);
}

void PickDecoder::give_decided(bool all, DecoderCounters& counters, DecoderOutput& out) {
  std::vector<Pick> picks;
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    PeakFinder& finder = finders_[static_cast<std::size_t>(phase)];
    std::vector<Peak> peaks;
    finder.decide(all, peaks);
    (phase == Phase::kP ? counters.picks_p : counters.picks_s) += peaks.size();
    counters.suppressed += finder.take_suppressed();
    for (const Peak& peak : peaks) {
      picks.push_back(make_pick(phase, peak));
    }
  }
  std::stable_sort(
      picks.begin(), picks.end(), [](const Pick& a, const Pick& b) { return a.time < b.time; });
  std::move(picks.begin(), picks.end(), std::back_inserter(out.picks));
}

Pick PickDecoder::make_pick(Phase phase, const Peak& peak) const {
  const DecoderSettings& network = *network_at(peak.k);
  const PickSettings& settings = network.picks;
  std::array<char, kComponents> codes{};
  double timing_s = 0.0;
  for (const Cover& cover : covers_) {
    if (peak.k < cover.begin || peak.k >= cover.end) {
      continue;
    }
    timing_s = std::max(timing_s, cover.timing_s);
    for (std::size_t c = 0; c < kComponents; ++c) {
      codes[c] = cover.subsource[c] != '\0' ? cover.subsource[c] : codes[c];
    }
  }
  Pick pick;
  pick.instrument = instrument_;
  pick.phase_hint = phase;
  pick.time =
      Time{network.rate.span_of(peak.k)} + duration_from_seconds(peak.offset / network.rate.hz());
  pick.pick_id = make_pick_id(instrument_, phase, pick.time);
  pick.uncertainty_s = std::hypot(pick_sigma_s(settings, phase, peak.height), timing_s);
  pick.probability = pick_probability(settings, phase, peak.height);
  pick.score = peak.height;
  for (const char code : codes) {
    if (code != '\0') {
      pick.components += code;
    }
  }
  pick.model_id = network.model_id;
  pick.model_hash = network.model_hash;
  pick.adapter_id = network.adapter_id;
  pick.adapter_hash = network.adapter_hash;
  pick.completed_at = completed_at_;
  return pick;
}

void PickDecoder::account(std::int64_t k, const MergedSample& sample) {
  const Settings& network = network_at(k);
  if (hours_.empty() || k >= hours_.back().end || k < hours_.back().begin ||
      hours_.back().network != network) {
    const Time start = std::chrono::floor<std::chrono::hours>(Time{settings_->rate.span_of(k)});
    const std::int64_t end = nearest_point(start + std::chrono::hours{1}, settings_->rate);
    hours_.push_back({start, network, k, end, k, 0, 0});
  }
  hours_.back().known = k + 1;
  ++(sample.no_picks ? hours_.back().masked : hours_.back().scored);
}

void PickDecoder::write_completeness(DecoderOutput& out) {
  const double period_s = 1.0 / settings_->rate.hz();
  for (const Hour& hour : hours_) {
    out.completeness.push_back({instrument_,
                                hour.start,
                                static_cast<double>(hour.scored) * period_s,
                                static_cast<double>(hour.masked) * period_s,
                                Time{settings_->rate.span_of(hour.begin)},
                                Time{settings_->rate.span_of(hour.known)},
                                hour.network->model_id,
                                hour.network->model_hash,
                                hour.network->adapter_id,
                                hour.network->adapter_hash});
  }
  hours_.clear();
}

}  // namespace geod::models
