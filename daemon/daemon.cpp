#include "daemon/daemon.hpp"

#include <csignal>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <unistd.h>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "daemon/control.hpp"
#include "daemon/inference_worker.hpp"
#include "daemon/ingest_worker.hpp"
#include "daemon/installation.hpp"
#include "daemon/sd_notify.hpp"
#include "daemon/signals.hpp"
#include "daemon/sink_worker.hpp"
#include "daemon/watchdog.hpp"
#include "models/engine.hpp"
#include "storage/store.hpp"
#include "streams/file_source.hpp"
#include "streams/zmq_receiver.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kSupervisorTick = 200ms;
constexpr auto kModelLoadAllowance = std::chrono::minutes{5};

WhenFull policy_of(config::Overload overload) {
  return overload == config::Overload::kBlock ? WhenFull::kBlock : WhenFull::kDropOldest;
}

models::EngineOptions engine_options(const config::ModelsConfig& config,
                                     std::filesystem::path directory) {
  models::EngineOptions options;
  options.model_directory = std::move(directory);
  options.device = config.device == "cpu"    ? models::Device::kCpu
                   : config.device == "cuda" ? models::Device::kCuda
                                             : models::Device::kAuto;
  options.precision = config.precision == "float32"    ? models::Precision::kFloat32
                      : config.precision == "bfloat16" ? models::Precision::kBfloat16
                                                       : models::Precision::kAuto;
  options.threads = config.threads;
  options.max_batch = config.max_batch;
  return options;
}

/// The end of one worker thread, kept for the supervisor.
class Outcome {
 public:
  void set(Result<void> result) {
    const std::lock_guard lock(mutex_);
    result_ = std::move(result);
  }
  bool has_ended() const {
    const std::lock_guard lock(mutex_);
    return result_.has_value();
  }
  /// The error, when the worker ended with one.
  std::optional<Error> error() const {
    const std::lock_guard lock(mutex_);
    return result_ && !*result_ ? std::optional<Error>(result_->error()) : std::nullopt;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Result<void>> result_;
};

/// The last line of defence of a thread: what a library throws becomes an error of the daemon.
Result<void> run_guarded(std::string_view thread, const std::function<Result<void>()>& work) {
  try {
    return work();
  } catch (const std::exception& exception) {
    return fail(Errc::kDevice, "{}: {}", thread, exception.what());
  }
}

}  // namespace

/// Everything that is built at start, in the order it is built; destroyed in reverse.
struct Daemon::Parts {
  SystemClock clock;
  SignalFd signals;
  SdNotify notify = SdNotify::from_environment();
  SteadyClock::time_point started = SteadyClock::now();
  std::string stop_reason = "sources ended";

  std::optional<storage::Store> store;
  std::unique_ptr<models::Engine> engine;
  streams::ZmqReceiver* receiver = nullptr;  // one of the sources
  IngestWorker::Sources sources;
  std::unique_ptr<ControlServer> control;
  std::optional<Watchdog> watchdog;

  std::optional<IngestWorker> ingest;
  std::optional<InferenceWorker> inference;
  std::optional<SinkWorker> sink;
  Outcome ingest_outcome, inference_outcome, sink_outcome;
  std::jthread ingest_thread, inference_thread, sink_thread;

