#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "daemon/adapter_loader.hpp"
#include "daemon/adapter_service.hpp"
#include "daemon/association_feed.hpp"
#include "daemon/association_worker.hpp"
#include "daemon/control.hpp"
#include "daemon/daemon.hpp"
#include "daemon/inference_worker.hpp"
#include "daemon/ingest_worker.hpp"
#include "daemon/inversion_worker.hpp"
#include "daemon/network_switch.hpp"
#include "daemon/sd_notify.hpp"
#include "daemon/segmentation_worker.hpp"
#include "daemon/service_health.hpp"
#include "daemon/service_inventory.hpp"
#include "daemon/signals.hpp"
#include "daemon/sink_worker.hpp"
#include "daemon/watchdog.hpp"
#include "daemon/waveform_keeper.hpp"
#include "models/engine.hpp"
#include "service/service.hpp"
#include "storage/store.hpp"
#include "streams/recent_then_kept.hpp"
#include "streams/zmq_receiver.hpp"

namespace geod {

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

/// Why a run ends when nobody stops it.
inline constexpr const char* kSourcesEnded = "sources ended";

/// Everything that is built at start, in the order it is built; destroyed in reverse.
struct Daemon::Parts {
  SystemClock clock;
  SignalFd signals;
  SdNotify notify = SdNotify::from_environment();
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  std::string stop_reason = kSourcesEnded;

  models::Manifest base;                       // of the base model for seismograms
  std::optional<models::Manifest> image_base;  // and for images, where there is one
  std::optional<models::Manifest> shots_base;  // and for inversion
  WakeFd adapt_wake;
  WakeFd invert_wake;
  std::optional<PickerSwitch> pickers;
  std::optional<SegmenterSwitch> segmenters;  // with image_base, as the worker of images
  std::optional<InverterSwitch> inverters;    // with shots_base, as the worker of shots
  std::optional<NetworksByTask> networks;
  std::optional<AdapterService> adapters;
  std::optional<AdapterLoader> adapter_loader;
  std::vector<SinkItem> rows_at_start;  // until geod-sink runs
  bool workers_run = false;

  std::optional<storage::Store> store;
  models::Engine* engine = nullptr;          // of `pickers`: active for dpk
  streams::ZmqReceiver* receiver = nullptr;  // one of the sources
  IngestWorker::Sources sources;
  std::unique_ptr<ControlServer> control;
  std::optional<Watchdog> watchdog;

  std::optional<streams::WaveformRing> ring;  // where somebody needs waveforms later
  std::optional<WaveformKeeper> keeper;       // where they are kept on disk, as the next two
  std::optional<streams::SdsTree> kept;
  std::optional<streams::RecentThenKept> recent_then_kept;

  std::optional<IngestWorker> ingest;
  std::optional<InferenceWorker> inference;
  std::optional<SegmentationWorker> segmentation;
  std::optional<InversionWorker> inversion;
  std::optional<AssociationFeed> committed;  // as the worker of associations
  std::unique_ptr<AssociationWorker> association;
  std::optional<SinkWorker> sink;
  Outcome ingest_outcome, inference_outcome, segmentation_outcome, sink_outcome, adapt_outcome;
  Outcome inversion_outcome, association_outcome, archive_outcome;
  std::atomic<bool> sources_ended{false};  // all, by themselves
  std::atomic<int> pick_makers{0};         // threads that end and then end the picks
  std::atomic<int> row_makers{0};          // the same with that of associations: close the queue
  std::jthread ingest_thread, inference_thread, segmentation_thread, sink_thread, adapt_thread;
  std::jthread inversion_thread, association_thread, archive_thread;

  ServiceHealth health;
  std::optional<ServiceInventory> service_inventory;  // with the service
  std::unique_ptr<service::Service> service;

  /// Null where there is no model for it.
  const models::Manifest* base_of(models::InputKind input) const {
    switch (input) {
      case models::InputKind::kImages:
        return image_base ? &*image_base : nullptr;
      case models::InputKind::kShots:
        return shots_base ? &*shots_base : nullptr;
      case models::InputKind::kSeismograms:
        break;
    }
    return &base;
  }

  bool workers_ended() const {
    return (!keeper || archive_outcome.has_ended()) && ingest_outcome.has_ended() &&
           inference_outcome.has_ended() && (!segmentation || segmentation_outcome.has_ended()) &&
           (!inversion || inversion_outcome.has_ended()) &&
           (!association || association_outcome.has_ended()) && sink_outcome.has_ended() &&
           adapt_outcome.has_ended();
  }
  std::optional<Error> first_error() const {
    for (const Outcome* outcome : {&sink_outcome,
                                   &inference_outcome,
                                   &segmentation_outcome,
                                   &inversion_outcome,
                                   &association_outcome,
                                   &ingest_outcome,
                                   &archive_outcome,
                                   &adapt_outcome}) {
      if (auto error = outcome->error()) {
        return error;
      }
    }
    return std::nullopt;
  }
};

}  // namespace geod
