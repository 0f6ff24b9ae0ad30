#include "daemon/daemon.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include <poll.h>
#include <pthread.h>

#include "core/log.hpp"
#include "daemon/daemon_parts.hpp"
#include "daemon/engine_options.hpp"
#include "daemon/installation.hpp"
#include "models/sha256.hpp"
#include "streams/file_source.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kSupervisorTick = 200ms;
constexpr auto kModelLoadAllowance = std::chrono::minutes{5};

WhenFull policy_of(config::Overload overload) {
  return overload == config::Overload::kBlock ? WhenFull::kBlock : WhenFull::kDropOldest;
}

/// Names the calling thread, and is its last line of defence: what a library throws becomes an
/// error of the daemon.
Result<void> run_guarded(const char* thread, const std::function<Result<void>()>& work) {
  ::pthread_setname_np(::pthread_self(), thread);
  try {
    return work();
  } catch (const std::exception& exception) {
    return fail(Errc::kDevice, "{}: {}", thread, exception.what());
  }
}

}  // namespace

Daemon::Daemon(config::Config config)
    : config_(std::move(config)),
      window_queue_(config_.daemon.window_queue_bytes, policy_of(config_.daemon.overload)),
      pick_queue_(config_.daemon.pick_queue_items, WhenFull::kBlock),
      parts_(std::make_unique<Parts>()) {}

Daemon::~Daemon() = default;

Result<void> Daemon::run() {
  Result<void> outcome = build();
  if (outcome) {
    start_workers();
    parts_->notify.ready();
    spdlog::info("msg=\"geod runs\" version={} model={} device=\"{}\" precision=\"{}\" threads={}",
                 GEOD_VERSION,
                 parts_->base.model_id(),
                 parts_->engine->info().device,
                 parts_->engine->info().precision,
                 parts_->engine->info().threads);
    supervise();
    outcome = shut_down();
  }
  if (!outcome) {
    parts_->stop_reason = "failed: " + outcome.error().what;
  }
  if (parts_->store) {
    if (auto closed = parts_->store->close(parts_->stop_reason, status_json());
        !closed && outcome) {
      outcome = closed;
    }
  }
  return outcome;
}

Result<void> Daemon::build() {
  Parts& parts = *parts_;
  parts.notify.extend_timeout(kModelLoadAllowance);
  parts.notify.status("loading the model");

  // The control socket first: it is also what keeps two daemons of one configuration apart.
  auto control =
      ControlServer::bind(config_.daemon.runtime_directory,
                          [this](const std::string& request, const ControlServer::Client& client) {
                            return handle_control(request, client);
                          });
  if (!control) {
    return tl::unexpected(control.error());
  }

  const auto model_directory = find_model(config_.models.picker);
  if (!model_directory) {
    return tl::unexpected(model_directory.error());
  }
  const auto compute = models::ComputeModule::load();
  if (!compute) {
    return tl::unexpected(compute.error());
  }
  if (auto opened = open_adapters(*compute, *model_directory); !opened) {
    return opened;
  }
  if (auto opened = open_store(); !opened) {
    return opened;
  }
  if (auto opened = open_sources(); !opened) {
    return opened;
  }
  parts.control = std::move(*control);
  return {};
}

Result<void> Daemon::open_store() {
  const models::Manifest& manifest = parts_->engine->manifest();
  storage::StoreOptions options =
      storage::StoreOptions::from(config_.storage, config_.daemon.state_directory);
  options.min_pick_distance = duration_from_seconds(manifest.picks.min_distance_s);
  options.version = GEOD_VERSION;
  const std::string yaml = config::to_yaml(config_);
  models::Sha256 config_hash;
  config_hash.update(std::as_bytes(std::span(yaml)));
  options.config_hash = config_hash.finish();
  auto store = storage::Store::open(options, parts_->clock);
  if (!store) {
    return tl::unexpected(store.error());
  }
  parts_->store.emplace(std::move(*store));
  if (parts_->store->previous_run_was_cut_off()) {
    spdlog::warn("msg=\"the previous run was cut off; what it had committed is kept\"");
  }
  return parts_->store->record_model(
      parts_->base.model_id(), parts_->base.weights_sha256, parts_->base.provenance_json);
}

