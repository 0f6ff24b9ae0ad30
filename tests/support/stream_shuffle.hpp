#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/record_maker.hpp"

namespace geod::test {

/// One uninterrupted stretch of a channel.
struct ChannelData {
  std::string station;
  std::string channel;
  Time start;
  SampleRate rate;
  std::vector<std::int32_t> samples;
};

/// Five stations of all sorts: plain, resampled, off the grid, a single vertical, with a gap, with
/// constant samples; 60 s each.
inline std::vector<ChannelData> sample_network() {
  using namespace std::chrono_literals;
  std::vector<ChannelData> channels;
  const auto add = [&](const std::string& station,
                       const std::string& channel,
                       Time start,
                       SampleRate rate,
                       std::int64_t seconds) {
    const auto first = static_cast<std::int64_t>(to_seconds(start - kEpoch) * rate.hz());
    channels.push_back({station,
                        channel,
                        start,
                        rate,
                        bursts(static_cast<std::uint64_t>(channel.back()),
                               first,
                               static_cast<std::int64_t>(static_cast<double>(seconds) * rate.hz()),
                               rate.hz(),
                               9.0)});
  };
  for (const char* code : {"HHZ", "HHN", "HHE"}) {
    add("PLAIN", code, at_s(0), rate_of(100), 60);
    add("FAST", code, at_s(0.3), rate_of(200), 60);
    add("GAP", code, at_s(0), rate_of(100), 25);
    add("GAP", code, at_s(40), rate_of(100), 20);
    add("FLAT", code, at_s(0), rate_of(100), 60);
    auto& flat = channels.back().samples;
    std::fill(flat.begin() + 2000, flat.begin() + 2300, 7);
  }
  add("OFF", "EHZ", at_s(0) + 3ms, rate_of(125), 60);
  add("ONE", "HHZ", at_s(2), rate_of(50), 60);
  return channels;
}

struct ShuffleOptions {
  std::size_t shortest = 1;
  std::size_t longest = 100;
  double lag_s = 0.0;       ///< channels run up to this far apart
  double duplicates = 0.0;  ///< share of records sent again a little later
  double swaps = 0.0;       ///< share of records that change places with the next of their channel
};

/// The network as one stream of records: cut at random, interleaved at random.
inline std::vector<streams::Record> shuffled_stream(const std::vector<ChannelData>& channels,
                                                    const ShuffleOptions& options,
                                                    std::mt19937_64& random) {
  struct Sent {
    double when;
    streams::Record record;
  };
  std::vector<Sent> stream;
  std::uniform_real_distribution<double> chance(0.0, 1.0);
  for (const ChannelData& channel : channels) {
    const auto records = cut_randomly(channel.station,
                                      channel.channel,
                                      channel.start,
                                      channel.rate,
                                      channel.samples,
                                      options.shortest,
                                      options.longest,
                                      random);
    const double lag = options.lag_s * chance(random);
    std::vector<double> when;
    for (const streams::Record& record : records) {
      when.push_back(to_seconds(record.header.end() - kEpoch) + lag);
    }
    // Not the first two: a stream begins with what comes first. Not so far that the horizon passes.
    for (std::size_t i = 1; i + 1 < when.size(); ++i) {
      const auto length = records[i].header.end() - records[i].header.start;
      if (length < std::chrono::seconds{1} && chance(random) < options.swaps) {
        std::swap(when[i], when[i + 1]);
        ++i;
      }
    }
    for (std::size_t i = 0; i < records.size(); ++i) {
      stream.push_back({when[i], records[i]});
      if (chance(random) < options.duplicates) {
        stream.push_back({when[i] + 3.0 * chance(random), records[i]});
      }
    }
  }
  std::stable_sort(
      stream.begin(), stream.end(), [](const Sent& a, const Sent& b) { return a.when < b.when; });
  std::vector<streams::Record> records;
  for (Sent& sent : stream) {
    records.push_back(std::move(sent.record));
  }
  return records;
}

}  // namespace geod::test
