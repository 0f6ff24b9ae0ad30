#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/bundle.hpp"
#include "config/config.hpp"
#include "core/adapter_event.hpp"
#include "core/bounded_queue.hpp"
#include "core/error.hpp"
#include "core/waveform_source.hpp"
#include "daemon/control.hpp"
#include "daemon/fibre_queue.hpp"
#include "daemon/stats.hpp"
#include "daemon/work_items.hpp"
#include "models/engine.hpp"

namespace geod {

/// The composition root of `geod run`: builds everything top to bottom, starts the worker threads,
/// then supervises: signals, control socket, watchdog, shutdown.
///
///   sources -> geod-io -> window queue -> geod-infer   -> pick queue -> geod-sink -> SQLite
///                 |-----> fibre queue  -> geod-segment ->     |
///                                             ^ networks    |
///                                                           geod-assoc -> the pick queue
///   folder of adapters, control socket -> geod-adapt
///
/// SIGTERM or SIGINT stops intake, drains within `daemon.stop_deadline` and returns; a second one
/// exits at once. SIGHUP rereads the CURVE allow-list.
class Daemon {
 public:
  explicit Daemon(config::Config config);
  ~Daemon();

  /// Runs until asked to stop (nothing returned) or until something failed that a restart may heal.
  /// Blocks the signals above in the calling thread. Thread: main.
  Result<void> run();

 private:
  struct Parts;

  Result<void> build();
  Result<void> open_adapters(const models::ComputeModule& compute);
  Result<void> open_switches(const models::ComputeModule& compute);
  Result<void> check_segmenter() const;
  void tell(const AdapterEvent& event);
  void record(const adapters::Bundle& bundle);
  void give_to_sink(SinkItem item);
  Result<void> open_store();
  Result<void> open_sources();
  Result<void> open_association();
  void open_waveforms();
  /// For amplitudes; null where none are held.
  const WaveformSource* waveforms() const;
  Result<void> open_service();
  void watch_health();
  void start_workers();
  void start_row_makers();
  void start_archive();
  void start_watchdog();
  void supervise();
  Result<void> shut_down();
  [[noreturn]] void exit_at_once(std::string_view why);
  void wait_for_work();
  void reload();
  void pet_watchdog();
  std::optional<ControlMessage> handle_control(ControlMessage request,
                                               const ControlServer::Client& client);
  std::optional<ControlMessage> handle_segment(ControlMessage request,
                                               const ControlServer::Client& client);
  std::optional<ControlMessage> handle_invert(ControlMessage request,
                                              const ControlServer::Client& client);
  std::string adapters_json() const;
  std::string fibres_json() const;
  std::string status_json() const;

  const config::Config config_;
  DaemonStats stats_;
  BoundedQueue<StreamItem> window_queue_;
  FibreQueue fibre_queue_;
  BoundedQueue<SinkItem> pick_queue_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace geod
