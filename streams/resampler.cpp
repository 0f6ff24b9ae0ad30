#include "streams/resampler.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace geod::streams {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr double kSameRate = 1e-4;
/// Used samples are cut off the front when there are this many.
constexpr std::int64_t kForgetAt = 4096;

}  // namespace

bool Resampler::supports(SampleRate input, SampleRate output) {
  const double ratio = input.hz() / output.hz();
  return ratio >= kSlowestRatio && ratio <= kFastestRatio;
}

void Resampler::push(const TracePiece& piece, std::vector<GridRun>& out) {
  if (piece.samples.empty()) {
    return;
  }
  if (piece.begins_segment || !active_) {
    finish(out);
    begin_segment(piece);
  }
  const std::int64_t index = base_ + static_cast<std::int64_t>(samples_.size());
  anchors_.push_back({index, piece.start, piece.rate, grid_.ceil_index(piece.start)});
  samples_.insert(samples_.end(), piece.samples.begin(), piece.samples.end());
  if (anchors_.size() == 1) {
    set_position();
  }
  produce(false, out);
}

void Resampler::finish(std::vector<GridRun>& out) {
  if (active_) {
    produce(true, out);
  }
  active_ = false;
  samples_.clear();
  anchors_.clear();
}

void Resampler::begin_segment(const TracePiece& piece) {
  const double ratio = piece.rate.hz() / grid_.rate().hz();
  same_rate_ = std::abs(ratio - 1.0) <= kSameRate;
  filter_ = filters_->get(piece.rate, grid_.rate());
  const Duration slack{piece.rate.period().count() / 100};
  const std::int64_t first = grid_.ceil_index(piece.start - slack);
  next_k_ = piece.moved_back ? first : std::max(first, next_k_);
  base_ = 0;
  active_ = true;
}

/// next_k_ in samples after the front anchor; the exact time of point k is k * D / N seconds.
void Resampler::set_position() {
  const Anchor& anchor = anchors_.front();
  const Int128 n_out = grid_.rate().numerator();
  const Int128 d_out = static_cast<Int128>(grid_.rate().denominator()) * kNsPerSecond;
  const Int128 n_in = anchor.rate.numerator();
  const Int128 elapsed = next_k_ * d_out - to_ns(anchor.time) * n_out;  // in ns / n_out
  divisor_ = n_out * anchor.rate.denominator() * kNsPerSecond;
  const Int128 scaled = elapsed * n_in;
  Int128 whole = scaled / divisor_;
  rest_ = scaled - whole * divisor_;
  if (rest_ < 0) {
    rest_ += divisor_;
    --whole;
  }
  whole_ = static_cast<std::int64_t>(whole);
  const Int128 step = d_out * n_in;
  step_whole_ = static_cast<std::int64_t>(step / divisor_);
  step_rest_ = step - step_whole_ * divisor_;
}

void Resampler::step_position() {
  ++next_k_;
  if (anchors_.size() > 1 && next_k_ >= anchors_[1].first_k) {
    while (anchors_.size() > 1 && next_k_ >= anchors_[1].first_k) {
      anchors_.pop_front();
    }
    set_position();
    return;
  }
  whole_ += step_whole_;
  rest_ += step_rest_;
  if (rest_ >= divisor_) {
    rest_ -= divisor_;
    ++whole_;
  }
}

/// The position is within 1 / kOnGridFraction of a sample.
bool Resampler::is_on_sample() const {
  return std::min(rest_, divisor_ - rest_) * kOnGridFraction <= divisor_;
}

void Resampler::produce(bool at_end, std::vector<GridRun>& out) {
  if (anchors_.size() > 1 && next_k_ >= anchors_[1].first_k) {
    while (anchors_.size() > 1 && next_k_ >= anchors_[1].first_k) {
      anchors_.pop_front();
    }
    set_position();
  }
  GridRun run;
  run.first = next_k_;
  while (copy_on_grid(run) || produce_one(at_end, run)) {
  }
  if (!run.samples.empty()) {
    out.push_back(std::move(run));
  }
  forget_used();
}

bool Resampler::copy_on_grid(GridRun& run) {
  const bool never_slips = step_whole_ == 1 && step_rest_ == 0;
  if (!same_rate_ || !never_slips || !is_on_sample()) {
    return false;
  }
  const std::int64_t begin =
      anchors_.front().index + whole_ + (rest_ * 2 > divisor_ ? 1 : 0) - base_;
  std::int64_t count = static_cast<std::int64_t>(samples_.size()) - begin;
  if (anchors_.size() > 1) {
    count = std::min(count, anchors_[1].first_k - next_k_);
  }
  if (begin < 0 || count <= 1) {
    return false;  // one by one near the ends
  }
  const auto from = samples_.begin() + begin;
  run.samples.insert(run.samples.end(), from, from + (count - 1));
  next_k_ += count - 1;
  whole_ += count - 1;
  // The last one by stepping: it may be the next anchor's turn after it.
  return produce_one(false, run);
}

bool Resampler::produce_one(bool at_end, GridRun& run) {
  const std::int64_t last = base_ + static_cast<std::int64_t>(samples_.size()) - 1;
  const std::int64_t whole = anchors_.front().index + whole_;
  if (whole > last || (whole == last && rest_ * kOnGridFraction > divisor_)) {
    return false;  // after the last sample: whose anchor it is, the next record says
  }
  if (same_rate_ && is_on_sample()) {
    const std::int64_t nearest = whole + (rest_ * 2 > divisor_ ? 1 : 0);
    run.samples.push_back(samples_[static_cast<std::size_t>(nearest - base_)]);
  } else {
    if (whole + filter_->half() > last && !at_end) {
      return false;
    }
    const double fraction = static_cast<double>(rest_) / static_cast<double>(divisor_);
    run.samples.push_back(filtered(whole, fraction));
  }
  step_position();
  return true;
}

double Resampler::filtered(std::int64_t whole, double fraction) const {
  const std::int64_t half = filter_->half();
  const std::int64_t begin = whole - half + 1 - base_;
  const auto size = static_cast<std::int64_t>(samples_.size());
  const auto width = static_cast<std::size_t>(2 * half);
  if (begin >= 0 && begin + 2 * half <= size) {
    return filter_->at(std::span(samples_).subspan(static_cast<std::size_t>(begin), width),
                       fraction);
  }
  std::vector<double> held(width);
  for (std::size_t j = 0; j < width; ++j) {
    const std::int64_t at =
        std::clamp<std::int64_t>(begin + static_cast<std::int64_t>(j), 0, size - 1);
    held[j] = samples_[static_cast<std::size_t>(at)];
  }
  return filter_->at(held, fraction);
}

void Resampler::forget_used() {
  const std::int64_t used = anchors_.front().index + whole_ - filter_->half() - base_;
  if (used >= std::max<std::int64_t>(kForgetAt, static_cast<std::int64_t>(samples_.size()) / 2)) {
    samples_.erase(samples_.begin(), samples_.begin() + used);
    base_ += used;
  }
}

}  // namespace geod::streams
