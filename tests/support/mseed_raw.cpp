#include "tests/support/mseed_raw.hpp"

#include <algorithm>
#include <bit>

#include "streams/crc32c.hpp"
#include "streams/steim_encode.hpp"

namespace geod::test {
namespace {

constexpr std::size_t kCountingSamples = 16;

std::vector<std::byte> counting(ByteOrder order) {
  std::vector<std::byte> payload(kCountingSamples * 4);
  for (std::uint32_t i = 0; i < kCountingSamples; ++i) {
    streams::store(&payload[i * 4], i, order);
  }
  return payload;
}

void put_text(std::byte* at, const std::string& text) {
  std::transform(text.begin(), text.end(), at, [](char c) { return static_cast<std::byte>(c); });
}

/// Writes blockettes one after the other and links them.
class Chain {
 public:
  Chain(std::vector<std::byte>& record, ByteOrder order) : record_(record), order_(order) {}

  /// Begins a blockette of `length` bytes; returns where.
  std::byte* add(std::uint16_t type, std::uint16_t length) {
    if (last_link_ != nullptr) {
      streams::store(last_link_, next_, order_);
    }
    std::byte* at = &record_[next_];
    streams::store(at, type, order_);
    last_link_ = at + 2;
    next_ = static_cast<std::uint16_t>(next_ + length);
    return at;
  }

 private:
  std::vector<std::byte>& record_;
  ByteOrder order_;
  std::byte* last_link_ = nullptr;
  std::uint16_t next_ = 48;
};

}  // namespace

std::vector<std::byte> RawMseed2::counting_payload() {
  return counting(ByteOrder::kBig);
}

std::vector<std::byte> RawMseed2::bytes() const {
  std::vector<std::byte> record(std::max<std::size_t>(record_bytes, 128));
  const auto put = [&](std::size_t offset, auto value) {
    streams::store(&record[offset], value, header_order);
  };
  put_text(&record[0], sequence);
  record[6] = static_cast<std::byte>(quality);
  record[7] = std::byte{' '};
  put_text(&record[8], station);
  put_text(&record[13], location);
  put_text(&record[15], channel);
  put_text(&record[18], network);
  put(20, year);
  put(22, day);
  record[24] = std::byte{hour};
  record[25] = std::byte{minute};
  record[26] = std::byte{second};
  put(28, fraction);
  put(30, samples);
  put(32, static_cast<std::uint16_t>(rate_factor));
  put(34, static_cast<std::uint16_t>(rate_multiplier));
  record[36] = std::byte{activity_flags};
  record[37] = std::byte{io_flags};
  record[38] = std::byte{quality_flags};
  put(40, static_cast<std::uint32_t>(correction));
  put(44, data_offset);
  put(46, first_blockette);
  Chain chain(record, header_order);
  const auto add_b1000 = [&](std::uint8_t exponent) {
    std::byte* at = chain.add(1000, 8);
    at[4] = std::byte{encoding};
    at[5] =
        static_cast<std::byte>(static_cast<std::uint8_t>(payload_order) + b1000_byte_order_offset);
    at[6] = std::byte{exponent};
  };
  if (has_b1000) {
    add_b1000(length_exponent);
  }
  if (b1001_microseconds) {
    std::byte* at = chain.add(1001, 8);
    at[4] = std::byte{b1001_quality};
    at[5] = static_cast<std::byte>(*b1001_microseconds);
  }
  if (b100_hz) {
    std::byte* at = chain.add(100, 12);
    streams::store(at + 4, std::bit_cast<std::uint32_t>(*b100_hz), header_order);
  }
  if (second_b1000_exponent) {
    add_b1000(*second_b1000_exponent);
  }
  if (data_offset < record.size()) {
    const std::size_t room = record.size() - data_offset;
    std::copy_n(payload.begin(), std::min(room, payload.size()), &record[data_offset]);
  }
  record.resize(record_bytes);
  return record;
}

std::vector<std::byte> RawMseed3::counting_payload() {
  return counting(ByteOrder::kLittle);
}

std::vector<std::byte> RawMseed3::bytes() const {
  std::vector<std::byte> record(40 + source_id.size() + extra_headers.size() + payload.size());
  const auto put = [&](std::size_t offset, auto value) {
    streams::store(&record[offset], value, ByteOrder::kLittle);
  };
  put_text(&record[0], "MS");
  record[2] = std::byte{3};
  record[3] = std::byte{flags};
  put(4, nanosecond);
  put(8, year);
  put(10, day);
  record[12] = std::byte{hour};
  record[13] = std::byte{minute};
  record[14] = std::byte{second};
  record[15] = std::byte{encoding};
  put(16, std::bit_cast<std::uint64_t>(rate));
  put(24, samples);
  record[32] = std::byte{publication};
  record[33] = static_cast<std::byte>(source_id.size());
  put(34, static_cast<std::uint16_t>(extra_headers.size()));
  put(36, static_cast<std::uint32_t>(payload.size()));
  put_text(record.data() + 40, source_id);
  put_text(record.data() + 40 + source_id.size(), extra_headers);
  std::copy(payload.begin(),
            payload.end(),
            record.begin() + static_cast<std::ptrdiff_t>(record.size() - payload.size()));
  put(28, streams::crc32c(record) + crc_error);
  return record;
}

std::vector<std::byte> steim2_payload(std::size_t samples, std::size_t frames, ByteOrder order) {
  std::vector<std::int32_t> squares(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    squares[i] = static_cast<std::int32_t>(i * i);
  }
  std::vector<std::byte> payload(frames * 64);
  const Result<std::size_t> packed = streams::encode_steim2(squares, 0, order, payload);
  GEOD_CHECK(packed && *packed == samples, "the samples do not fit into the frames");
  return payload;
}

}  // namespace geod::test