  bool workers_ended() const {
    return ingest_outcome.has_ended() && inference_outcome.has_ended() && sink_outcome.has_ended();
  }
  std::optional<Error> first_error() const {
    for (const Outcome* outcome : {&sink_outcome, &inference_outcome, &ingest_outcome}) {
      if (auto error = outcome->error()) {
        return error;
      }
    }
    return std::nullopt;
  }
};

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
                 parts_->engine->manifest().model_id(),
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
                          [this](const std::string& request) { return handle_control(request); });
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
  auto engine = compute->open_engine(engine_options(config_.models, *model_directory));
  if (!engine) {
    return tl::unexpected(engine.error());
  }
  parts.engine = std::move(*engine);

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
  options.config_hash = models::sha256_hex(config::to_yaml(config_));
  auto store = storage::Store::open(options, parts_->clock);
  if (!store) {
    return tl::unexpected(store.error());
  }
  parts_->store.emplace(std::move(*store));
  if (parts_->store->previous_run_was_cut_off()) {
    spdlog::warn("msg=\"the previous run was cut off; what it had committed is kept\"");
  }
  return parts_->store->record_model(
      manifest.model_id(), manifest.weights_sha256, manifest.provenance_json);
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
    // A committed cursor may be ahead of picks that were not final: what two windows span is read
    // again, and the store knows what it has.
    const Duration look_back = geometry.sampling_rate.span_of(2 * geometry.window_samples) +
                               config_.streams.windows.component_timeout;
    auto source = streams::FileSource::open(file, *cursor, look_back);
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
  parts.inference.emplace(*parts.engine, config_.models, window_queue_, pick_queue_, stats_);
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
  parts.ingest_thread.request_stop();
  for (const auto& source : parts.sources) {
    source->wake();
  }
  // File sources that ended by themselves leave as much work as there is; a person waits for it.
  const bool was_asked = parts.stop_reason.starts_with("signal") || parts.first_error();
  const auto deadline = SteadyClock::now() + config_.daemon.stop_deadline;
  while (!parts.workers_ended()) {
    wait_for_work();
    while (const auto signal = parts.signals.next()) {
      if (*signal != SIGHUP && was_asked) {
        spdlog::error("msg=\"second signal: stopping at once\" windows_lost={} rows_lost={}",
                      window_queue_.size(),
                      pick_queue_.size());
        std::_Exit(1);
      }
      if (*signal != SIGHUP) {
        parts.stop_reason = "signal";
        return shut_down();
      }
    }
    pet_watchdog();
    if (was_asked && SteadyClock::now() >= deadline) {
      spdlog::error("msg=\"daemon.stop_deadline passed\" windows_lost={} rows_lost={}",
                    window_queue_.size(),
                    pick_queue_.size());
      std::_Exit(1);
    }
    if (parts.first_error()) {
      parts.sink_thread.request_stop();
    }
  }
  parts.ingest_thread.join();
  parts.inference_thread.join();
  parts.sink_thread.join();
  if (const auto error = parts.first_error()) {
    return tl::unexpected(*error);
  }
  return {};
}

void Daemon::wait_for_work() {
  pollfd wanted[2] = {{parts_->signals.fd(), POLLIN, 0}, {parts_->control->fd(), POLLIN, 0}};
  ::poll(wanted, 2, static_cast<int>(kSupervisorTick.count()));
  parts_->control->serve_pending();
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

std::string Daemon::handle_control(const std::string& request) {
  const auto parsed = nlohmann::json::parse(request, nullptr, false);
  if (parsed.is_object() && parsed.value("command", "") == "status") {
    return status_json();
  }
  return R"({"error":"unknown request; this daemon answers {\"command\":\"status\"}"})";
}

std::string Daemon::status_json() const {
  const Parts& parts = *parts_;
  const auto picks = stats_.pick_latency.count();
  const std::int64_t newest = stats_.newest_sample_ns.load();
  nlohmann::json status{
      {"version", GEOD_VERSION},
      {"state", parts.ingest_outcome.has_ended() ? "draining" : "running"},
      {"pid", ::getpid()},
      {"uptime_s", std::chrono::duration<double>(SteadyClock::now() - parts.started).count()},
      {"records", stats_.records.load()},
      {"record_bytes", stats_.record_bytes.load()},
      {"continuity_events", stats_.continuity_events.load()},
      {"windows_cut", stats_.windows_cut.load()},
      {"windows_scored", stats_.windows_scored.load()},
      {"windows_shed", stats_.windows_shed.load()},
      {"windows_waiting", window_queue_.size()},
      {"batches", stats_.batches.load()},
      {"scoring_s", static_cast<double>(stats_.scoring_ns.load()) * 1e-9},
      {"picks_made", stats_.picks_made.load()},
      {"picks_stored", stats_.picks_stored.load()},
      {"picks_already_there", stats_.picks_already_there.load()},
      {"commits", stats_.commits.load()},
      {"storage_failing", stats_.storage_failing.load()},
      {"newest_sample", newest == 0 ? "none" : to_iso(time_from_ns(newest), 3)},
      {"pick_latency_count", picks},
      {"pick_latency_p50_s", stats_.pick_latency.quantile_s(0.5)},
      {"pick_latency_p99_s", stats_.pick_latency.quantile_s(0.99)},
      {"sources", nlohmann::json::parse(stats_.sources_json())},
      {"streams", nlohmann::json::parse(stats_.streams_json())}};
  if (parts.engine) {
    const models::EngineInfo& info = parts.engine->info();
    status.update({{"model", parts.engine->manifest().model_id()},
                   {"device", info.device},
                   {"precision", info.precision},
                   {"threads", info.threads},
                   {"warmup_windows_per_s", info.windows_per_s}});
  }
  return status.dump();
}

}  // namespace geod
