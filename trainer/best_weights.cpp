#include "trainer/best_weights.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace geod::trainer {

BestWeights::BestWeights(std::filesystem::path directory, int limit)
    : directory_(std::move(directory)), limit_(static_cast<std::size_t>(limit)) {
  GEOD_CHECK(limit > 0, "the best weights are always kept");
}

Result<bool> BestWeights::offer(
    KeptWeights offered, const std::function<Result<void>(const std::filesystem::path&)>& save) {
  if (std::isnan(offered.metric)) {
    offered.metric = std::numeric_limits<double>::infinity();
  }
  const auto place = std::ranges::upper_bound(kept_, offered.metric, {}, &KeptWeights::metric);
  const auto rank = static_cast<std::size_t>(place - kept_.begin());
  if (rank >= limit_) {
    return false;
  }
  if (auto saved = save(file_of(offered)); !saved) {
    return tl::unexpected(saved.error());
  }
  kept_.insert(place, offered);
  if (kept_.size() > limit_) {
    std::error_code error;  // a file that stays only takes room
    std::filesystem::remove(file_of(kept_.back()), error);
    kept_.pop_back();
  }
  return rank == 0;
}

std::filesystem::path BestWeights::file_of(const KeptWeights& kept) const {
  return directory_ / fmt::format("best-{}.safetensors", kept.step);
}

}  // namespace geod::trainer
