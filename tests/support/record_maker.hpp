#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "streams/record.hpp"

namespace geod::test {

/// 2020-01-01T00:00:00Z, a multiple of every period used in tests.
inline constexpr Time kEpoch = time_from_ns(1'577'836'800LL * 1'000'000'000LL);

inline Time at_s(double seconds) {
  return kEpoch + duration_from_seconds(seconds);
}

inline SampleRate rate_of(std::int64_t numerator, std::int64_t denominator = 1) {
  return *SampleRate::make(numerator, denominator);
}

inline streams::Record make_record(const std::string& station,
                                   const std::string& channel,
                                   Time start,
                                   SampleRate rate,
                                   std::vector<std::int32_t> samples) {
  streams::Record record;
  record.header.source_id = *SourceId::from_seed("XX", station, "", channel);
  record.header.start = start;
  record.header.rate = rate;
  record.header.samples = static_cast<std::uint32_t>(samples.size());
  record.samples = std::move(samples);
  return record;
}

/// Noise in [-1, 1) that depends on nothing but its arguments.
inline double noise_at(std::uint64_t seed, std::int64_t k) {
  std::uint64_t x = seed * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(k);
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  x ^= x >> 31;
  return static_cast<double>(x >> 11) / static_cast<double>(1ULL << 52) - 1.0;
}

/// Counts: noise and, every `every_s` seconds, a burst with a sharp onset and an exponential tail.
inline std::vector<std::int32_t> bursts(
    std::uint64_t seed, std::int64_t first, std::int64_t count, double rate_hz, double every_s) {
  std::vector<std::int32_t> samples(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(first + i) / rate_hz;
    const double since = std::fmod(t, every_s) - every_s / 2.0;
    double value = 100.0 * noise_at(seed, first + i);
    if (since >= 0.0) {
      value += 4000.0 * std::exp(-since / 1.5) * std::sin(40.0 * since + 0.4);
    }
    samples[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(std::lround(value)) + 12'345;
  }
  return samples;
}

/// Cuts `samples`, which begin at `start`, into records of random length within [shortest,
/// longest].
inline std::vector<streams::Record> cut_randomly(const std::string& station,
                                                 const std::string& channel,
                                                 Time start,
                                                 SampleRate rate,
                                                 const std::vector<std::int32_t>& samples,
                                                 std::size_t shortest,
                                                 std::size_t longest,
                                                 std::mt19937_64& random) {
  std::vector<streams::Record> records;
  std::size_t from = 0;
  while (from < samples.size()) {
    const std::size_t length =
        std::min(samples.size() - from,
                 std::uniform_int_distribution<std::size_t>(shortest, longest)(random));
    const auto begin = samples.begin() + static_cast<std::ptrdiff_t>(from);
    records.push_back(make_record(station,
                                  channel,
                                  start + rate.span_of(static_cast<std::int64_t>(from)),
                                  rate,
                                  {begin, begin + static_cast<std::ptrdiff_t>(length)}));
    from += length;
  }
  return records;
}

}  // namespace geod::test
