#include "streams/mseed2_header.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <string_view>

#include "streams/mseed2_blockettes.hpp"
#include "streams/mseed_rate.hpp"
#include "streams/mseed_timing.hpp"
#include "streams/sample_codecs.hpp"

namespace geod::streams {
namespace {

// Offsets of the fixed section of data header (SEED 2.4 chapter 8).
constexpr std::size_t kQuality = 6;
constexpr std::size_t kReserved = 7;
constexpr std::size_t kStation = 8;
constexpr std::size_t kLocation = 13;
constexpr std::size_t kChannel = 15;
constexpr std::size_t kNetwork = 18;
constexpr std::size_t kYear = 20;
constexpr std::size_t kDay = 22;
constexpr std::size_t kHour = 24;
constexpr std::size_t kMinute = 25;
constexpr std::size_t kSecond = 26;
constexpr std::size_t kFraction = 28;
constexpr std::size_t kSampleCount = 30;
constexpr std::size_t kRateFactor = 32;
constexpr std::size_t kRateMultiplier = 34;
constexpr std::size_t kActivityFlags = 36;
constexpr std::size_t kIoFlags = 37;
constexpr std::size_t kQualityFlags = 38;
constexpr std::size_t kCorrection = 40;
constexpr std::size_t kDataOffset = 44;

constexpr unsigned kMinLengthExponent = 7;
constexpr unsigned kMaxLengthExponent = 16;
constexpr Duration kTenthMillisecond = std::chrono::microseconds{100};

bool is_year(unsigned year) {
  return year >= 1900 && year <= 2100;
}
bool is_day(unsigned day) {
  return day >= 1 && day <= 366;
}

/// Order in which year and day of year make sense. `bytes` hold the fixed section.
std::optional<ByteOrder> header_order(std::span<const std::byte> bytes) {
  for (const ByteOrder order : {ByteOrder::kBig, ByteOrder::kLittle}) {
    if (is_year(load<std::uint16_t>(bytes.data() + kYear, order)) &&
        is_day(load<std::uint16_t>(bytes.data() + kDay, order))) {
      return order;
    }
  }
  return std::nullopt;
}

unsigned value_at(std::span<const std::byte> bytes, std::size_t offset) {
  return static_cast<unsigned>(bytes[offset]);
}
bool bit(unsigned flags, unsigned index) {
  return ((flags >> index) & 1U) != 0;
}

/// Blockettes end where the data begin, or with the record when there are none.
std::size_t blockette_limit(std::size_t data_offset) {
  return data_offset == 0 ? kMaxRecordBytes : data_offset;
}

/// Offsets of the blockettes that say something about samples and time; 0 when absent.
struct KeyBlockettes {
  std::size_t b100 = 0;
  std::size_t b1000 = 0;
  std::size_t b1001 = 0;
};

RecordResult<KeyBlockettes> find_blockettes(std::span<const std::byte> bytes,
                                            ByteOrder order,
                                            std::size_t limit) {
  KeyBlockettes found;
  BlocketteWalk walk(bytes, order, limit);
  BlocketteWalk::Step step = walk.next();
  for (; step == BlocketteWalk::Step::kBlockette; step = walk.next()) {
    const Blockette blockette = walk.blockette();
    std::size_t* place = blockette.type == 100    ? &found.b100
                         : blockette.type == 1000 ? &found.b1000
                         : blockette.type == 1001 ? &found.b1001
                                                  : nullptr;
    if (place == nullptr) {
      continue;
    }
    if (*place != 0) {
      return reject(RejectReason::kDuplicateBlockette, "two blockettes {}", blockette.type);
    }
    *place = blockette.offset;
  }
  if (step == BlocketteWalk::Step::kNeedMore) {
    return reject(RejectReason::kTruncated,
                  "{} bytes end before the blockettes do, at least {} are missing",
                  bytes.size(),
                  walk.missing_bytes());
  }
  if (step != BlocketteWalk::Step::kEnd) {
    return reject(RejectReason::kBadBlocketteChain,
                  "the blockette chain runs backwards, overlaps or leaves the header");
  }
  if (found.b1000 == 0) {
    return reject(RejectReason::kNoBlockette1000,
                  "no blockette 1000: encoding and record length are unknown");
  }
  return found;
}

/// Blockette 1000's length against the bytes given.
RecordResult<void> check_length(std::span<const std::byte> bytes, std::size_t b1000) {
  const unsigned exponent = value_at(bytes, b1000 + 6);
  if (exponent < kMinLengthExponent || exponent > kMaxLengthExponent) {
    return reject(
        exponent > kMaxLengthExponent ? RejectReason::kTooLong : RejectReason::kLengthMismatch,
        "record length 2^{}; geod reads 128 bytes to 64 KiB",
        exponent);
  }
  const std::size_t length = std::size_t{1} << exponent;
  if (length != bytes.size()) {
    return reject(length > bytes.size() ? RejectReason::kTruncated : RejectReason::kLengthMismatch,
                  "the record says {} bytes, {} are there",
                  length,
                  bytes.size());
  }
  return {};
}

/// Header time, plus the correction unless it is in already, plus blockette 1001's microseconds.
RecordResult<Time> start_time(std::span<const std::byte> bytes,
                              ByteOrder order,
                              std::size_t b1001) {
  const RecordResult<Time> civil = checked_start(
      {.year = load<std::uint16_t>(bytes.data() + kYear, order),
       .day_of_year = load<std::uint16_t>(bytes.data() + kDay, order),
       .hour = value_at(bytes, kHour),
       .minute = value_at(bytes, kMinute),
       .second = value_at(bytes, kSecond),
       .fraction = load<std::uint16_t>(bytes.data() + kFraction, order) * kTenthMillisecond});
  if (!civil) {
    return civil;
  }
  Time start = *civil;
  if (!bit(value_at(bytes, kActivityFlags), 1)) {  // bit 1: the correction is in the start already
    const auto raw = load<std::uint32_t>(bytes.data() + kCorrection, order);
    start += std::bit_cast<std::int32_t>(raw) * kTenthMillisecond;
  }
  if (b1001 != 0) {
    start += std::chrono::microseconds{std::bit_cast<std::int8_t>(bytes[b1001 + 5])};
  }
  return start;
}

RecordResult<SampleRate> sample_rate(std::span<const std::byte> bytes,
                                     ByteOrder order,
                                     std::size_t b100) {
  const auto field = [&](std::size_t offset) {
    return std::bit_cast<std::int16_t>(load<std::uint16_t>(bytes.data() + offset, order));
  };
  RecordResult<SampleRate> nominal = rate_from_factors(field(kRateFactor), field(kRateMultiplier));
  if (b100 == 0) {
    return nominal;
  }
  const float hz = std::bit_cast<float>(load<std::uint32_t>(bytes.data() + b100 + 4, order));
  return rate_from_float32(hz, nominal ? &*nominal : nullptr);
}

RecordFlags flags_of(std::span<const std::byte> bytes) {
  const unsigned activity = value_at(bytes, kActivityFlags);
  const unsigned quality = value_at(bytes, kQualityFlags);
  RecordFlags flags;
  flags.calibration_signal = bit(activity, 0);
  flags.clock_locked = bit(value_at(bytes, kIoFlags), 5);
  flags.saturated = bit(quality, 0) || bit(quality, 1);
  flags.spikes_or_glitches = bit(quality, 2) || bit(quality, 3);
  flags.missing_or_padded = bit(quality, 4);
  flags.telemetry_error = bit(quality, 5);
  flags.filter_charging = bit(quality, 6);
  flags.time_questionable = bit(quality, 7);
  return flags;
}

std::string_view text_at(std::span<const std::byte> bytes, std::size_t offset, std::size_t length) {
  return {reinterpret_cast<const char*>(bytes.data()) + offset, length};
}

/// Encoding, byte order and payload from blockette 1000 and the data offset.
RecordResult<void> read_payload(std::span<const std::byte> bytes,
                                std::size_t b1000,
                                std::size_t data_offset,
                                RecordView& view) {
  const RecordResult<Encoding> encoding =
      sample_encoding(static_cast<std::uint8_t>(value_at(bytes, b1000 + 4)));
  if (!encoding) {
    return tl::unexpected(encoding.error());
  }
  const unsigned order = value_at(bytes, b1000 + 5);
  if (order > 1) {
    return reject(RejectReason::kBadByteOrder, "blockette 1000 byte order {}", order);
  }
  if (data_offset < kMseed2FixedBytes || data_offset >= bytes.size()) {
    return reject(
        RejectReason::kBadDataOffset, "the data begin at byte {} of {}", data_offset, bytes.size());
  }
  view.payload = bytes.subspan(data_offset);
  view.payload_order = static_cast<ByteOrder>(order);
  view.header.encoding = *encoding;
  const std::size_t fit = max_samples(*encoding, view.payload.size());
  if (view.header.samples > fit) {
    return reject(RejectReason::kPayloadTooSmall,
                  "{} samples declared, {} bytes of {} hold at most {}",
                  view.header.samples,
                  view.payload.size(),
                  to_string(*encoding),
                  fit);
  }
  return {};
}

/// Start, rate and leap seconds.
RecordResult<void> read_timing(std::span<const std::byte> bytes,
                               ByteOrder order,
                               const KeyBlockettes& blockettes,
                               RecordHeader& header) {
  const RecordResult<Time> start = start_time(bytes, order, blockettes.b1001);
  if (!start) {
    return tl::unexpected(start.error());
  }
  const RecordResult<SampleRate> rate = sample_rate(bytes, order, blockettes.b100);
  if (!rate) {
    return tl::unexpected(rate.error());
  }
  const unsigned activity = value_at(bytes, kActivityFlags);
  const int declared = static_cast<int>(bit(activity, 4)) - static_cast<int>(bit(activity, 5));
  if (RecordResult<void> timing = set_timing(header, *start, *rate, declared); !timing) {
    return timing;
  }
  header.timing_quality = -1;
  if (blockettes.b1001 != 0) {
    const unsigned quality = value_at(bytes, blockettes.b1001 + 4);
    header.timing_quality = quality <= 100 ? static_cast<int>(quality) : -1;
  }
  return {};
}

}  // namespace

bool may_be_mseed2(std::span<const std::byte> bytes) {
  const std::size_t size = bytes.size();
  for (std::size_t i = 0; i < std::min(size, kQuality); ++i) {
    const auto c = static_cast<char>(bytes[i]);
    if (!((c >= '0' && c <= '9') || c == ' ' || c == '\0')) {
      return false;
    }
  }
  if (size > kQuality) {
    const auto c = static_cast<char>(bytes[kQuality]);
    if (c != 'D' && c != 'R' && c != 'Q' && c != 'M') {
      return false;
    }
  }
  if (size > kReserved && bytes[kReserved] != std::byte{0} && bytes[kReserved] != std::byte{' '}) {
    return false;
  }
  if (size >= kDay + 2 && !header_order(bytes)) {
    return false;
  }
  return (size <= kHour || value_at(bytes, kHour) <= 23) &&
         (size <= kMinute || value_at(bytes, kMinute) <= 59) &&
         (size <= kSecond || value_at(bytes, kSecond) <= 60);
}

RecordExtent mseed2_extent(std::span<const std::byte> bytes) {
  using State = RecordExtent::State;
  if (!may_be_mseed2(bytes)) {
    return {State::kNotARecord, 0};
  }
  if (bytes.size() < kMseed2FixedBytes) {
    return {State::kNeedMore, kMseed2FixedBytes - bytes.size()};
  }
  const ByteOrder order = *header_order(bytes);
  const std::size_t data_offset = load<std::uint16_t>(bytes.data() + kDataOffset, order);
  BlocketteWalk walk(bytes, order, blockette_limit(data_offset));
  for (;;) {
    switch (walk.next()) {
      case BlocketteWalk::Step::kEnd:
      case BlocketteWalk::Step::kBroken:
        return {State::kNotARecord, 0};
      case BlocketteWalk::Step::kNeedMore:
        return {State::kNeedMore, walk.missing_bytes()};
      case BlocketteWalk::Step::kBlockette:
        break;
    }
    if (walk.blockette().type != 1000) {
      continue;
    }
    const unsigned exponent = value_at(bytes, walk.blockette().offset + 6);
    if (exponent < kMinLengthExponent || exponent > kMaxLengthExponent) {
      return {State::kNotARecord, 0};
    }
    const std::size_t length = std::size_t{1} << exponent;
    return length <= bytes.size() ? RecordExtent{State::kComplete, length}
                                  : RecordExtent{State::kNeedMore, length - bytes.size()};
  }
}

RecordResult<void> parse_mseed2(std::span<const std::byte> bytes, RecordView& view) {
  if (!may_be_mseed2(bytes)) {
    return reject(RejectReason::kNotARecord, "no miniSEED header");
  }
  if (bytes.size() < kMseed2FixedBytes) {
    return reject(RejectReason::kTruncated,
                  "{} bytes, the fixed section alone has {}",
                  bytes.size(),
                  kMseed2FixedBytes);
  }
  const ByteOrder order = *header_order(bytes);
  RecordHeader& header = view.header;
  header.samples = load<std::uint16_t>(bytes.data() + kSampleCount, order);
  const std::size_t data_offset = load<std::uint16_t>(bytes.data() + kDataOffset, order);
  const RecordResult<KeyBlockettes> blockettes =
      find_blockettes(bytes, order, blockette_limit(data_offset));
  if (!blockettes) {
    return tl::unexpected(blockettes.error());
  }
  if (RecordResult<void> length = check_length(bytes, blockettes->b1000); !length) {
    return length;
  }
  if (header.samples == 0) {
    return reject(RejectReason::kNoSamples, "a record without samples, not data");
  }
  if (RecordResult<void> payload = read_payload(bytes, blockettes->b1000, data_offset, view);
      !payload) {
    return payload;
  }
  if (RecordResult<void> timing = read_timing(bytes, order, *blockettes, header); !timing) {
    return timing;
  }
  Result<SourceId> source_id = SourceId::from_seed(text_at(bytes, kNetwork, 2),
                                                   text_at(bytes, kStation, 5),
                                                   text_at(bytes, kLocation, 2),
                                                   text_at(bytes, kChannel, 3));
  if (!source_id) {
    return reject(RejectReason::kBadSourceId, "network, station, location or channel code invalid");
  }
  header.source_id = std::move(*source_id);
  header.flags = flags_of(bytes);
  header.format_version = 2;
  header.length = static_cast<std::uint32_t>(bytes.size());
  return {};
}

std::string mseed2_name(std::span<const std::byte> bytes) {
  std::string name;
  const auto append = [&](std::size_t offset, std::size_t length) {
    for (const char c : text_at(bytes, offset, length)) {
      if (c != ' ' && c != '\0') {
        name += c > ' ' && c <= '~' ? c : '?';
      }
    }
  };
  append(kNetwork, 2);
  name += '.';
  append(kStation, 5);
  name += '.';
  append(kLocation, 2);
  name += '.';
  append(kChannel, 3);
  return name;
}

}  // namespace geod::streams
