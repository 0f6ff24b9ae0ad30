#include "daemon/fibre_queue.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace geod {
namespace {

/// An item without samples, or what holds a block's.
constexpr std::size_t kItemBytes = 256;
/// Shed spans of all fibres that are told apart; with more, those of a fibre become one, and what
/// never came between them counts as shed.
constexpr std::size_t kMaxShedSpans = 1024;

/// Blocks of one fibre, by their places in the queue.
struct Backlog {
  std::vector<std::size_t> places;
  std::size_t shed = 0;   ///< of `places`, from the front
  std::size_t bytes = 0;  ///< of those that stay
};

FibreGap gap_of(const DasBlock& block) {
  return {block.geometry->fibre_id, FibreGap::Kind::kShed, block.start, block.end(), "queue full"};
}

/// Marks what goes, the heaviest fibre's oldest first, until `weight` fits into `target`.
std::vector<bool> choose(const FibreQueue::Waiting& waiting,
                         std::size_t target,
                         std::size_t weight) {
  std::map<std::string, Backlog> backlogs;
  std::size_t total = weight;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    total += waiting[i].second;
    if (const auto* block = std::get_if<DasBlock>(&waiting[i].first)) {
      Backlog& backlog = backlogs[block->geometry->fibre_id];
      backlog.places.push_back(i);
      backlog.bytes += waiting[i].second;
    }
  }
  std::vector<bool> goes(waiting.size(), false);
  while (total > target && !backlogs.empty()) {
    const auto heaviest =
        std::max_element(backlogs.begin(), backlogs.end(), [](const auto& a, const auto& b) {
          return a.second.bytes < b.second.bytes;
        });
    Backlog& backlog = heaviest->second;
    if (backlog.shed == backlog.places.size()) {
      return goes;  // no block is left
    }
    const std::size_t place = backlog.places[backlog.shed++];
    goes[place] = true;
    backlog.bytes -= waiting[place].second;
    total -= waiting[place].second;
  }
  return goes;
}

/// Puts the queue together again, with gaps in the place of what goes.
class Rebuilder {
 public:
  /// @param merges_all  gaps of a fibre also where they do not touch.
  explicit Rebuilder(bool merges_all) : merges_all_(merges_all) {}

  void keep(FibreItem item, std::size_t weight) {
    if (const auto* gap = std::get_if<FibreGap>(&item);
        gap != nullptr && gap->kind == FibreGap::Kind::kShed) {
      add_shed(*gap, Duration{0});
      return;
    }
    const std::string& fibre_id = fibre_of(item);
    open_.erase(fibre_id);
    if (std::holds_alternative<DasBlock>(item)) {
      metadata_.erase(fibre_id);
    } else if (std::holds_alternative<streams::FibreMetadata>(item)) {
      const auto [before, is_first] = metadata_.try_emplace(fibre_id, out_.size());
      if (!is_first) {
        out_[before->second] = {std::move(item), weight};
        return;
      }
    }
    out_.emplace_back(std::move(item), weight);
  }
  void shed(const DasBlock& block) { add_shed(gap_of(block), block.geometry->rate.period() / 2); }

  std::size_t spans() const { return spans_; }
  FibreQueue::Waiting take() { return std::move(out_); }

 private:
  static const std::string& fibre_of(const FibreItem& item) {
    if (const auto* block = std::get_if<DasBlock>(&item)) {
      return block->geometry->fibre_id;
    }
    if (const auto* metadata = std::get_if<streams::FibreMetadata>(&item)) {
      return metadata->fibre_id;
    }
    const auto* end = std::get_if<FibreEnd>(&item);
    return end != nullptr ? end->fibre_id : std::get<FibreGap>(item).fibre_id;
  }

  void add_shed(FibreGap gap, Duration tolerance) {
    if (const auto open = open_.find(gap.fibre_id); open != open_.end()) {
      auto& before = std::get<FibreGap>(out_[open->second].first);
      const bool touches = gap.from <= before.to + tolerance && gap.from >= before.to - tolerance;
      if (merges_all_ || touches) {
        before.from = std::min(before.from, gap.from);
        before.to = std::max(before.to, gap.to);
        return;
      }
    }
    ++spans_;
    open_[gap.fibre_id] = out_.size();
    out_.emplace_back(std::move(gap), kItemBytes);
  }

  const bool merges_all_;
  FibreQueue::Waiting out_;
  std::map<std::string, std::size_t> open_;      ///< place of the gap that is a fibre's last item
  std::map<std::string, std::size_t> metadata_;  ///< place of a fibre's that no block follows yet
  std::size_t spans_ = 0;
};

FibreQueue::Waiting rebuild(FibreQueue::Waiting waiting,
                            const std::vector<bool>& goes,
                            bool merges_all,
                            std::size_t& spans) {
  Rebuilder rebuilder(merges_all);
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (goes[i]) {
      rebuilder.shed(std::get<DasBlock>(waiting[i].first));
    } else {
      rebuilder.keep(std::move(waiting[i].first), waiting[i].second);
    }
  }
  spans = rebuilder.spans();
  return rebuilder.take();
}

}  // namespace

std::size_t queue_bytes(const FibreItem& item) {
  if (const auto* metadata = std::get_if<streams::FibreMetadata>(&item)) {
    return kItemBytes + metadata->json.size();
  }
  const auto* block = std::get_if<DasBlock>(&item);
  return kItemBytes + (block == nullptr ? 0 : block->bytes());
}

void shed_blocks(FibreQueue::Waiting& waiting,
                 std::size_t limit,
                 std::size_t weight,
                 std::atomic<std::uint64_t>& blocks_shed) {
  const std::vector<bool> goes = choose(waiting, limit / 2, weight);
  blocks_shed.fetch_add(static_cast<std::uint64_t>(std::count(goes.begin(), goes.end(), true)),
                        std::memory_order_relaxed);
  std::size_t spans = 0;
  waiting = rebuild(std::move(waiting), goes, false, spans);
  if (spans > kMaxShedSpans) {
    waiting = rebuild(std::move(waiting), std::vector<bool>(waiting.size(), false), true, spans);
  }
}

}  // namespace geod
