#include "streams/windower.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace geod::streams {
InstrumentWindower::InstrumentWindower(InstrumentId instrument,
                                       const WindowGeometry& geometry,
                                       const config::WindowsConfig& config,
                                       WindowCounters& totals)
    : instrument_(std::move(instrument)),
      geometry_(geometry),
      config_(config),
      totals_(totals),
      grid_(geometry.rate),
      timeout_samples_(geometry.rate.samples_in(config.component_timeout)),
      parts_{Part{grid_}, Part{grid_}, Part{grid_}} {}

void InstrumentWindower::set_subsource(Component component, char code) {
  part(component).track.clear();
  part(component).subsource = code;
}

void InstrumentWindower::add_mark(Component component, const TraceMark& mark) {
  part(component).track.add_mark(mark);
}

void InstrumentWindower::append(Component component,
                                std::int64_t first,
                                std::span<const double> values) {
  longest_append_ = std::clamp(static_cast<std::int64_t>(values.size()),
                               longest_append_,
                               geometry_.rate.samples_in(kLongestRecord));
  if (started_ && first < next_start_) {
    const std::int64_t late =
        std::min(next_start_ - first, static_cast<std::int64_t>(values.size()));
    totals_.late_samples += static_cast<std::uint64_t>(late);
    values = values.subspan(static_cast<std::size_t>(late));
    first += late;
  }
  part(component).track.append(first, values);
}

void InstrumentWindower::move_back(Component component,
                                   std::int64_t first,
                                   SteadyTime arrival,
                                   std::vector<Window>& out) {
  if (started_ && first < next_start_) {
    ++totals_.restarts;
    finish(arrival, out);
  } else {
    part(component).track.drop_from(first);
  }
}

/// Start of the earliest window that holds point k.
std::int64_t InstrumentWindower::first_window_over(std::int64_t k) const {
  return floor_to_multiple(k - geometry_.window_samples, geometry_.hop_samples) +
         geometry_.hop_samples;
}

std::int64_t InstrumentWindower::newest() const {
  std::int64_t newest = std::numeric_limits<std::int64_t>::min();
  for (const Part& part : parts_) {
    if (part.track.has_frontier()) {
      newest = std::max(newest, part.track.frontier());
    }
  }
  return newest;
}

/// Up to where every component that is waited for is known.
std::int64_t InstrumentWindower::oldest_frontier() const {
  std::int64_t oldest = std::numeric_limits<std::int64_t>::max();
  for (const Part& part : parts_) {
    if (part.waited_for) {
      oldest = std::min(oldest,
                        part.track.has_frontier() ? part.track.frontier()
                                                  : std::numeric_limits<std::int64_t>::min());
    }
  }
  return std::min(oldest, newest());
}

/// True when a window up to `end` may go out; gives up on components that lag too far.
bool InstrumentWindower::wait_for_all(std::int64_t end) {
  const std::int64_t newest_point = newest();
  if (newest_point < end) {
    return false;
  }
  // A component is silent while its next record fills, and a quiet one fills slowly.
  const std::int64_t longest_lag = timeout_samples_ + longest_append_;
  for (Part& part : parts_) {
    if (part.track.has_frontier() && part.track.frontier() >= newest_point - longest_lag) {
      part.waited_for = true;
    }
  }
  if (oldest_frontier() >= end) {
    return true;
  }
  // A component lags only as far as the others have data: after an outage of the whole station the
  // first one back is no reason to give up on the rest.
  const auto goes_on = first_data(end);
  if (!goes_on || newest_point < *goes_on + longest_lag) {
    return false;
  }
  for (Part& part : parts_) {
    const bool lags = !part.track.has_frontier() || part.track.frontier() < end;
    if (part.waited_for && lags) {
      part.waited_for = false;
      ++totals_.timed_out;
    }
  }
  return true;
}

/// The first point at or after `from` with a value on any component.
std::optional<std::int64_t> InstrumentWindower::first_data(std::int64_t from) const {
  std::optional<std::int64_t> first;
  for (const Part& part : parts_) {
    if (const auto point = part.track.first_from(from)) {
      first = first ? std::min(*first, *point) : *point;
    }
  }
  return first;
}

/// Fixes where the first window starts; false while there are no data. Called until the first
/// window may go: another component may begin earlier.
bool InstrumentWindower::find_start() {
  if (!started_) {
    const auto first = first_data(std::numeric_limits<std::int64_t>::min());
    if (!first) {
      return false;
    }
    next_start_ = first_window_over(*first);
  }
  return true;
}

