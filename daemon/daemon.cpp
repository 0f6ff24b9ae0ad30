#include "daemon/daemon.hpp"

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <optional>
#include <utility>

#include "core/log.hpp"
#include "daemon/control.hpp"
#include "daemon/daemon_parts.hpp"
#include "daemon/sd_notify.hpp"
#include "daemon/signals.hpp"
#include "daemon/status_json.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kSupervisorTick = 200ms;

WhenFull policy_of(config::Overload overload) {
  return overload == config::Overload::kBlock ? WhenFull::kBlock : WhenFull::kDropOldest;
}

}  // namespace

Daemon::Daemon(config::Config config)
    : config_(std::move(config)),
      window_queue_(config_.daemon.window_queue_bytes, policy_of(config_.daemon.overload)),
      pick_queue_(config_.daemon.pick_queue_items, WhenFull::kBlock) {}

Daemon::~Daemon() = default;

