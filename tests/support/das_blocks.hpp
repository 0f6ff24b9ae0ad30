#pragma once

#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "core/das_block.hpp"
#include "streams/das_header.hpp"
#include "streams/fibre_sink.hpp"
#include "streams/wire_message.hpp"

namespace geod::streams {

/// 2019-07-04T17:00:00Z, as the test records' start.
inline constexpr Time kFibreStart = time_from_ns(1'562'259'600'000'000'000);

inline FibreGeometry test_geometry(std::int64_t channels = 3) {
  FibreGeometry geometry;
  geometry.fibre_id = "XX.CABLE1";
  geometry.rate = *SampleRate::make(1000);
  geometry.channels = channels;
  geometry.channel_spacing_m = 4.0;
  geometry.gauge_length_m = 10.0;
  geometry.unit = DasUnit::kStrainRate;
  geometry.type = DasSampleType::kFloat32;
  return geometry;
}

/// The sample of a channel at a place on the time line: told apart whatever the block's borders.
inline float test_value(std::int64_t sample, std::int64_t channel) {
  return static_cast<float>(sample * 100 + channel);
}

/// float32 samples [first, first + samples) after kFibreStart, in the order of the geometry.
inline DasBlock test_block(std::shared_ptr<const FibreGeometry> geometry,
                           std::int64_t first,
                           std::int64_t samples) {
  DasBlock block;
  block.start = kFibreStart + geometry->rate.span_of(first);
  block.samples = samples;
  block.geometry = std::move(geometry);
  const std::int64_t channels = block.geometry->channels;
  const auto raw = std::shared_ptr<std::byte[]>(new std::byte[block.bytes()]);
  for (std::int64_t t = 0; t < samples; ++t) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t at =
          block.geometry->order == DasOrder::kTimeMajor ? t * channels + c : c * samples + t;
      const float value = test_value(first + t, c);
      std::memcpy(raw.get() + at * 4, &value, sizeof(value));
    }
  }
  block.raw = raw;
  return block;
}

inline Frame frame_of(const DasBlock& block) {
  return {block.raw.get(), block.bytes()};
}

/// What a publisher says of the block.
inline DasHeader test_header(const DasBlock& block, std::uint64_t boot, std::uint64_t seq) {
  DasHeader header;
  header.boot = boot;
  header.seq = seq;
  header.start = block.start;
  header.samples = block.samples;
  header.geometry = *block.geometry;
  header.dead = block.dead;
  header.crc32 = crc32_ieee(frame_of(block));
  return header;
}

/// Keeps what a source delivers of fibres.
class CollectingFibres final : public FibreSink {
 public:
  void on_block(DasBlock block, const Delivery& /*delivery*/) override {
    blocks.push_back(std::move(block));
  }
  void on_fibre_gap(FibreGap gap) override { gaps.push_back(std::move(gap)); }
  void on_fibre_end(FibreEnd end) override { ends.push_back(std::move(end)); }
  void on_fibre_metadata(FibreMetadata told) override { metadata.push_back(std::move(told)); }

  std::vector<DasBlock> blocks;
  std::vector<FibreGap> gaps;
  std::vector<FibreEnd> ends;
  std::vector<FibreMetadata> metadata;
};

}  // namespace geod::streams
