#include "daemon/daemon.hpp"

#include <exception>
#include <functional>
#include <span>
#include <utility>

#include <pthread.h>

#include "core/log.hpp"
#include "daemon/daemon_parts.hpp"
#include "models/sha256.hpp"
#include "streams/file_source.hpp"

namespace geod {
namespace {

using SteadyClock = std::chrono::steady_clock;

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
      fibre_queue_(config_.fibres.queue_bytes,
                   [this](FibreQueue::Waiting& waiting, std::size_t limit, std::size_t weight) {
                     shed_blocks(waiting, limit, weight, stats_.fibre_blocks_shed);
                   }),
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
                          config_.fibres.request_bytes,
                          [this](ControlMessage request, const ControlServer::Client& client) {
                            return handle_control(std::move(request), client);
                          });
  if (!control) {
    return tl::unexpected(control.error());
  }

  const auto compute = models::ComputeModule::load();
  if (!compute) {
    return tl::unexpected(compute.error());
  }
  if (auto opened = open_adapters(*compute); !opened) {
    return opened;
  }
  if (auto opened = open_store(); !opened) {
    return opened;
  }
  if (auto opened = open_sources(); !opened) {
    return opened;
  }
  open_waveforms();
  if (auto opened = open_association(); !opened) {
    return opened;
  }
  if (auto opened = open_service(); !opened) {
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
  for (const models::Manifest* base :
       {&parts_->base, parts_->image_base ? &*parts_->image_base : nullptr}) {
    if (base == nullptr) {
      continue;
    }
    if (auto recorded = parts_->store->record_model(
            base->model_id(), base->weights_sha256, base->provenance_json);
        !recorded) {
      return recorded;
    }
  }
  return {};
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

Result<void> Daemon::open_association() {
  if (!config_.catalog.enabled || config_.catalog.inventory.empty()) {
    spdlog::info("msg=\"no events are made of picks: {}\"",
                 config_.catalog.enabled ? "catalog.inventory names no stations"
                                         : "catalog.enabled is false");
    return {};
  }
  const auto cursor = parts_->store->cursor(AssociationWorker::kCursor);
  if (!cursor) {
    return tl::unexpected(cursor.error());
  }
  parts_->committed.emplace(config_.daemon.pick_queue_items);
  auto worker = AssociationWorker::make(config_,
                                        *cursor,
                                        {*parts_->committed,
                                         pick_queue_,
                                         parts_->sources_ended,
                                         waveforms(),
                                         parts_->keeper ? &*parts_->keeper : nullptr,
                                         parts_->clock,
                                         stats_,
                                         parts_->ring ? &*parts_->ring : nullptr});
  if (!worker) {
    return tl::unexpected(worker.error());
  }
  parts_->association = std::move(*worker);
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
                       parts.segmenters ? &fibre_queue_ : nullptr,
                       parts.ring ? &*parts.ring : nullptr,
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
  if (parts.segmenters) {
    parts.segmentation.emplace(
        parts.image_base->model_id(),
        config_,
        SegmentationWorker::Links{
            fibre_queue_,
            pick_queue_,
            parts.segmenters->orders(),
            [&parts](NetworkTakenUp done) { parts.segmenters->order_was_done(std::move(done)); },
            stats_});
  }
  if (parts.inverters) {
    parts.inversion.emplace(
        config_,
        InversionWorker::Links{
            parts.inverters->orders(),
            parts.invert_wake,
            [&parts](NetworkTakenUp done) { parts.inverters->order_was_done(std::move(done)); },
            [this] { return window_queue_.size() > 0 || fibre_queue_.weight() > 0; },
            stats_});
  }
  parts.sink.emplace(*parts.store,
                     config_.storage,
                     pick_queue_,
                     stats_,
                     parts.committed ? &*parts.committed : nullptr,
                     [&parts] {
                       if (parts.service) {
                         parts.service->notify_committed();
                       }
                     });

  if (parts.keeper) {
    parts.sink->keep_windows(*parts.keeper);
  }

  // Each thread closes the queue it feeds when it ends, for whatever reason: the next one drains.
  parts.sink_thread = std::jthread([&](std::stop_token give_up) {
    parts.sink_outcome.set(run_guarded("geod-sink", [&] { return parts.sink->run(give_up); }));
    pick_queue_.close();
    if (parts.committed) {
      parts.committed->abandon();
    }
    if (parts.keeper) {
      parts.keeper->close();
    }
  });
  start_row_makers();
  start_archive();
  parts.workers_run = true;
  for (SinkItem& item : parts.rows_at_start) {
    pick_queue_.push(std::move(item));
  }
  parts.rows_at_start.clear();
  parts.adapt_thread = std::jthread([&](std::stop_token stop) {
    parts.adapt_outcome.set(run_guarded("geod-adapt", [&] {
      parts.pickers->worker_runs(stop);
      if (parts.segmenters) {
        parts.segmenters->worker_runs(stop);
      }
      if (parts.inverters) {
        parts.inverters->worker_runs(stop);
      }
      return parts.adapter_loader->run(stop);
    }));
  });
  parts.ingest_thread = std::jthread([&](std::stop_token stop) {
    parts.ingest_outcome.set(run_guarded("geod-io", [&] { return parts.ingest->run(stop); }));
    parts.sources_ended = !stop.stop_requested() && !parts.ingest_outcome.error();
    window_queue_.close();
    fibre_queue_.close();
  });
  start_watchdog();
}

/// geod-infer, geod-segment and geod-assoc; the last of them to end closes the queue that they
/// feed. geod-assoc ends when the picks of the others are on disk.
void Daemon::start_row_makers() {
  Parts& parts = *parts_;
  parts.pick_makers = parts.segmentation ? 2 : 1;
  parts.row_makers = parts.pick_makers + (parts.association ? 1 : 0);
  const auto end = [this, &parts] {
    if (--parts.pick_makers == 0) {
      pick_queue_.push(EndOfPicks{});
    }
    if (--parts.row_makers == 0) {
      pick_queue_.close();
    }
  };
  parts.inference_thread = std::jthread([this, &parts, end] {
    parts.inference_outcome.set(run_guarded("geod-infer", [&] { return parts.inference->run(); }));
    window_queue_.close();
    end();
  });
  if (parts.segmentation) {
    parts.segmentation_thread = std::jthread([this, &parts, end] {
      parts.segmentation_outcome.set(
          run_guarded("geod-segment", [&] { return parts.segmentation->run(); }));
      fibre_queue_.close();
      end();
    });
  }
  if (parts.association) {
    parts.association_thread = std::jthread([this, &parts](std::stop_token stop) {
      parts.association_outcome.set(
          run_guarded("geod-assoc", [&] { return parts.association->run(stop); }));
      if (--parts.row_makers == 0) {
        pick_queue_.close();
      }
    });
  }
  if (parts.inversion) {  // makes no rows: who asks is answered
    parts.inversion_thread = std::jthread([&parts](std::stop_token stop) {
      parts.inversion_outcome.set(
          run_guarded("geod-invert", [&] { return parts.inversion->run(stop); }));
    });
  }
}

void Daemon::start_archive() {
  Parts& parts = *parts_;
  if (parts.keeper) {
    parts.archive_thread = std::jthread([&parts] {
      parts.archive_outcome.set(run_guarded("geod-archive", [&] { return parts.keeper->run(); }));
    });
  }
}

void Daemon::start_watchdog() {
  Parts& parts = *parts_;
  if (const auto interval = parts.notify.watchdog_interval()) {
    parts.watchdog.emplace(*interval, SteadyClock::now());
    const auto window_queue_full = [this] {
      return window_queue_.weight() >= window_queue_.limit();
    };
    const auto pick_queue_full = [this] { return pick_queue_.weight() >= pick_queue_.limit(); };
    parts.watchdog->add_worker("geod-io", stats_.io_beats, window_queue_full);
    parts.watchdog->add_worker("geod-infer", stats_.infer_beats, pick_queue_full);
    if (parts.segmentation) {
      parts.watchdog->add_worker("geod-segment", stats_.segment_beats, pick_queue_full);
    }
    if (parts.inversion) {
      parts.watchdog->add_worker("geod-invert", stats_.invert_beats);
    }
    if (parts.association) {
      parts.watchdog->add_worker("geod-assoc", stats_.assoc_beats, pick_queue_full);
    }
    parts.watchdog->add_worker("geod-sink", stats_.sink_beats);
    // Not geod-archive: a disk that hangs is no reason to end the picks.
  }
}

}  // namespace geod
