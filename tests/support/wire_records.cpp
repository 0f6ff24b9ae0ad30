#include "tests/support/wire_records.hpp"

#include <algorithm>
#include <chrono>

#include "core/error.hpp"

namespace geod::streams {
namespace {

void put(Bytes& record, std::size_t offset, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) {
    record[offset + static_cast<std::size_t>(i)] =
        static_cast<std::byte>(value >> (8 * (width - 1 - i)));
  }
}

void put(Bytes& record, std::size_t offset, std::string_view text, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) {
    record[offset + i] = static_cast<std::byte>(i < text.size() ? text[i] : ' ');
  }
}

void put_start(Bytes& record, Time start) {
  using namespace std::chrono;
  const auto day = floor<days>(start);
  const year_month_day date(day);
  const auto day_of_year = (day - sys_days(date.year() / January / 1)).count() + 1;
  const hh_mm_ss clock(floor<microseconds>(start - day));
  put(record, 20, static_cast<std::uint64_t>(static_cast<int>(date.year())), 2);
  put(record, 22, static_cast<std::uint64_t>(day_of_year), 2);
  put(record, 24, static_cast<std::uint64_t>(clock.hours().count()), 1);
  put(record, 25, static_cast<std::uint64_t>(clock.minutes().count()), 1);
  put(record, 26, static_cast<std::uint64_t>(clock.seconds().count()), 1);
  put(record, 28, static_cast<std::uint64_t>(clock.subseconds().count() / 100), 2);
}

}  // namespace

Bytes make_record(const RecordSpec& spec) {
  constexpr std::size_t kLength = 512;
  constexpr std::size_t kDataOffset = 64;
  GEOD_CHECK(spec.samples <= (kLength - kDataOffset) / 4, "too many samples for 512 bytes");
  Bytes record(kLength);
  put(record, 0, "000001D ", 8);
  put(record, 8, spec.station, 5);
  put(record, 13, "", 2);
  put(record, 15, spec.channel, 3);
  put(record, 18, spec.network, 2);
  put_start(record, spec.start);
  put(record, 30, spec.samples, 2);
  put(record, 32, static_cast<std::uint16_t>(spec.rate_hz), 2);
  put(record, 34, 1, 2);
  put(record, 39, 1, 1);  // blockettes
  put(record, 44, kDataOffset, 2);
  put(record, 46, 48, 2);
  put(record, 48, 1000, 2);
  put(record, 52, 3, 1);  // INT32
  put(record, 53, 1, 1);  // big-endian
  put(record, 54, 9, 1);  // 2^9
  for (std::size_t i = 0; i < spec.samples; ++i) {
    const auto value = static_cast<std::uint32_t>(spec.first_value + static_cast<std::int32_t>(i));
    put(record, kDataOffset + 4 * i, value, 4);
  }
  return record;
}

Bytes bytes_of(std::string_view text) {
  Bytes bytes(text.size());
  std::ranges::transform(text, bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

void append(Bytes& to, std::span<const std::byte> more) {
  to.insert(to.end(), more.begin(), more.end());
}

void CollectingSink::on_record(Record record, const Delivery& delivery) {
  records.push_back(std::move(record));
  sources.emplace_back(delivery.source);
  if (delivery.cursor) {
    cursors.push_back(*delivery.cursor);
  }
}

void CollectingSink::on_end(const StreamEnd& end) {
  ends.push_back(
      {std::string(end.source), std::string(end.stream_id), end.channels, std::string(end.reason)});
}

}  // namespace geod::streams
