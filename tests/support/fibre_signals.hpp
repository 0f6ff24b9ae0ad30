#pragma once

#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "core/das_block.hpp"
#include "streams/fibre_buffer.hpp"
#include "tests/support/das_blocks.hpp"

namespace geod::streams {

/// Value of (sample, channel), physical value / scale.
using FibreSignal = std::function<double(std::int64_t, std::int64_t)>;

/// Normal noise of sigma 1 that depends on the place alone.
inline double fibre_noise(std::int64_t sample, std::int64_t channel, std::uint64_t seed = 1) {
  std::uint64_t state = static_cast<std::uint64_t>(sample) * 0x9E3779B97F4A7C15ULL +
                        static_cast<std::uint64_t>(channel) * 0xC2B2AE3D27D4EB4FULL + seed;
  double sum = 0.0;
  for (int i = 0; i < 12; ++i) {
    state ^= state >> 30U;
    state *= 0xBF58476D1CE4E5B9ULL;
    state ^= state >> 27U;
    state *= 0x94D049BB133111EBULL;
    state ^= state >> 31U;
    sum += static_cast<double>(state >> 11U) * 0x1.0p-53;
  }
  return sum - 6.0;
}

/// Samples [first, first + samples) after kFibreStart, in the geometry's order and type.
inline DasBlock signal_block(std::shared_ptr<const FibreGeometry> geometry,
                             std::int64_t first,
                             std::int64_t samples,
                             const FibreSignal& signal) {
  DasBlock block;
  block.start = kFibreStart + geometry->rate.span_of(first);
  block.samples = samples;
  block.geometry = std::move(geometry);
  const std::int64_t channels = block.geometry->channels;
  const DasSampleType type = block.geometry->type;
  const auto raw = std::shared_ptr<std::byte[]>(new std::byte[block.bytes()]);
  const auto put = [&](std::int64_t at, auto value) {
    std::memcpy(raw.get() + at * static_cast<std::int64_t>(sizeof(value)), &value, sizeof(value));
  };
  for (std::int64_t t = 0; t < samples; ++t) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t at =
          block.geometry->order == DasOrder::kTimeMajor ? t * channels + c : c * samples + t;
      const double value = signal(first + t, c);
      switch (type) {
        case DasSampleType::kInt16:
          put(at, static_cast<std::int16_t>(std::lround(value)));
          break;
        case DasSampleType::kInt32:
          put(at, static_cast<std::int32_t>(std::lround(value)));
          break;
        case DasSampleType::kFloat32:
          put(at, static_cast<float>(value));
          break;
        case DasSampleType::kFloat64:
          put(at, value);
          break;
      }
    }
  }
  block.raw = raw;
  return block;
}

/// Pieces that FibreBuffer makes of `blocks`.
inline std::vector<FibrePiece> pieces_of(const std::vector<DasBlock>& blocks) {
  FibreBuffer buffer("XX.CABLE1", std::size_t{1} << 40U);
  std::vector<FibreGap> gaps;
  std::vector<FibrePiece> pieces;
  for (const DasBlock& block : blocks) {
    buffer.push(block, gaps);
    while (auto piece = buffer.next()) {
      pieces.push_back(*std::move(piece));
    }
  }
  return pieces;
}

/// Samples [0, samples) in blocks of `longest` samples at most, cut at random.
inline std::vector<DasBlock> cut_blocks(const std::shared_ptr<const FibreGeometry>& geometry,
                                        std::int64_t samples,
                                        std::int64_t longest,
                                        const FibreSignal& signal,
                                        std::mt19937_64& random) {
  std::vector<DasBlock> blocks;
  for (std::int64_t first = 0; first < samples;) {
    const std::int64_t count =
        std::min(samples - first, std::uniform_int_distribution<std::int64_t>(1, longest)(random));
    blocks.push_back(signal_block(geometry, first, count, signal));
    first += count;
  }
  return blocks;
}

}  // namespace geod::streams
