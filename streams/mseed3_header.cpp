#include "streams/mseed3_header.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "streams/crc32c.hpp"
#include "streams/mseed3_extra_headers.hpp"
#include "streams/mseed_rate.hpp"
#include "streams/mseed_timing.hpp"
#include "streams/sample_codecs.hpp"

namespace geod::streams {
namespace {

// Offsets of the fixed section (FDSN miniSEED 3, definition).
constexpr std::size_t kFlags = 3;
constexpr std::size_t kNanosecond = 4;
constexpr std::size_t kYear = 8;
constexpr std::size_t kDay = 10;
constexpr std::size_t kHour = 12;
constexpr std::size_t kMinute = 13;
constexpr std::size_t kSecond = 14;
constexpr std::size_t kEncoding = 15;
constexpr std::size_t kRate = 16;
constexpr std::size_t kSampleCount = 24;
constexpr std::size_t kCrc = 28;
constexpr std::size_t kIdLength = 33;
constexpr std::size_t kExtraLength = 34;
constexpr std::size_t kDataLength = 36;

template <class T>
T field(std::span<const std::byte> bytes, std::size_t offset) {
  return load<T>(bytes.data() + offset, ByteOrder::kLittle);
}

/// The lengths of the variable parts, as declared.
struct Parts {
  std::size_t id_bytes = 0;
  std::size_t extra_bytes = 0;
  std::size_t data_bytes = 0;

