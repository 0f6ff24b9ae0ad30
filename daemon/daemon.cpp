#include "daemon/daemon.hpp"

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

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
