#include "daemon/adapter_loader.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/log.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kIdleBeat = 250ms;
/// As `nice -n 5`: what is loaded does not take the processor from what scores.
constexpr int kNiceness = 5;

}  // namespace

AdapterLoader::AdapterLoader(AdapterService& service,
                             adapters::AdapterWatcher watcher,
                             WakeFd& wake)
    : service_(service), watcher_(std::move(watcher)), wake_(wake) {}

Result<void> AdapterLoader::run(std::stop_token stop) {
  // Of this thread alone on Linux. Where the sandbox forbids it, all threads are equal.
  ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + kNiceness);
  const std::stop_callback wake_on_stop(stop, [this] { wake_.wake(); });
  while (!stop.stop_requested()) {
    carry_out_requests();
    if (!changes_.empty()) {
      service_.on_change(changes_.front());
      changes_.erase(changes_.begin());
    } else {
      wait();
      look_at_folder();
    }
  }
  return {};
}

void AdapterLoader::wait() {
  if (requests_.has_mail()) {
    return;
  }
  auto until = SteadyClock::now() + kIdleBeat;
  if (const auto due = watcher_.due_at()) {
    until = std::min(until, *due);
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
  pollfd wanted[2] = {{wake_.fd(), POLLIN, 0}, {watches_ ? watcher_.fd() : -1, POLLIN, 0}};
  ::poll(wanted, 2, static_cast<int>(std::max<std::int64_t>(0, left.count())));
  wake_.clear();
}

void AdapterLoader::carry_out_requests() {
  for (Request& request : requests_.take()) {
    replies_.post({std::move(request.client), service_.carry_out(request.request)});
    reply_wake_.wake();
  }
}

void AdapterLoader::look_at_folder() {
  if (!watches_) {
    return;
  }
  auto changes = watcher_.changes(SteadyClock::now());
  if (!changes) {
    watches_ = false;
    spdlog::error("msg=\"the folder of adapters is watched no more\" reason=\"{}\"",
                  changes.error().what);
    return;
  }
  changes_ = std::move(*changes);
}

void AdapterLoader::post(Request request) {
  requests_.post(std::move(request));
  wake_.wake();
}

std::vector<AdapterLoader::Reply> AdapterLoader::take_replies() {
  reply_wake_.clear();
  return replies_.take();
}

}  // namespace geod
