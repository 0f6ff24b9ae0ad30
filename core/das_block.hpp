#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/sample_rate.hpp"
#include "core/time.hpp"

namespace geod {

/// How a sample of a fibre is stored; little-endian.
enum class DasSampleType : std::uint8_t { kInt16, kInt32, kFloat32, kFloat64 };
constexpr std::size_t bytes_of(DasSampleType type) {
  switch (type) {
    case DasSampleType::kInt16:
      return 2;
    case DasSampleType::kInt32:
    case DasSampleType::kFloat32:
      return 4;
    case DasSampleType::kFloat64:
      break;
  }
  return 8;
}

/// Order of the samples in a block.
enum class DasOrder : std::uint8_t {
  kTimeMajor,     ///< "tc": all channels of the first sample, then of the second
  kChannelMajor,  ///< "ct": all samples of the first channel, then of the second
};

/// What a sample measures, after `scale`; the words of the wire (DMETA, and rad, rad/s).
enum class DasUnit : std::uint8_t {
  kCount,
  kStrain,                ///< m/m
  kStrainRate,            ///< m/m/s
  kVelocity,              ///< m/s
  kPhase,                 ///< rad
  kPhaseRate,             ///< rad/s
  kPhaseRatePerDistance,  ///< rad/m/s
};
std::string_view to_string(DasUnit unit);

/// State of the interrogator's clock.
enum class DasClock : std::uint8_t { kUnknown, kLocked, kHoldover, kFree };

/// How a fibre is sampled. It changes only at a border that the publisher announces (a new `boot`
/// or a higher `meta_rev`), so a block points to it.
struct FibreGeometry {
  std::string fibre_id;  ///< as on the wire: "NET.CABLE"
  SampleRate rate = *SampleRate::make(100);
  std::int64_t channels = 0;
  std::int64_t first_channel = 0;   ///< number of the first one along the fibre
  std::int64_t channel_stride = 1;  ///< from one to the next
  double channel_spacing_m = 0.0;   ///< between two channel numbers; 0: not told
  double gauge_length_m = 0.0;      ///< 0: not told
  DasUnit unit = DasUnit::kCount;
  double scale = 1.0;  ///< physical value = sample * scale
  DasSampleType type = DasSampleType::kFloat32;
  DasOrder order = DasOrder::kTimeMajor;

  /// Number along the fibre of the channel `index` of a block.
  std::int64_t channel_number(std::int64_t index) const {
    return first_channel + index * channel_stride;
  }
  bool operator==(const FibreGeometry&) const = default;
};

/// Channels [from, to) by their place in the block.
using ChannelSpan = std::pair<std::int64_t, std::int64_t>;

/// Samples of all channels of a fibre over a short time, as they arrived: checked, not converted.
/// Copies share the bytes.
struct DasBlock {
  std::shared_ptr<const FibreGeometry> geometry;
  Time start;                     ///< first sample
  std::int64_t samples = 0;       ///< per channel
  std::vector<ChannelSpan> dead;  ///< ascending, disjoint; their samples mean nothing
  DasClock clock = DasClock::kUnknown;
  /// samples * channels * bytes_of(type), in the geometry's order.
  std::shared_ptr<const std::byte[]> raw;
  /// When it arrived, for the published latency.
  std::chrono::steady_clock::time_point arrived_at{};

  std::size_t bytes() const {
    return static_cast<std::size_t>(samples) * static_cast<std::size_t>(geometry->channels) *
           bytes_of(geometry->type);
  }
  Time end() const;  ///< of the sample after the last
};

/// Nothing more comes from the fibre until its publisher returns.
struct FibreEnd {
  std::string fibre_id;
  std::string reason;  ///< printable ASCII, may be empty
};

/// A part of a fibre's time that was not looked at, and why. Stored, so that "no event" can be told
/// from "not looked".
struct FibreGap {
  enum class Kind : std::uint8_t {
    kMissing,     ///< [from, to) never arrived
    kShed,        ///< dropped by geod because it could not keep up
    kRestart,     ///< the publisher began anew at `from`
    kNewGeometry  ///< the sampling changed at `from`
  };
  std::string fibre_id;
  Kind kind = Kind::kMissing;
  Time from;
  Time to;
  std::string detail;  ///< for people
  bool operator==(const FibreGap&) const = default;
};
std::string_view to_string(FibreGap::Kind kind);

/// How a fibre is sampled from a time on, until the next change.
struct FibreGeometryChange {
  FibreGeometry geometry;
  Time from;  ///< first sample that was taken so
  bool operator==(const FibreGeometryChange&) const = default;
};

/// Seconds of one hour that a fibre was looked at: CompletenessDelta of a fibre.
struct FibreCompleteness {
  std::string fibre_id;
  Time hour;                  ///< start of the UTC hour
  double scored_s = 0.0;      ///< seconds newly covered by a final mask
  double masked_s = 0.0;      ///< seconds newly covered in which no event was allowed
  std::int64_t channels = 0;  ///< that were looked at meanwhile (not dead)
  Time from;                  ///< of the hour, what this speaks of: [from, to)
  Time to;
  std::string model_id{};  ///< that looked at it, as of detections
  std::string model_hash{};
  std::string adapter_id{};
  std::string adapter_hash{};
  bool operator==(const FibreCompleteness&) const = default;
};

}  // namespace geod
