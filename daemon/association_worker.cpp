#include "daemon/association_worker.hpp"

#include <algorithm>
#include <charconv>
#include <thread>
#include <utility>

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kIdleBeat = 250ms;
constexpr auto kLookInterval = 1s;
constexpr auto kCommitWait = 5ms;
/// Data time between two looks at who is heard no more.
constexpr Duration kCheckInterval = 10min;
/// Beyond the late picks that are still taken, how long a station that is silent is waited for.
constexpr Duration kSilence = 1h;
/// Within it before the wanted time a quiet moment is looked for.
constexpr Duration kQuietSearch = 2min;

Time before(Time time, Duration duration) {
  return time < Time::min() + duration ? Time::min() : time - duration;
}

std::optional<Time> parse_cursor(const std::optional<std::string>& cursor) {
  std::int64_t ns = 0;
  if (!cursor ||
      std::from_chars(cursor->data(), cursor->data() + cursor->size(), ns).ec != std::errc{}) {
    return std::nullopt;
  }
  return time_from_ns(ns);
}

/// The middle of the longest time without an event before `since`: there no event lies half on the
/// one side and half on the other for being located a little differently.
Time quiet_moment(const std::vector<EventVersion>& events, Time since) {
  Time from = before(since, kQuietSearch);
  Duration longest{};
  Time quiet = from;
  const auto consider = [&](Time to) {
    if (to - from > longest) {
      longest = to - from;
      quiet = from + longest / 2;
    }
    from = std::max(from, to);
  };
  for (const EventVersion& event : events) {
    if (event.origin.time < since) {
      consider(event.origin.time);
    }
  }
  consider(since);
  return quiet;
}

bool heals_by_waiting(Errc code) {
  return code == Errc::kStorageBusy || code == Errc::kStorageFull || code == Errc::kIo;
}

}  // namespace

Result<std::unique_ptr<AssociationWorker>> AssociationWorker::make(
    const config::Config& config, const std::optional<std::string>& cursor, Links links) {
  auto model = velocity_model(config.catalog);
  if (!model) {
    return tl::unexpected(model.error());
  }
  return std::unique_ptr<AssociationWorker>(
      new AssociationWorker(config, std::move(*model), parse_cursor(cursor), links));
}

AssociationWorker::AssociationWorker(const config::Config& config,
                                     catalog::VelocityModel model,
                                     std::optional<Time> reached,
                                     Links links)
    : config_(config.catalog),
      database_(config::database_path(config)),
      options_(association_options(config.catalog)),
      links_(links),
      places_(config.catalog),
      sites_(config.catalog.stations),
      picks_(sites_),
      horizon_(config.catalog.station_timeout),
      tables_(std::move(model)),
      teller_(
          {links.committed, links.rows, links.waveforms, links.keeper, links.clock, links.stats},
          magnitude_options(config.catalog)),
      reached_(reached) {}

Result<void> AssociationWorker::run(std::stop_token stop) {
  while (!links_.committed.is_drained()) {
    const auto now = SteadyClock::now();
    look_at_places(now);
    const auto wait_until =
        has_work() ? std::min(next_step_, now + kIdleBeat) : SteadyTime(now + kIdleBeat);
    if (const auto rows = links_.committed.take_until(wait_until)) {
      take(*rows);
    }
    if (links_.committed.take_overrun()) {
      starts_anew_ = true;
    }
    if (has_work() && SteadyClock::now() >= next_step_) {
      step(stop);
      publish_status();
    }
    links_.stats.assoc_beats.fetch_add(1, std::memory_order_relaxed);
  }
  finish(stop);
  publish_status();
  return {};
}

void AssociationWorker::take(const CommittedRows& rows) {
  for (const LookedAt& each : rows.looked_at) {
    horizon_.reach(each.stream, each.to);
    const bool is_new = each.is_fibre ? sites_.hear_fibre(each.stream, each.to)
                                      : sites_.hear(each.station, each.to);
    sites_may_differ_ = sites_may_differ_ || is_new;
  }
  starts_anew_ = starts_anew_ || rows.fibre_places > 0;
  for (const Pick& pick : rows.picks) {
    const bool is_new = sites_.hear(pick.instrument.station_id(), pick.time);
    sites_may_differ_ = sites_may_differ_ || is_new;
    picks_.add(pick);
  }
  for (const CommittedFibrePick& pick : rows.fibre_picks) {
    picks_.add(pick);
  }
  for (const Estimate& estimate : rows.estimates) {
    picks_.add(estimate);
  }
}