Result<void> Daemon::open_sources() {
  if (!config_.streams.endpoints.empty()) {
    auto receiver = streams::ZmqReceiver::open(config_.streams, parts_->clock);
    if (!receiver) {
      return tl::unexpected(receiver.error());
    }
    parts_->receiver = receiver->get();
    parts_->sources.push_back(std::move(*receiver));
  }
  const models::SeisMollmGeometry& geometry = parts_->engine->manifest().geometry;
  for (const config::FileSourceConfig& file : config_.streams.files) {
    const auto cursor = parts_->store->cursor(file.name);
    if (!cursor) {
      return tl::unexpected(cursor.error());
    }
    // A committed cursor may be ahead of picks that were not final, by two windows and by what a
    // component may lag: that is read again, and the store knows what it has.
    auto source = streams::FileSource::open(
        file,
        *cursor,
        geometry.sampling_rate.span_of(2 * geometry.window_samples) +
            config_.streams.windows.component_timeout + streams::kLongestRecord);
    if (!source) {
      return tl::unexpected(source.error());
    }
    parts_->sources.push_back(std::move(*source));
  }
  if (parts_->sources.empty()) {
    return fail(Errc::kConfig,
                "nothing to listen to: configure streams.endpoints or streams.files "
                "(geod print-config shows how)");
  }
  return {};
}

void Daemon::start_workers() {
  Parts& parts = *parts_;
  const models::Manifest& manifest = parts.engine->manifest();
  const streams::WindowGeometry geometry{manifest.geometry.window_samples,
                                         manifest.picks.hop_samples,
                                         manifest.geometry.sampling_rate};
  parts.ingest.emplace(parts.sources,
                       config_.streams,
                       geometry,
                       config_.daemon.exit_when_sources_end,
                       window_queue_,
                       stats_);
  parts.inference.emplace(*parts.engine,
                          parts.base.model_id(),
                          config_,
                          InferenceWorker::Links{window_queue_,
                                                 pick_queue_,
                                                 parts.pickers->orders(),
                                                 [&parts](NetworkTakenUp done) {
                                                   parts.pickers->order_was_done(std::move(done));
                                                 },
                                                 stats_});
  parts.sink.emplace(*parts.store, config_.storage, pick_queue_, stats_);

  // Each thread closes the queue it feeds when it ends, for whatever reason: the next one drains.
  parts.sink_thread = std::jthread([&](std::stop_token give_up) {
    parts.sink_outcome.set(run_guarded("geod-sink", [&] { return parts.sink->run(give_up); }));
    pick_queue_.close();
  });
  parts.inference_thread = std::jthread([&] {
    parts.inference_outcome.set(run_guarded("geod-infer", [&] { return parts.inference->run(); }));
    window_queue_.close();
    pick_queue_.close();
  });
  parts.workers_run = true;
  for (SinkItem& item : parts.rows_at_start) {
    pick_queue_.push(std::move(item));
  }
  parts.rows_at_start.clear();
  parts.adapt_thread = std::jthread([&](std::stop_token stop) {
    parts.adapt_outcome.set(run_guarded("geod-adapt", [&] {
      parts.pickers->worker_runs(stop);
      return parts.adapter_loader->run(stop);
    }));
  });
  parts.ingest_thread = std::jthread([&](std::stop_token stop) {
    parts.ingest_outcome.set(run_guarded("geod-io", [&] { return parts.ingest->run(stop); }));
    window_queue_.close();
  });

  if (const auto interval = parts.notify.watchdog_interval()) {
    parts.watchdog.emplace(*interval, SteadyClock::now());
    const auto window_queue_full = [this] {
      return window_queue_.weight() >= window_queue_.limit();
    };
    const auto pick_queue_full = [this] { return pick_queue_.weight() >= pick_queue_.limit(); };
    parts.watchdog->add_worker("geod-io", stats_.io_beats, window_queue_full);
    parts.watchdog->add_worker("geod-infer", stats_.infer_beats, pick_queue_full);
    parts.watchdog->add_worker("geod-sink", stats_.sink_beats);
  }
}

