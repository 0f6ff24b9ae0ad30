#include "daemon/unseen_spans.hpp"

#include <utility>

namespace geod {

std::optional<FibreGap> UnseenSpans::note(const DasBlock& block, const std::string& why) {
  const std::string& fibre_id = block.geometry->fibre_id;
  const Duration half_period = block.geometry->rate.period() / 2;
  if (const auto found = spans_.find(fibre_id); found != spans_.end()) {
    FibreGap& span = found->second;
    if (span.detail == why && block.start >= span.to - half_period &&
        block.start <= span.to + half_period) {
      span.to = block.end();
      return std::nullopt;
    }
  }
  std::optional<FibreGap> before = take(fibre_id);
  spans_.emplace(fibre_id,
                 FibreGap{fibre_id, FibreGap::Kind::kShed, block.start, block.end(), why});
  return before;
}

std::optional<FibreGap> UnseenSpans::take(const std::string& fibre_id) {
  auto found = spans_.extract(fibre_id);
  return found.empty() ? std::nullopt : std::optional(std::move(found.mapped()));
}

std::vector<FibreGap> UnseenSpans::take_all() {
  std::vector<FibreGap> all;
  for (auto& [fibre_id, span] : spans_) {
    all.push_back(std::move(span));
  }
  spans_.clear();
  return all;
}

}  // namespace geod