void InstrumentWindower::cut(SteadyTime arrival, std::vector<Window>& out) {
  while (find_start() && wait_for_all(next_start_ + geometry_.window_samples)) {
    started_ = true;
    emit(false, arrival, out);
    next_start_ += geometry_.hop_samples;
    if (const auto first = first_data(next_start_)) {
      // Over windows that cannot hold data any more, but not beyond what is known of all.
      next_start_ = std::max(
          next_start_, std::min(first_window_over(*first), first_window_over(oldest_frontier())));
    }
    for (Part& part : parts_) {
      part.track.drop_before(next_start_);
    }
  }
}

void InstrumentWindower::emit(bool force, SteadyTime arrival, std::vector<Window>& out) {
  const std::int64_t length = geometry_.window_samples;
  const std::int64_t begin = next_start_;
  const std::int64_t end = begin + length;
  Window window;
  window.data.resize(kComponents * static_cast<std::size_t>(length));
  std::int64_t best = 0;
  std::vector<std::int64_t> present;
  for (std::size_t c = 0; c < kComponents; ++c) {
    const std::span<float> row =
        std::span(window.data)
            .subspan(c * static_cast<std::size_t>(length), static_cast<std::size_t>(length));
    const std::int64_t there = parts_[c].track.copy(begin, end, row, window.missing[c]);
    best = std::max(best, there);
    if (there > 0) {
      window.subsource[c] = parts_[c].subsource;
      window.timing_uncertainty_s =
          std::max(window.timing_uncertainty_s, parts_[c].track.timing_s(begin, end));
      present.push_back(static_cast<std::int64_t>(c));
    }
  }
  const auto enough = config_.min_valid_fraction * static_cast<double>(length);
  if (best == 0 || (static_cast<double>(best) < enough && !force)) {
    ++totals_.skipped;
    return;
  }
  fill_no_picks(window, present, begin, end);
  window.instrument = instrument_;
  window.start = grid_.time_of(begin);
  window.rate = geometry_.rate;
  window.samples = length;
  window.completed_at = arrival;
  out.push_back(std::move(window));
  ++totals_.windows;
  gave_window_ = true;
}

void InstrumentWindower::fill_no_picks(Window& window,
                                       std::span<const std::int64_t> present,
                                       std::int64_t begin,
                                       std::int64_t end) const {
  // Silent: missing or constant on every component that is there.
  std::vector<SampleSpan> silent{{0, end - begin}};
  for (const std::int64_t c : present) {
    const auto index = static_cast<std::size_t>(c);
    parts_[index].track.collect(TraceMark::Kind::kNoPicks, begin, end, window.no_picks);
    std::vector<SampleSpan> quiet = window.missing[index];
    parts_[index].track.collect(TraceMark::Kind::kConstant, begin, end, quiet);
    join_spans(quiet);
    std::vector<SampleSpan> both;
    for (const SampleSpan& a : silent) {
      for (const SampleSpan& b : quiet) {
        const SampleSpan common{std::max(a.begin, b.begin), std::min(a.end, b.end)};
        if (common.begin < common.end) {
          both.push_back(common);
        }
      }
    }
    silent = std::move(both);
  }
  window.no_picks.insert(window.no_picks.end(), silent.begin(), silent.end());
  join_spans(window.no_picks);
}

void InstrumentWindower::finish(SteadyTime arrival, std::vector<Window>& out) {
  const std::size_t before = out.size();
  cut(arrival, out);
  const bool decoder_waits = gave_window_ && out.size() == before;
  std::optional<std::int64_t> first_left;
  if (find_start()) {
    started_ = true;
    while (const auto first = first_data(next_start_)) {
      next_start_ = std::max(next_start_, first_window_over(*first));
      first_left = first_left.value_or(next_start_);
      emit(false, arrival, out);
      next_start_ += geometry_.hop_samples;
    }
  }
  if (decoder_waits && out.size() == before && first_left) {
    // Too little for a window of its own, but it tells the decoder that nothing more comes.
    next_start_ = *first_left;
    emit(true, arrival, out);
  }
  if (out.size() > before) {
    out.back().is_last = true;
  }
  reset();
}

void InstrumentWindower::reset() {
  for (Part& part : parts_) {
    part.track.clear();
    part.waited_for = true;
  }
  started_ = false;
  gave_window_ = false;
}

}  // namespace geod::streams