void AssociationWorker::look_at_places(SteadyTime now) {
  if (now < next_look_) {
    return;
  }
  next_look_ = now + kLookInterval;
  if (places_.look()) {
    sites_.take_up(places_.places());
    starts_anew_ = true;
  }
  links_.stats.association.inventory_reloads.store(places_.reloads(), std::memory_order_relaxed);
  links_.stats.association.inventory_errors.store(places_.errors(), std::memory_order_relaxed);
}

bool AssociationWorker::has_work() const {
  const auto now = horizon_.time();
  return starts_anew_ || sites_may_differ_ || picks_.has_waiting() ||
         (associator_ && now && (!advanced_ || *now >= *advanced_ + 1s));
}

void AssociationWorker::step(const std::stop_token& stop) {
  const auto begin = SteadyClock::now();
  next_step_ = begin + config_.update_interval;
  check_sites();
  if (starts_anew_) {
    if (associator_) {
      teller_.tell_held(known(), true);
    }
    if (!teller_.is_all_committed()) {
      next_step_ = begin + kCommitWait;  // what was told must be there to be read
      return;
    }
    if (const auto done = start_anew(stop); !done) {
      fault_ = done.error().what;
      starts_anew_ = heals_by_waiting(done.error().code);
      if (log_limit_.allow("anew", begin)) {
        spdlog::error("msg=\"no events are made\" reason=\"{}\"", fault_);
      }
    }
  } else {
    push_waiting(horizon_.time().value_or(Time::min()));
  }
  if (const auto now = horizon_.time(); now && !starts_anew_) {
    advance(*now);
    if (links_.ring != nullptr) {
      links_.ring->follow_to(*now);
    }
  }
}

/// Stations that are heard for the first time, or no more, or that were moved.
void AssociationWorker::check_sites() {
  const auto newest = horizon_.newest();
  const bool is_due = newest && (!checked_at_ || *newest >= *checked_at_ + kCheckInterval);
  if (!sites_may_differ_ && !is_due) {
    return;
  }
  sites_may_differ_ = false;
  checked_at_ = newest;
  const Time to = std::max(newest.value_or(Time::min()), reached_.value_or(Time::min()));
  if (!same_sites(sites_.in_force(heard_since(), to), in_force_)) {
    starts_anew_ = true;
  }
}

Time AssociationWorker::heard_since() const {
  return reached_ ? before(*reached_, 2 * config_.reopen + kSilence) : Time::min();
}

Result<void> AssociationWorker::start_anew(const std::stop_token& stop) {
  picks_.clear();  // all are on disk, and come from there
  auto history = AssociationHistory::open(database_);
  if (!history) {
    return tl::unexpected(history.error());
  }
  if (!has_read_heard_) {
    auto heard = history->heard(heard_since(), [this](const LookedAt& each) {
      each.is_fibre ? sites_.hear_fibre(each.stream, each.to) : sites_.hear(each.station, each.to);
    });
    if (!heard) {
      return heard;
    }
    has_read_heard_ = true;
  }
  const auto told = history->fibre_places();
  if (!told) {
    return tl::unexpected(told.error());
  }
  sites_.take_up_told(*told);
  associator_.reset();
  const Time to = std::max(horizon_.newest().value_or(Time::min()), reached_.value_or(Time::min()));
  in_force_ = sites_.in_force(heard_since(), to);
  if (in_force_.empty()) {
    fault_ = "no station with coordinates is heard";
    starts_anew_ = false;
    return {};
  }
  const auto tables = tables_.covering(range_of(in_force_, options_));
  if (!tables) {
    return tl::unexpected(tables.error());
  }
  auto made = catalog::Associator::make(in_force_, **tables, options_);
  if (!made) {
    return tl::unexpected(made.error());
  }
  const Time wanted = reached_ ? before(*reached_, config_.reopen) : Time::min();
  const auto events = history->events(before(wanted, kQuietSearch));
  if (!events) {
    return tl::unexpected(events.error());
  }
  associator_ = std::move(*made);
  travel_times_ = *tables;
  advanced_.reset();
  const Time since = quiet_moment(*events, wanted);
  associator_->recall(*events, since);
  const Duration lifetime = duration_from_seconds(associator_->lifetime_s());
  const Duration clutter = duration_from_seconds(options_.clutter_window_s);
  const Time until = events->empty() ? Time::min() : events->back().origin.time + lifetime;
  if (auto done = read_on(*history, before(since, 2 * lifetime + clutter), until, stop); !done) {
    associator_.reset();
    return done;
  }
  links_.stats.association.starts.fetch_add(1, std::memory_order_relaxed);
  return {};
}