  std::size_t record_bytes() const {
    return kMseed3FixedBytes + id_bytes + extra_bytes + data_bytes;
  }
  bool within_limits() const {
    return extra_bytes <= kMaxExtraHeaderBytes && record_bytes() <= kMaxRecordBytes;
  }
};

Parts parts_of(std::span<const std::byte> bytes) {
  return {field<std::uint8_t>(bytes, kIdLength),
          field<std::uint16_t>(bytes, kExtraLength),
          field<std::uint32_t>(bytes, kDataLength)};
}

std::string_view text_at(std::span<const std::byte> bytes, std::size_t offset, std::size_t length) {
  return {reinterpret_cast<const char*>(bytes.data()) + offset, length};
}

RecordResult<void> check_lengths(std::span<const std::byte> bytes, const Parts& parts) {
  if (!parts.within_limits()) {
    return reject(
        RejectReason::kTooLong,
        "a record of {} bytes with {} bytes of extra headers; geod reads at most {} and {}",
        parts.record_bytes(),
        parts.extra_bytes,
        kMaxRecordBytes,
        kMaxExtraHeaderBytes);
  }
  if (parts.record_bytes() != bytes.size()) {
    return reject(parts.record_bytes() > bytes.size() ? RejectReason::kTruncated
                                                      : RejectReason::kLengthMismatch,
                  "the record says {} bytes, {} are there",
                  parts.record_bytes(),
                  bytes.size());
  }
  return {};
}

RecordResult<void> check_crc(std::span<const std::byte> bytes) {
  constexpr std::array<std::byte, 4> kZeroed{};
  const std::uint32_t before = crc32c(kZeroed, crc32c(bytes.first(kCrc)));
  const std::uint32_t sum = crc32c(bytes.subspan(kCrc + kZeroed.size()), before);
  const auto declared = field<std::uint32_t>(bytes, kCrc);
  if (sum != declared) {
    return reject(RejectReason::kBadCrc,
                  "check sum {:08x}, the record says {:08x}: damaged on the way",
                  sum,
                  declared);
  }
  return {};
}

RecordResult<void> read_payload(std::span<const std::byte> bytes,
                                const Parts& parts,
                                RecordView& view) {
  const RecordResult<Encoding> encoding = sample_encoding(field<std::uint8_t>(bytes, kEncoding));
  if (!encoding) {
    return tl::unexpected(encoding.error());
  }
  const bool steim = *encoding == Encoding::kSteim1 || *encoding == Encoding::kSteim2;
  view.payload = bytes.last(parts.data_bytes);
  view.payload_order = steim ? ByteOrder::kBig : ByteOrder::kLittle;
  view.header.encoding = *encoding;
  const std::size_t fit = max_samples(*encoding, parts.data_bytes);
  if (view.header.samples > fit) {
    return reject(RejectReason::kPayloadTooSmall,
                  "{} samples declared, {} bytes of {} hold at most {}",
                  view.header.samples,
                  parts.data_bytes,
                  to_string(*encoding),
                  fit);
  }
  return {};
}

/// Start, rate, flags and what the extra headers say about them.
RecordResult<void> read_timing(std::span<const std::byte> bytes,
                               const Parts& parts,
                               RecordHeader& header) {
  const RecordResult<Time> start =
      checked_start({.year = field<std::uint16_t>(bytes, kYear),
                     .day_of_year = field<std::uint16_t>(bytes, kDay),
                     .hour = field<std::uint8_t>(bytes, kHour),
                     .minute = field<std::uint8_t>(bytes, kMinute),
                     .second = field<std::uint8_t>(bytes, kSecond),
                     .fraction = Duration{field<std::uint32_t>(bytes, kNanosecond)}});
  if (!start) {
    return tl::unexpected(start.error());
  }
  const RecordResult<SampleRate> rate =
      rate_from_float64(std::bit_cast<double>(field<std::uint64_t>(bytes, kRate)));
  if (!rate) {
    return tl::unexpected(rate.error());
  }
  const RecordResult<ExtraHeaders> extra =
      read_extra_headers(text_at(bytes, kMseed3FixedBytes + parts.id_bytes, parts.extra_bytes));
  if (!extra) {
    return tl::unexpected(extra.error());
  }
  const auto flags = field<std::uint8_t>(bytes, kFlags);
  header.flags = extra->flags;
  header.flags.calibration_signal = (flags & 1U) != 0;
  header.flags.time_questionable = (flags & 2U) != 0;
  header.flags.clock_locked = (flags & 4U) != 0;
  header.timing_quality = extra->timing_quality;
  return set_timing(header, *start, *rate, extra->leap_seconds);
}

}  // namespace

bool may_be_mseed3(std::span<const std::byte> bytes) {
  constexpr std::array<std::byte, 3> kMark{std::byte{'M'}, std::byte{'S'}, std::byte{3}};
  const std::size_t size = bytes.size();
  const auto below = [&](std::size_t offset, unsigned limit) {
    return size <= offset || static_cast<unsigned>(bytes[offset]) < limit;
  };
  const std::span<const std::byte> mark = bytes.first(std::min(size, kMark.size()));
  return std::equal(mark.begin(), mark.end(), kMark.begin()) && below(kHour, 24) &&
         below(kMinute, 60) && below(kSecond, 61);
}

RecordExtent mseed3_extent(std::span<const std::byte> bytes) {
  using State = RecordExtent::State;
  if (!may_be_mseed3(bytes)) {
    return {State::kNotARecord, 0};
  }
  if (bytes.size() < kMseed3FixedBytes) {
    return {State::kNeedMore, kMseed3FixedBytes - bytes.size()};
  }
  const Parts parts = parts_of(bytes);
  if (!parts.within_limits()) {
    return {State::kNotARecord, 0};
  }
  const std::size_t length = parts.record_bytes();
  return length <= bytes.size() ? RecordExtent{State::kComplete, length}
                                : RecordExtent{State::kNeedMore, length - bytes.size()};
}

RecordResult<void> parse_mseed3(std::span<const std::byte> bytes, RecordView& view) {
  if (!may_be_mseed3(bytes)) {
    return reject(RejectReason::kNotARecord, "no miniSEED header");
  }
  if (bytes.size() < kMseed3FixedBytes) {
    return reject(RejectReason::kTruncated,
                  "{} bytes, the fixed header alone has {}",
                  bytes.size(),
                  kMseed3FixedBytes);
  }
  const Parts parts = parts_of(bytes);
  if (RecordResult<void> lengths = check_lengths(bytes, parts); !lengths) {
    return lengths;
  }
  if (RecordResult<void> crc = check_crc(bytes); !crc) {
    return crc;
  }
  RecordHeader& header = view.header;
  header.samples = field<std::uint32_t>(bytes, kSampleCount);
  if (header.samples == 0) {
    return reject(RejectReason::kNoSamples, "a record without samples, not data");
  }
  if (RecordResult<void> payload = read_payload(bytes, parts, view); !payload) {
    return payload;
  }
  if (RecordResult<void> timing = read_timing(bytes, parts, header); !timing) {
    return timing;
  }
  Result<SourceId> source_id = SourceId::parse(text_at(bytes, kMseed3FixedBytes, parts.id_bytes));
  if (!source_id) {
    return reject(RejectReason::kBadSourceId,
                  "the source identifier is not FDSN:NET_STA_LOC_BAND_SOURCE_SUBSOURCE");
  }
  header.source_id = std::move(*source_id);
  header.format_version = 3;
  header.length = static_cast<std::uint32_t>(bytes.size());
  return {};
}

std::string mseed3_name(std::span<const std::byte> bytes) {
  const std::size_t declared = field<std::uint8_t>(bytes, kIdLength);
  const std::size_t present = std::min(declared, bytes.size() - kMseed3FixedBytes);
  std::string name(text_at(bytes, kMseed3FixedBytes, present));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return name;
}

}  // namespace geod::streams
