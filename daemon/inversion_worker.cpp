#include "daemon/inversion_worker.hpp"

#include <algorithm>
#include <utility>

#include <poll.h>
#include <sys/resource.h>

#include "daemon/image_requests.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kIdleBeat = 250ms;
/// How often it is looked whether live data still wait.
constexpr auto kYieldBeat = 20ms;
/// As `nice -n 10`: after picking and after fibres.
constexpr int kNiceness = 10;

}  // namespace

InversionWorker::InversionWorker(const config::Config& config, Links links)
    : max_batch_(config.models.max_image_batch),
      max_requests_(config.fibres.request_count),
      orders_(links.orders),
      wake_(links.wake),
      order_was_done_(std::move(links.order_was_done)),
      live_data_wait_(std::move(links.live_data_wait)),
      stats_(links.stats) {}

Result<void> InversionWorker::run(std::stop_token stop) {
  // Of this thread alone on Linux. Where the sandbox forbids it, all threads are equal.
  ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + kNiceness);
  const std::stop_callback wake_on_stop(stop, [this] { wake_.wake(); });
  while (!stop.stop_requested()) {
    wait();
    follow_orders();
    take_requests();
    if (!jobs_.empty()) {
      if (auto scored = score_batch(); !scored) {
        return scored;
      }
    }
    stats_.invert_beats.fetch_add(1, std::memory_order_relaxed);
  }
  const Error stops{Errc::kCancelled, "geod stops"};
  for (const Job& job : jobs_) {
    refuse(job.client, stops);
  }
  for (const Request& request : requests_.take()) {
    refuse(request.client, stops);
  }
  return {};
}

void InversionWorker::wait() const {
  const auto timeout = jobs_.empty() ? kIdleBeat : live_data_wait_() ? kYieldBeat : 0ms;
  pollfd wanted{wake_.fd(), POLLIN, 0};
  ::poll(&wanted, 1, static_cast<int>(timeout.count()));
  wake_.clear();
}

/// Called between two batches only.
void InversionWorker::follow_orders() {
  if (!orders_.has_mail()) {
    return;
  }
  for (NetworkOrder<Host>& order : orders_.take()) {
    const auto start = SteadyClock::now();
    NetworkTakenUp done;
    done.number = order.number;
    if (order.engine != nullptr && order.network != nullptr) {
      done.before = order.engine->replace(std::move(order.network));
    }
    set_engine(order.engine);
    done.at = SteadyClock::now();
    done.pause = done.at - start;
    order_was_done_(std::move(done));
  }
}

void InversionWorker::set_engine(Host* engine) {
  engine_ = engine;
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    if (auto served = check(job->request); !served) {
      refuse(job->client, served.error());
      job = jobs_.erase(job);
    } else {
      job->maps = {};
      ++job;
    }
  }
}

Result<void> InversionWorker::check(const InversionRequest& request) const {
  if (engine_ == nullptr) {
    return fail(Errc::kNotFound,
                "no network serves fwi: see the log for why models.inverter could not be opened");
  }
  const bool is_shipped = engine_->adapter_hash().empty();
  const std::string serving = engine_->manifest().model_id();
  if (!request.bundle.empty() && (is_shipped || serving != request.bundle)) {
    return fail(Errc::kNotFound,
                "{} is not active for fwi, {} is: geod adapters activate {}",
                request.bundle,
                serving,
                request.bundle);
  }
  return models::check_shots(request.sets.front(), engine_->manifest().inversion);
}

void InversionWorker::take_requests() {
  if (!requests_.has_mail()) {
    return;
  }
  for (Request& request : requests_.take()) {
    if (jobs_.size() >= max_requests_) {
      refuse(request.client,
             {Errc::kUnsupported,
              fmt::format("{} requests wait already (fibres.request_count): ask again later",
                          jobs_.size())});
    } else if (auto served = check(request.request); !served) {
      refuse(request.client, served.error());
    } else {
      jobs_.push_back(
          {std::move(request.request), std::move(request.client), SteadyClock::now(), {}});
    }
  }
}

/// One batch of the oldest request, unless live data wait.
Result<void> InversionWorker::score_batch() {
  Job& job = jobs_.front();
  if (SteadyClock::now() - job.asked > kLongestWait) {
    refuse(job.client,
           {Errc::kCancelled,
            "live data left no time for these shots; ask again later, or `geod invert --alone`"});
    jobs_.pop_front();
    return {};
  }
  if (live_data_wait_()) {
    return {};
  }
  const std::size_t done = job.maps.maps;
  const std::size_t count =
      std::min(job.request.sets.size() - done, tiles_in_time(engine_->info(), max_batch_));
  std::vector<const models::Shots*> batch;
  for (std::size_t n = done; n < done + count; ++n) {
    batch.push_back(&job.request.sets[n]);
  }
  if (auto scored = engine_->invert(batch, batch_); !scored) {
    refuse(job.client, scored.error());
    jobs_.pop_front();
    return scored.error().code == Errc::kDevice ? scored : Result<void>{};
  }
  job.maps.depths = batch_.depths;
  job.maps.offsets = batch_.offsets;
  job.maps.maps += batch_.maps;
  job.maps.m_s.insert(job.maps.m_s.end(), batch_.m_s.begin(), batch_.m_s.end());
  stats_.maps_inverted.fetch_add(count, std::memory_order_relaxed);
  if (job.maps.maps == job.request.sets.size()) {
    answer(job.client, to_message(job.maps, *engine_));
    jobs_.pop_front();
  }
  return {};
}

void InversionWorker::answer(const ControlServer::Client& client, ControlMessage message) {
  replies_.post({client, std::move(message)});
  reply_wake_.wake();
}

void InversionWorker::refuse(const ControlServer::Client& client, const Error& why) {
  stats_.inversions_refused.fetch_add(1, std::memory_order_relaxed);
  answer(client, to_message(why));
}

void InversionWorker::post(InversionRequest request, ControlServer::Client client) {
  requests_.post({std::move(request), std::move(client)});
  wake_.wake();
}

std::vector<InversionWorker::Reply> InversionWorker::take_replies() {
  reply_wake_.clear();
  return replies_.take();
}

}  // namespace geod