/// All picks after `since`. What lies before `until` goes in at once: events that were told would
/// else stand without the picks that are still to come.
Result<void> AssociationWorker::read_on(AssociationHistory& history,
                                        Time since,
                                        Time until,
                                        const std::stop_token& stop) {
  const auto fibre_picks = history.fibre_picks(since);
  if (!fibre_picks) {
    return tl::unexpected(fibre_picks.error());
  }
  auto next = fibre_picks->begin();
  const auto add_fibre_picks = [&](Time to) {
    for (; next != fibre_picks->end() && next->pick.time <= to; ++next) {
      picks_.add(*next);
    }
  };
  auto read = history.picks(since, [&](std::span<const storage::StoredPick> page) {
    for (const storage::StoredPick& each : page) {
      picks_.add(each);
    }
    if (!page.empty()) {
      add_fibre_picks(page.back().pick.time);
    }
    if (!page.empty() && page.back().pick.time > until) {
      push_waiting(Time::min());
    }
    links_.stats.assoc_beats.fetch_add(1, std::memory_order_relaxed);
    return !stop.stop_requested();
  });
  if (!read) {
    return read;
  }
  if (stop.stop_requested()) {
    return fail(Errc::kCancelled, "stopped while picks were read from the store");
  }
  add_fibre_picks(Time::max());
  starts_anew_ = false;
  fault_.clear();
  push_waiting(horizon_.time().value_or(Time::min()));
  return {};
}

void AssociationWorker::push_waiting(Time until) {
  const std::vector<catalog::AssociationPick> picks = picks_.take();
  if (!associator_ || picks.empty()) {
    return;
  }
  const auto begin = SteadyClock::now();
  catalog::Associator::Outcome outcome = associator_->push(picks, until);
  links_.stats.association.push.add(SteadyClock::now() - begin);
  count(outcome.refused);
  if (outcome.refused.too_late > 0 && log_limit_.allow("late", begin)) {
    spdlog::warn(
        "msg=\"picks are too old to change events; catalog.reopen says how long they may\" "
        "picks={} reopen_s={}",
        outcome.refused.too_late,
        options_.reopen_s);
  }
  if (outcome.refused.unknown_site > 0) {
    sites_may_differ_ = true;  // a station that was silent for long
  }
  reached_ = std::max(reached_.value_or(picks.back().time), picks.back().time);
  picks_.forget_before(before(*reached_, config_.reopen));
  tell(std::move(outcome.changes));
  links_.rows.push(Cursor{kCursor, fmt::format("{}", to_ns(*reached_))});
}

void AssociationWorker::advance(Time until) {
  if (associator_ && (!advanced_ || until > *advanced_)) {
    advanced_ = until;
    tell(associator_->advance(until));
    teller_.tell_held(known(), false);
  }
}

void AssociationWorker::tell(std::vector<EventChange> changes) {
  teller_.tell(std::move(changes), known());
  links_.stats.association.live_picks.store(associator_->live_picks(), std::memory_order_relaxed);
}

EventTeller::Known AssociationWorker::known() const {
  return {picks_, places_.places()->inventory, *travel_times_, horizon_.time()};
}

void AssociationWorker::count(const catalog::Associator::Refused& refused) {
  AssociationStats& stats = links_.stats.association;
  stats.too_late.fetch_add(refused.too_late, std::memory_order_relaxed);
  stats.unknown_site.fetch_add(refused.unknown_site, std::memory_order_relaxed);
  stats.not_finite.fetch_add(refused.not_finite, std::memory_order_relaxed);
}

/// The feed is closed: all picks are in, and the sink still takes rows.
void AssociationWorker::finish(const std::stop_token& stop) {
  starts_anew_ = links_.committed.take_overrun() || starts_anew_;
  check_sites();
  if (starts_anew_ && associator_) {
    teller_.tell_held(known(), true);
  }
  while (starts_anew_ && !teller_.is_all_committed() && !links_.committed.is_abandoned()) {
    links_.stats.assoc_beats.fetch_add(1, std::memory_order_relaxed);
    std::this_thread::sleep_for(kCommitWait);  // bounded by the sink, which ends or commits
  }
  if (links_.committed.is_abandoned()) {
    return;
  }
  step(stop);
  if (!associator_ || starts_anew_) {
    return;
  }
  if (links_.sources_ended.load() && reached_) {
    advance(*reached_ + duration_from_seconds(associator_->lifetime_s()) + 1s);
  }
  teller_.tell_held(known(), true);
}

}  // namespace geod
