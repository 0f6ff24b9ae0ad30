#include "daemon/image_requests.hpp"

#include <algorithm>
#include <utility>

#include "config/quantity.hpp"

namespace geod {

namespace {

constexpr double kLongestBatch_s = 2.0;

}  // namespace

std::size_t tiles_in_time(const models::EngineInfo& info, std::size_t configured) {
  const auto in_time = static_cast<std::size_t>(info.windows_per_s * kLongestBatch_s);
  return info.windows_per_s > 0.0 ? std::clamp<std::size_t>(in_time, 1, configured) : configured;
}

ImageRequests::ImageRequests(const config::FibresConfig& config,
                             std::size_t max_batch,
                             Answer answer,
                             DaemonStats& stats)
    : config_(config), max_batch_(max_batch), answer_(std::move(answer)), stats_(stats) {}

void ImageRequests::set_active(models::Task task, models::SegmentationEngine* engine) {
  engines_[task] = engine;
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    if (job->task != task) {
      ++job;
      continue;
    }
    const auto found = engine_for(task, job->bundle);
    if (!found) {
      refuse(job->client, found.error());
      job = jobs_.erase(job);
    } else {
      job->pass.restart((*found)->manifest().segmenter);
      ++job;
    }
  }
}

Result<models::SegmentationEngine*> ImageRequests::engine_for(models::Task task,
                                                              const std::string& bundle) const {
  const auto found = engines_.find(task);
  if (found == engines_.end() || found->second == nullptr) {
    return fail(Errc::kNotFound,
                "no network serves {}: install and activate a bundle for it (geod adapters), and "
                "see that models.image_tasks names it",
                models::to_string(task));
  }
  const models::SegmentationEngine& engine = *found->second;
  const bool is_shipped = engine.adapter_hash().empty();
  if (!bundle.empty() && (is_shipped || engine.manifest().model_id() != bundle)) {
    return fail(Errc::kNotFound,
                "{} is not active for {}, {} is: geod adapters activate {}",
                bundle,
                models::to_string(task),
                is_shipped ? "what geod ships" : engine.manifest().model_id(),
                bundle);
  }
  return found->second;
}

/// Image and answer together are held in memory.
Result<void> ImageRequests::check_size(const models::Tile& image,
                                       const models::Manifest& manifest) const {
  const auto area =
      static_cast<std::uint64_t>(image.rows) * static_cast<std::uint64_t>(image.columns);
  const std::uint64_t bytes =
      area * sizeof(float) * static_cast<std::uint64_t>(manifest.segmenter.classes);
  if (bytes > config_.request_bytes) {
    return fail(Errc::kUnsupported,
                "the answer to {} x {} pixels with {} classes takes {}, fibres.request_bytes "
                "allows {}: cut the image, or raise it",
                image.rows,
                image.columns,
                manifest.segmenter.classes,
                config::format_bytes(bytes),
                config::format_bytes(config_.request_bytes));
  }
  return {};
}

void ImageRequests::take(SegmentRequest request, ControlServer::Client client, SteadyTime now) {
  if (jobs_.size() >= config_.request_count) {
    refuse(client,
           {Errc::kUnsupported,
            fmt::format("{} images wait already (fibres.request_count): ask again later",
                        jobs_.size())});
    return;
  }
  const auto engine = engine_for(request.task, request.bundle);
  if (!engine) {
    refuse(client, engine.error());
    return;
  }
  const models::Manifest& manifest = (*engine)->manifest();
  if (auto fits = check_size(request.image, manifest); !fits) {
    refuse(client, fits.error());
    return;
  }
  jobs_.push_back({std::move(client),
                   request.task,
                   std::move(request.bundle),
                   models::ImagePass(std::move(request.image), manifest.segmenter),
                   now});
}

Result<void> ImageRequests::score_batch(SteadyTime now) {
  while (!jobs_.empty() && now - jobs_.front().asked > kLongestWait) {
    refuse(jobs_.front().client,
           {Errc::kCancelled,
            "live fibres left no time for this image; ask again later, or `geod segment --alone`"});
    jobs_.pop_front();
  }
  if (jobs_.empty()) {
    return {};
  }
  Job& job = jobs_.front();
  models::SegmentationEngine& engine = *engines_.at(job.task);
  const auto start = std::chrono::steady_clock::now();
  const auto tiles = job.pass.next(tiles_in_time(engine.info(), max_batch_));
  if (auto scored = engine.segment(tiles, batch_); !scored) {
    refuse(job.client, scored.error());
    jobs_.pop_front();
    return scored.error().code == Errc::kDevice ? scored : Result<void>{};
  }
  stats_.request_tiles_scored.fetch_add(tiles.size(), std::memory_order_relaxed);
  stats_.request_scoring_ns.fetch_add(
      static_cast<std::uint64_t>((std::chrono::steady_clock::now() - start).count()),
      std::memory_order_relaxed);
  if (auto added = job.pass.add(batch_); !added) {
    refuse(job.client, added.error());
    jobs_.pop_front();
  } else if (job.pass.is_done()) {
    const std::size_t count = job.pass.tiles();
    answer_(job.client, to_message(job.pass.take(), job.task, engine, count));
    stats_.requests_answered.fetch_add(1, std::memory_order_relaxed);
    jobs_.pop_front();
  }
  return {};
}

void ImageRequests::refuse_all(const Error& why) {
  for (const Job& job : jobs_) {
    refuse(job.client, why);
  }
  jobs_.clear();
}

void ImageRequests::refuse(const ControlServer::Client& client, const Error& why) {
  stats_.requests_refused.fetch_add(1, std::memory_order_relaxed);
  answer_(client, to_message(why));
}

}  // namespace geod
