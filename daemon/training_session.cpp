#include "daemon/training_session.hpp"

#include <cstdio>
#include <cstdlib>
#include <stop_token>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "daemon/command.hpp"
#include "daemon/signals.hpp"
#include "models/engine.hpp"

namespace geod {
namespace {

/// Turns the first SIGINT or SIGTERM into a stop request; the second ends the process.
class StopOnSignal {
 public:
  StopOnSignal()
      : thread_([this](const std::stop_token& ending) {
          while (!ending.stop_requested()) {
            pollfd waiting{signals_.fd(), POLLIN, 0};
            constexpr int kPollMs = 200;
            if (::poll(&waiting, 1, kPollMs) > 0 && signals_.next()) {
              if (stop_.stop_requested()) {
                std::_Exit(kExitFailure);
              }
              stop_.request_stop();
            }
          }
        }) {}

  std::stop_token token() const { return stop_.get_token(); }

 private:
  SignalFd signals_;
  std::stop_source stop_;
  std::jthread thread_;  // last: joins first
};

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(seconds);
  return whole >= 3600 ? fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60)
                       : fmt::format("{}m{:02}s", whole / 60, whole % 60);
}

/// One line that is rewritten on a terminal, plain lines elsewhere.
trainer::TrainObserver make_observer(models::Task task) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const char* const examples = models::is_image_task(task) ? "images" : "windows";
  trainer::TrainObserver observer;
  observer.progress = [terminal, examples](const trainer::TrainProgress& p) {
    fmt::print(stderr,
               "{}step {}/{}  loss {:.5f}  lr {:.2e}  {:.1f} {}/s  {} left{}",
               terminal ? "\r\033[K" : "",
               p.step,
               p.steps,
               p.loss,
               p.learning_rate,
               p.windows_per_s,
               examples,
               duration_text(p.remaining_s),
               terminal ? "" : "\n");
    std::fflush(stderr);
  };
  observer.note = [terminal](const std::string& text) {
    fmt::print(stderr, "{}{}\n", terminal ? "\r\033[K" : "", text);
  };
  return observer;
}

}  // namespace

struct TrainingSession::Parts {
  StopOnSignal stop;  // before any thread, so that all inherit the blocked signals
  trainer::TrainFunction function = nullptr;
};

TrainingSession::TrainingSession(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TrainingSession::~TrainingSession() = default;

Result<std::unique_ptr<TrainingSession>> TrainingSession::open() {
  auto parts = std::make_unique<Parts>();
  const auto module = models::ComputeModule::load();
  if (!module) {
    return tl::unexpected(module.error());
  }
  const auto symbol = module->symbol("geod_train");
  if (!symbol) {
    return tl::unexpected(symbol.error());
  }
  parts->function = reinterpret_cast<trainer::TrainFunction>(*symbol);
  return std::unique_ptr<TrainingSession>(new TrainingSession(std::move(parts)));
}

Result<trainer::TrainReport> TrainingSession::train(const trainer::TrainOptions& options) {
  Result<trainer::TrainReport> report;
  parts_->function(options, make_observer(options.task), parts_->stop.token(), report);
  return report;
}

}  // namespace geod