void Daemon::supervise() {
  Parts& parts = *parts_;
  while (!parts.workers_ended() && !parts.first_error()) {
    wait_for_work();
    while (const auto signal = parts.signals.next()) {
      if (*signal != SIGHUP) {
        parts.stop_reason = *signal == SIGTERM ? "signal SIGTERM" : "signal SIGINT";
        return;
      }
      reload();
    }
    pet_watchdog();
    if (parts.ingest_outcome.has_ended()) {
      return;
    }
  }
}

Result<void> Daemon::shut_down() {
  Parts& parts = *parts_;
  parts.notify.stopping();
  parts.notify.status(parts.stop_reason);
  spdlog::info("msg=\"stopping\" reason=\"{}\" windows_waiting={} rows_waiting={}",
               parts.stop_reason,
               window_queue_.size(),
               pick_queue_.size());
  parts.adapt_thread.request_stop();
  parts.ingest_thread.request_stop();
  for (const auto& source : parts.sources) {
    source->wake();
  }
  // After an orderly end of all sources the rest is worked off however long it takes; a stop that
  // somebody asked for, or a failure, has a deadline.
  bool is_urgent = parts.stop_reason != kSourcesEnded || parts.first_error().has_value();
  auto deadline = SteadyClock::now() + config_.daemon.stop_deadline;
  while (!parts.workers_ended()) {
    wait_for_work();
    while (const auto signal = parts.signals.next()) {
      if (*signal == SIGHUP) {
        continue;
      }
      if (is_urgent) {
        exit_at_once("second signal");
      }
      is_urgent = true;
      parts.stop_reason = "signal while draining";
      deadline = SteadyClock::now() + config_.daemon.stop_deadline;
    }
    pet_watchdog();
    if (is_urgent && SteadyClock::now() >= deadline) {
      exit_at_once("daemon.stop_deadline passed");
    }
    if (parts.first_error()) {
      parts.sink_thread.request_stop();
    }
  }
  parts.ingest_thread.join();
  parts.inference_thread.join();
  parts.sink_thread.join();
  parts.adapt_thread.join();
  if (const auto error = parts.first_error()) {
    return tl::unexpected(*error);
  }
  return {};
}

void Daemon::exit_at_once(std::string_view why) {
  spdlog::error("msg=\"{}: stopping at once\" windows_lost={} rows_lost={}",
                why,
                window_queue_.size(),
                pick_queue_.size());
  std::_Exit(1);
}

void Daemon::wait_for_work() {
  Parts& parts = *parts_;
  pollfd wanted[3] = {{parts.signals.fd(), POLLIN, 0},
                      {parts.control->fd(), POLLIN, 0},
                      {parts.adapter_loader->replies_fd(), POLLIN, 0}};
  ::poll(wanted, 3, static_cast<int>(kSupervisorTick.count()));
  for (const AdapterLoader::Reply& reply : parts.adapter_loader->take_replies()) {
    parts.control->answer(reply.client, reply.text);
  }
  parts.control->serve_pending();
}

void Daemon::reload() {
  if (parts_->receiver == nullptr) {
    return;
  }
  parts_->notify.reloading();
  if (const auto reloaded = parts_->receiver->reload_allow_list(); !reloaded) {
    spdlog::error("msg=\"allow list not reloaded, the old one stays\" reason=\"{}\"",
                  reloaded.error().what);
  } else {
    spdlog::info("msg=\"allow list reloaded\"");
  }
  parts_->notify.ready();
}

void Daemon::pet_watchdog() {
  const auto now = SteadyClock::now();
  if (!parts_->watchdog) {
    return;
  }
  if (parts_->watchdog->is_due(now)) {
    parts_->notify.watchdog();
    parts_->notify.status(fmt::format("{} windows scored, {} picks stored, {} windows waiting",
                                      stats_.windows_scored.load(),
                                      stats_.picks_stored.load(),
                                      window_queue_.size()));
  } else if (const std::string late = parts_->watchdog->late_workers(now); !late.empty()) {
    spdlog::error("msg=\"workers stand still, the watchdog will bite\" workers=\"{}\"", late);
  }
}

}  // namespace geod
