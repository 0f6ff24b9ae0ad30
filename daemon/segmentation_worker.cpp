#include "daemon/segmentation_worker.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <sys/resource.h>

#include "daemon/bundles.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kIdleBeat = 250ms;
constexpr auto kStatusInterval = 1s;
/// As `nice -n 5`: fibres do not take the processor from picking.
constexpr int kNiceness = 5;
constexpr const char* kStopped = "geod stopped before it was looked at";

}  // namespace

SegmentationWorker::SegmentationWorker(std::string base_id,
                                       const config::Config& config,
                                       Links links)
    : base_id_(std::move(base_id)),
      config_(config),
      queue_(links.fibres),
      rows_(links.rows),
      orders_(links.orders),
      order_was_done_(std::move(links.order_was_done)),
      stats_(links.stats),
      images_(
          config.fibres,
          config.models.max_image_batch,
          [this](const ControlServer::Client& client, ControlMessage message) {
            replies_.post({client, std::move(message)});
            reply_wake_.wake();
          },
          stats_),
      give_up_at_ns_(std::numeric_limits<std::int64_t>::max()) {}

Result<void> SegmentationWorker::run() {
  // Of this thread alone on Linux. Where the sandbox forbids it, all threads are equal.
  ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + kNiceness);
  while (!queue_.is_drained()) {
    const auto now = SteadyClock::now();
    auto wait_until = now + kIdleBeat;
    if (images_.has_work()) {
      wait_until = now;
    } else if (!waiting_.empty()) {
      wait_until = std::min(wait_until, waiting_.front().since + config_.models.max_batch_delay);
    }
    auto item = queue_.pop_until(wait_until);
    const bool nothing_to_read = !item;
    follow_orders();
    take_requests();
    if (item) {
      if (auto taken = take(std::move(*item)); !taken) {
        return taken;
      }
    }
    // A fibre goes before an image, also where its batch is not full.
    if (auto scored = score_due(nothing_to_read && images_.has_work()); !scored) {
      return scored;
    }
    if (nothing_to_read && images_.has_work()) {
      if (auto scored = images_.score_batch(SteadyClock::now()); !scored) {
        return scored;
      }
    }
    stats_.segment_beats.fetch_add(1, std::memory_order_relaxed);
    publish_status(false);
  }
  return finish();
}

/// Nothing more will come.
Result<void> SegmentationWorker::finish() {
  for (auto& [fibre_id, fibre] : fibres_) {
    fibre.end(work_);
    give_work(fibre);
  }
  if (auto scored = score_due(true); !scored) {
    return scored;
  }
  for (auto& [fibre_id, fibre] : fibres_) {
    fibre.finish(output_);
  }
  give_output();
  for (FibreGap& gap : unseen_.take_all()) {
    rows_.push(std::move(gap));
  }
  take_requests();
  images_.refuse_all({Errc::kCancelled, "geod stops"});
  publish_status(true);
  return {};
}

/// Called between two batches only.
void SegmentationWorker::follow_orders() {
  if (!orders_.has_mail()) {
    return;
  }
  for (NetworkOrder<Host>& order : orders_.take()) {
    const auto start = SteadyClock::now();
    NetworkTakenUp done;
    done.number = order.number;
    done.before = follow(std::move(order));
    done.at = SteadyClock::now();
    done.pause = done.at - start;
    order_was_done_(std::move(done));
  }
}

/// Returns what served before, where that was replaced.
std::unique_ptr<models::PreparedNetwork> SegmentationWorker::follow(NetworkOrder<Host> order) {
  std::unique_ptr<models::PreparedNetwork> before;
  if (order.engine != nullptr && order.network != nullptr) {
    before = order.engine->replace(std::move(order.network));
  }
  Host* const engine = is_wanted(config_.models, order.task) ? order.engine : nullptr;
  images_.set_active(order.task, engine);
  if (order.task != models::Task::kDas) {
    return before;
  }
  das_ = engine;
  if (das_ == nullptr) {
    return before;
  }
  batch_limit_ = tiles_in_time(das_->info(), config_.models.max_image_batch);
  for (auto& [fibre_id, fibre] : fibres_) {
    if (auto changed = fibre.change_network(das_->manifest(), ids()); !changed) {
      spdlog::error(
          "msg=\"a fibre goes on with the classes of the network before\" fibre={} "
          "reason=\"{}\"",
          fibre_id,
          changed.error().what);
    }
  }
  for (FibreGap& gap : unseen_.take_all()) {
    rows_.push(std::move(gap));
  }
  return before;
}

