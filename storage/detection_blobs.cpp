#include "storage/detection_blobs.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "storage/packed_bytes.hpp"

namespace geod::storage {
namespace {

constexpr std::uint64_t kFormat = 1;
// The least bytes that a run and an arrival take: they bound a count before memory is asked for.
constexpr std::size_t kLeastRunBytes = 3;
constexpr std::size_t kLeastArrivalBytes = 4;

/// first + count * step, nothing when it is no 64-bit number.
std::optional<std::int64_t> stepped(std::int64_t first, std::int64_t count, std::int64_t step) {
  std::int64_t product = 0;
  std::int64_t sum = 0;
  if (__builtin_mul_overflow(count, step, &product) ||
      __builtin_add_overflow(first, product, &sum)) {
    return std::nullopt;
  }
  return sum;
}

bool is_fraction(double value) {
  return value >= 0.0 && value <= 1.0;  // false for NaN
}
bool is_phase(Phase phase) {
  return phase == Phase::kP || phase == Phase::kS;
}
bool is_uncertainty(double value_s) {
  return value_s >= 0.0 && value_s <= kLongestUncertainty_s;
}

/// The largest step that all `distances` are multiples of; 1 for none.
std::int64_t common_step(std::span<const std::int64_t> distances_ns) {
  std::int64_t step = 0;
  for (const std::int64_t distance : distances_ns) {
    step = std::gcd(step, distance);
  }
  return step == 0 ? 1 : step;
}

std::string why_mask_unstorable(const FibreDetection& detection) {
  if (detection.mask.empty()) {
    return "its mask is empty";
  }
  std::pair<std::int64_t, Time> last{detection.first_channel, detection.from};
  for (const MaskRun& run : detection.mask) {
    if (run.channel > detection.last_channel || run.from >= run.to || run.to > detection.to ||
        run.from < detection.from || std::pair{run.channel, run.from} < last) {
      return fmt::format("run of channel {} from {} to {} is outside of it or out of order",
                         run.channel,
                         to_iso(run.from),
                         to_iso(run.to));
    }
    last = {run.channel, run.to};
  }
  return {};
}

std::string why_arrivals_unstorable(const FibreDetection& detection) {
  std::pair<Phase, std::int64_t> last{Phase::kP, detection.first_channel};
  for (const FibreArrival& arrival : detection.arrivals) {
    const std::pair at{arrival.phase_hint, arrival.channel};
    if (!is_phase(arrival.phase_hint) || at < last || arrival.channel < detection.first_channel ||
        arrival.channel > detection.last_channel || !is_fraction(arrival.probability) ||
        !is_uncertainty(arrival.uncertainty_s) ||
        arrival.time < detection.from - kFarthestArrival ||
        arrival.time > detection.from + kFarthestArrival) {
      return fmt::format("arrival at channel {}, {}: uncertainty {} s, probability {}",
                         arrival.channel,
                         to_iso(arrival.time),
                         arrival.uncertainty_s,
                         arrival.probability);
    }
    last = at;
  }
  return {};
}

std::string why_picks_unstorable(const FibreDetection& detection) {
  for (const FibrePick& pick : detection.picks) {
    if (!is_phase(pick.phase_hint) || pick.channel < pick.first_channel ||
        pick.channel > pick.last_channel || pick.arrivals <= 0 ||
        !is_uncertainty(pick.uncertainty_s) || !is_fraction(pick.probability)) {
      return fmt::format("pick at channel {} of {} to {}: {} arrivals, {} s, probability {}",
                         pick.channel,
                         pick.first_channel,
                         pick.last_channel,
                         pick.arrivals,
                         pick.uncertainty_s,
                         pick.probability);
    }
  }
  return {};
}

/// What both formats begin with.
struct Head {
  std::int64_t step_ns = 1;
  std::size_t count = 0;
};

std::optional<Head> take_head(PackedReader& reader, std::size_t least_bytes) {
  const std::uint64_t format = reader.take();
  const std::uint64_t step = reader.take();
  const std::uint64_t count = reader.take();
  constexpr auto kMost = static_cast<std::uint64_t>(Duration::max().count());
  if (reader.is_bad() || format != kFormat || step == 0 || step > kMost ||
      count > reader.bytes_left() / least_bytes) {
    return std::nullopt;
  }
  return Head{static_cast<std::int64_t>(step), static_cast<std::size_t>(count)};
}

/// A number that was written unsigned, as a factor: beyond 63 bits nothing can be.
std::int64_t take_factor(PackedReader& reader) {
  const std::uint64_t value = reader.take();
  return value > static_cast<std::uint64_t>(Duration::max().count())
             ? -1
             : static_cast<std::int64_t>(value);
}

tl::unexpected<Error> damaged(std::string_view what) {
  return fail(Errc::kCorruptRecord, "the packed {} is damaged; restore a backup", what);
}

}  // namespace

DetectionExtent extent_of(const FibreDetection& detection) {
  return {detection.from, detection.to, detection.first_channel, detection.last_channel};
}

std::string why_unstorable(const FibreDetection& detection) {
  std::string why = why_mask_unstorable(detection);
  if (why.empty()) {
    why = why_arrivals_unstorable(detection);
  }
  return why.empty() ? why_picks_unstorable(detection) : why;
}

std::vector<std::byte> pack_mask(const FibreDetection& detection) {
  std::vector<std::int64_t> distances;
  distances.reserve(2 * detection.mask.size());
  for (const MaskRun& run : detection.mask) {
    distances.push_back((run.from - detection.from).count());
    distances.push_back((run.to - run.from).count());
  }
  const std::int64_t step = common_step(distances);
  PackedWriter writer;
  writer.add(kFormat);
  writer.add(static_cast<std::uint64_t>(step));
  writer.add(detection.mask.size());
  std::int64_t channel = detection.first_channel;
  Time from = detection.from;
  for (const MaskRun& run : detection.mask) {
    writer.add(static_cast<std::uint64_t>(run.channel - channel));
    writer.add_signed((run.from - from).count() / step);
    writer.add(static_cast<std::uint64_t>((run.to - run.from).count() / step));
    channel = run.channel;
    from = run.from;
  }
  return std::move(writer).finish();
}

Result<std::vector<MaskRun>> unpack_mask(std::span<const std::byte> blob,
                                         const DetectionExtent& extent) {
  PackedReader reader(blob);
  const std::optional<Head> head = take_head(reader, kLeastRunBytes);
  if (!head) {
    return damaged("mask");
  }
  std::vector<MaskRun> runs;
  runs.reserve(head->count);
  std::int64_t channel = extent.first_channel;
  std::int64_t from_ns = to_ns(extent.from);
  for (std::size_t i = 0; i < head->count; ++i) {
    const auto next_channel = stepped(channel, take_factor(reader), 1);
    const auto next_from = stepped(from_ns, reader.take_signed(), head->step_ns);
    const std::int64_t length = take_factor(reader);
    const auto end = next_from ? stepped(*next_from, length, head->step_ns) : std::nullopt;
    if (reader.is_bad() || !next_channel || !end || length <= 0 || *next_channel < channel ||
        *next_channel > extent.last_channel || *next_from < to_ns(extent.from) ||
        *end > to_ns(extent.to)) {
      return damaged("mask");
    }
    channel = *next_channel;
    from_ns = *next_from;
    runs.push_back({channel, time_from_ns(from_ns), time_from_ns(*end)});
  }
  if (reader.bytes_left() > 0) {
    return damaged("mask");
  }
  return runs;
}

std::vector<std::byte> pack_arrivals(const FibreDetection& detection, Phase phase) {
  std::vector<std::int64_t> distances;
  for (const FibreArrival& arrival : detection.arrivals) {
    if (arrival.phase_hint == phase) {
      distances.push_back((arrival.time - detection.from).count());
    }
  }
  if (distances.empty()) {
    return {};
  }
  const std::int64_t step = common_step(distances);
  PackedWriter writer;
  writer.add(kFormat);
  writer.add(static_cast<std::uint64_t>(step));
  writer.add(distances.size());
  std::int64_t channel = detection.first_channel;
  std::int64_t last_uncertainty = 0;
  Time time = detection.from;
  for (const FibreArrival& arrival : detection.arrivals) {
    if (arrival.phase_hint != phase) {
      continue;
    }
    const auto uncertainty =
        static_cast<std::int64_t>(std::llround(arrival.uncertainty_s / kPackedUncertainty_s));
    writer.add(static_cast<std::uint64_t>(arrival.channel - channel) * 2 +
               (arrival.is_refined ? 1 : 0));
    writer.add_signed((arrival.time - time).count() / step);
    writer.add_signed(uncertainty - last_uncertainty);
    writer.add(static_cast<std::uint64_t>(std::lround(arrival.probability / kPackedProbability)));
    channel = arrival.channel;
    last_uncertainty = uncertainty;
    time = arrival.time;
  }
  return std::move(writer).finish();
}

Result<void> unpack_arrivals(std::span<const std::byte> blob,
                             const DetectionExtent& extent,
                             Phase phase,
                             std::vector<FibreArrival>& arrivals) {
  PackedReader reader(blob);
  const std::optional<Head> head = take_head(reader, kLeastArrivalBytes);
  if (!head) {
    return damaged("list of arrivals");
  }
  constexpr auto kLongest = static_cast<std::int64_t>(kLongestUncertainty_s / kPackedUncertainty_s);
  std::int64_t channel = extent.first_channel;
  std::int64_t time_ns = to_ns(extent.from);
  std::int64_t uncertainty = 0;
  for (std::size_t i = 0; i < head->count; ++i) {
    const std::int64_t channel_and_mark = take_factor(reader);
    const auto next_channel = stepped(channel, channel_and_mark / 2, 1);
    const auto next_time = stepped(time_ns, reader.take_signed(), head->step_ns);
    const auto next_uncertainty = stepped(uncertainty, reader.take_signed(), 1);
    const std::uint64_t probability = reader.take();
    if (reader.is_bad() || channel_and_mark < 0 || !next_channel ||
        *next_channel > extent.last_channel || !next_time || !next_uncertainty ||
        *next_uncertainty < 0 || *next_uncertainty > kLongest || probability > 65535) {
      return damaged("list of arrivals");
    }
    channel = *next_channel;
    time_ns = *next_time;
    uncertainty = *next_uncertainty;
    arrivals.push_back({channel,
                        phase,
                        time_from_ns(time_ns),
                        static_cast<double>(uncertainty) * kPackedUncertainty_s,
                        static_cast<float>(probability) * kPackedProbability,
                        channel_and_mark % 2 == 1});
  }
  if (reader.bytes_left() > 0) {
    return damaged("list of arrivals");
  }
  return {};
}

}  // namespace geod::storage
