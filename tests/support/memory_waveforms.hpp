#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/waveform_source.hpp"
#include "streams/mseed_reader.hpp"
#include "streams/record_history.hpp"

namespace geod::test {

/// Waveforms that a test made or read from a recording.
class MemoryWaveforms final : public WaveformSource {
 public:
  void add(const SourceId& channel, Waveform waveform) {
    pieces_[channel].push_back(std::move(waveform));
  }

  /// Reads a recording whose records follow one another in time.
  void add_file(const std::filesystem::path& path) {
    auto reader = streams::MseedReader::open(path);
    ASSERT_TRUE(reader.has_value()) << reader.error().what;
    streams::Samples samples;
    while (const auto next = reader->next()) {
      ASSERT_TRUE(next->has_value()) << path;
      const streams::RecordHeader& header = (*next)->view.header;
      ASSERT_TRUE(streams::decode_samples((*next)->view, samples).has_value()) << path;
      std::vector<Waveform>& pieces = pieces_[header.source_id];
      const bool goes_on = !pieces.empty() && pieces.back().rate == header.rate &&
                           pieces.back().rate.samples_in(header.start - pieces.back().end()) == 0;
      if (!goes_on) {
        pieces.push_back({header.start, header.rate, {}, {}});
      }
      const std::vector<double> values = streams::to_double(samples);
      pieces.back().samples.insert(pieces.back().samples.end(), values.begin(), values.end());
    }
  }

  std::vector<Waveform>& of(const SourceId& channel) { return pieces_.at(channel); }
  void remove(const SourceId& channel) { pieces_.erase(channel); }

  Result<std::vector<Waveform>> read(const SourceId& channel, Time from, Time to) const override {
    const auto found = pieces_.find(channel);
    std::vector<Waveform> answer;
    if (found == pieces_.end()) {
      return answer;
    }
    for (const Waveform& piece : found->second) {
      const auto index = [&piece](Time time) {
        const auto count = static_cast<std::int64_t>(piece.samples.size());
        return std::clamp<std::int64_t>(piece.rate.samples_ceil(time - piece.start), 0, count);
      };
      if (index(from) < index(to)) {
        answer.push_back({piece.start + piece.rate.span_of(index(from)),
                          piece.rate,
                          {piece.samples.begin() + index(from), piece.samples.begin() + index(to)},
                          piece.clipped});
      }
    }
    return answer;
  }

 private:
  std::map<SourceId, std::vector<Waveform>> pieces_;
};

}  // namespace geod::test
