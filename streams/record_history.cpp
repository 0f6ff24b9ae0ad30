#include "streams/record_history.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace geod::streams {
namespace {

/// Mixes one word into the state (multiply and rotate, after the finaliser family of MurmurHash).
std::uint64_t mixed(std::uint64_t state, std::uint64_t word) {
  return std::rotl((state ^ word) * 0x9E3779B97F4A7C15ULL, 29) * 0xBF58476D1CE4E5B9ULL;
}

template <class T>
std::uint64_t mix_samples(std::uint64_t state, const std::vector<T>& samples) {
  const std::size_t bytes = samples.size() * sizeof(T);
  const std::size_t words = bytes / sizeof(std::uint64_t);
  const auto* data = reinterpret_cast<const char*>(samples.data());
  for (std::size_t i = 0; i < words; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, data + i * sizeof(word), sizeof(word));
    state = mixed(state, word);
  }
  if (const std::size_t rest = bytes % sizeof(std::uint64_t); rest > 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, data + words * sizeof(word), rest);
    state = mixed(state, word);
  }
  return state;
}

}  // namespace

std::uint64_t fingerprint(const Record& record) {
  std::uint64_t state = mixed(0, static_cast<std::uint64_t>(to_ns(record.header.start)));
  state = mixed(state, size_of(record.samples));
  state = mixed(state, record.samples.index());
  return std::visit([&](const auto& samples) { return mix_samples(state, samples); },
                    record.samples);
}

std::vector<double> to_double(const Samples& samples) {
  return std::visit(
      [](const auto& typed) { return std::vector<double>(typed.begin(), typed.end()); }, samples);
}

std::size_t size_of(const Samples& samples) {
  return std::visit([](const auto& typed) { return typed.size(); }, samples);
}

void RecordHistory::remember(std::uint64_t fingerprint) {
  if (fingerprints_.size() < kFingerprints) {
    fingerprints_.push_back(fingerprint);
    return;
  }
  fingerprints_[oldest_] = fingerprint;
  oldest_ = (oldest_ + 1) % kFingerprints;
}

bool RecordHistory::contains(std::uint64_t fingerprint) const {
  return std::find(fingerprints_.begin(), fingerprints_.end(), fingerprint) != fingerprints_.end();
}

void RecordHistory::append(std::span<const double> samples) {
  if (samples.size() > kSamples) {
    samples = samples.last(kSamples);
  }
  samples_.insert(samples_.end(), samples.begin(), samples.end());
  if (samples_.size() > 2 * kSamples) {
    samples_.erase(samples_.begin(), samples_.end() - static_cast<std::ptrdiff_t>(kSamples));
  }
}

RecordHistory::Match RecordHistory::compare(std::span<const double> samples,
                                            std::int64_t back) const {
  const auto size = static_cast<std::int64_t>(samples_.size());
  bool all_known = true;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::int64_t at = size - back + static_cast<std::int64_t>(i);
    if (at >= size) {
      break;
    }
    if (at < 0 || std::isnan(samples_[static_cast<std::size_t>(at)])) {
      all_known = false;
    } else if (samples_[static_cast<std::size_t>(at)] != samples[i]) {
      return Match::kDifferent;
    }
  }
  return all_known ? Match::kSame : Match::kUnknown;
}

void RecordHistory::forget_all() {
  fingerprints_.clear();
  oldest_ = 0;
  samples_.clear();
}

}  // namespace geod::streams