models::FibreDecoderSettings SegmentationWorker::ids() const {
  models::FibreDecoderSettings settings;
  settings.model_id = base_id_;
  settings.model_hash = das_->manifest().weights_sha256;
  settings.adapter_hash = das_->adapter_hash();
  settings.adapter_id = settings.adapter_hash.empty() ? "" : das_->manifest().model_id();
  return settings;
}

void SegmentationWorker::take_requests() {
  if (!requests_.has_mail()) {
    return;
  }
  for (Request& request : requests_.take()) {
    images_.take(std::move(request.request), std::move(request.client), SteadyClock::now());
  }
}

Result<void> SegmentationWorker::take(FibreItem item) {
  if (auto* block = std::get_if<DasBlock>(&item)) {
    take_block(std::move(*block));
  } else if (const auto* end = std::get_if<FibreEnd>(&item)) {
    return take_end(*end);
  } else if (const auto* metadata = std::get_if<streams::FibreMetadata>(&item)) {
    places_.take(*metadata);
  } else {
    take_gap(std::move(std::get<FibreGap>(item)));
  }
  return {};
}

void SegmentationWorker::take_block(DasBlock block) {
  const std::string& fibre_id = block.geometry->fibre_id;
  if (!config_.fibres.of(fibre_id).enabled) {
    stats_.fibre_blocks_ignored.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (auto moved = places_.change_at(fibre_id, block.start)) {
    rows_.push(std::move(*moved));
  }
  if (has_given_up()) {
    note_unseen(block, kStopped);
    return;
  }
  FibrePipeline* const fibre = pipeline_of(fibre_id);
  if (fibre == nullptr) {
    note_unseen(block, "no network serves das on this fibre");
    return;
  }
  fibre->push(std::move(block), work_);
  give_work(*fibre);
}

/// What came before is scored first, so that its events are final.
Result<void> SegmentationWorker::take_end(const FibreEnd& end) {
  give_unseen(end.fibre_id);
  const auto found = fibres_.find(end.fibre_id);
  if (found == fibres_.end()) {
    return {};
  }
  found->second.end(work_);
  give_work(found->second);
  if (auto scored = score_due(true); !scored) {
    return scored;
  }
  found->second.finish(output_);
  give_output();
  return {};
}

void SegmentationWorker::take_gap(FibreGap gap) {
  if (!config_.fibres.of(gap.fibre_id).enabled) {
    return;
  }
  give_unseen(gap.fibre_id);
  if (const auto found = fibres_.find(gap.fibre_id); found != fibres_.end()) {
    found->second.note(gap);
  }
  rows_.push(std::move(gap));
}

/// Null when the fibre cannot be looked at.
FibrePipeline* SegmentationWorker::pipeline_of(const std::string& fibre_id) {
  if (const auto found = fibres_.find(fibre_id); found != fibres_.end()) {
    return &found->second;
  }
  if (das_ == nullptr) {
    return nullptr;
  }
  auto made = FibrePipeline::make(
      fibre_id, config_.fibres.of(fibre_id), das_->manifest(), ids(), config_.fibres.queue_bytes);
  if (!made) {
    if (log_limit_.allow(fibre_id, SteadyClock::now())) {
      spdlog::error(
          "msg=\"a fibre is not looked at\" fibre={} reason=\"{}\"", fibre_id, made.error().what);
    }
    return nullptr;
  }
  return &fibres_.emplace(fibre_id, std::move(*made)).first->second;
}

void SegmentationWorker::note_unseen(const DasBlock& block, const char* why) {
  stats_.fibre_blocks_unseen.fetch_add(1, std::memory_order_relaxed);
  if (auto before = unseen_.note(block, why)) {
    rows_.push(std::move(*before));
  }
}

void SegmentationWorker::give_unseen(const std::string& fibre_id) {
  if (auto gap = unseen_.take(fibre_id)) {
    rows_.push(std::move(*gap));
  }
}

/// Geometries first: the rows they explain come after.
void SegmentationWorker::give_work(FibrePipeline& fibre) {
  for (FibreGeometryChange& change : work_.geometries) {
    rows_.push(std::move(change));
  }
  for (FibreGap& gap : work_.gaps) {
    rows_.push(std::move(gap));
  }
  const auto now = SteadyClock::now();
  for (FibreTile& tile : work_.tiles) {
    WaitingTile waiting{&fibre, std::move(tile), {}, now};
    waiting.input = {
        waiting.tile.rows, waiting.tile.columns, std::exchange(waiting.tile.values, {})};
    waiting_.push_back(std::move(waiting));
  }
  work_.clear();
}

bool SegmentationWorker::is_due(SteadyTime now) const {
  return !waiting_.empty() && (waiting_.size() >= batch_limit_ || has_given_up() ||
                               now >= waiting_.front().since + config_.models.max_batch_delay);
}

Result<void> SegmentationWorker::score_due(bool all) {
  while (all ? !waiting_.empty() : is_due(SteadyClock::now())) {
    if (has_given_up()) {
      shed_waiting_tiles();
      return {};
    }
    if (auto scored = score_batch(); !scored) {
      return scored;
    }
    follow_orders();
  }
  return {};
}

Result<void> SegmentationWorker::score_batch() {
  const std::size_t count = std::min(batch_limit_, waiting_.size());
  pointers_.clear();
  for (std::size_t n = 0; n < count; ++n) {
    pointers_.push_back(&waiting_[n].input);
  }
  const auto start = SteadyClock::now();
  if (auto scored = das_->segment(pointers_, batch_); !scored) {
    return scored;
  }
  const auto done = SteadyClock::now();
  stats_.tile_scoring_ns.fetch_add(static_cast<std::uint64_t>((done - start).count()),
                                   std::memory_order_relaxed);
  stats_.tile_batches.fetch_add(1, std::memory_order_relaxed);
  stats_.tile_batch_time.add(done - start);
  for (std::size_t n = 0; n < count; ++n) {
    WaitingTile& waiting = waiting_[n];
    waiting.tile.values = std::move(waiting.input.values);
    waiting.fibre->score(waiting.tile, batch_, n, output_);
    stats_.tile_latency.add(done - waiting.tile.arrived_at);
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  stats_.tiles_scored.fetch_add(count, std::memory_order_relaxed);
  stats_.segment_beats.fetch_add(1, std::memory_order_relaxed);
  give_output();
  return {};
}

void SegmentationWorker::give_output() {
  for (FibreCompleteness& part : output_.completeness) {
    rows_.push(std::move(part));
  }
  for (FibreDetection& detection : output_.detections) {
    stats_.detections_made.fetch_add(1, std::memory_order_relaxed);
    rows_.push(std::move(detection));
  }
  output_.completeness.clear();
  output_.detections.clear();
}

bool SegmentationWorker::has_given_up() const {
  return SteadyClock::now().time_since_epoch().count() >=
         give_up_at_ns_.load(std::memory_order_relaxed);
}

/// One gap a fibre over the rows of its tiles.
void SegmentationWorker::shed_waiting_tiles() {
  std::map<std::string, FibreGap> gaps;
  for (const WaitingTile& waiting : waiting_) {
    const FibreGrid& grid = *waiting.tile.grid;
    const Time from{grid.rate.span_of(waiting.tile.first_row + waiting.tile.data_rows.begin)};
    const Time to{grid.rate.span_of(waiting.tile.first_row + waiting.tile.data_rows.end)};
    FibreGap& gap = gaps.try_emplace(grid.fibre_id,
                                     FibreGap{grid.fibre_id,
                                              FibreGap::Kind::kShed,
                                              from,
                                              to,
                                              "geod stopped before it was looked at"})
                        .first->second;
    gap.from = std::min(gap.from, from);
    gap.to = std::max(gap.to, to);
  }
  for (auto& [fibre_id, gap] : gaps) {
    rows_.push(std::move(gap));
  }
  waiting_.clear();
}

void SegmentationWorker::post(SegmentRequest request, ControlServer::Client client) {
  requests_.post({std::move(request), std::move(client)});
  queue_.wake();
}

std::vector<SegmentationWorker::Reply> SegmentationWorker::take_replies() {
  reply_wake_.clear();
  return replies_.take();
}

void SegmentationWorker::publish_status(bool now) {
  const auto time = SteadyClock::now();
  if (!now && time < next_status_) {
    return;
  }
  next_status_ = time + kStatusInterval;
  std::vector<FibreStatus> all;
  for (const auto& [fibre_id, fibre] : fibres_) {
    all.push_back(fibre.status());
  }
  stats_.set_fibres_json(fibres_to_json(all));
}

}  // namespace geod
