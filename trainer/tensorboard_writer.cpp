#include "trainer/tensorboard_writer.hpp"

#include <bit>
#include <utility>

#include "streams/crc32c.hpp"

namespace geod::trainer {
namespace {

// Field numbers of TensorFlow's event.proto and summary.proto.
constexpr unsigned kEventWallTime = 1;
constexpr unsigned kEventStep = 2;
constexpr unsigned kEventFileVersion = 3;
constexpr unsigned kEventSummary = 5;
constexpr unsigned kEventSessionLog = 7;
constexpr unsigned kSummaryValue = 1;
constexpr unsigned kValueTag = 1;
constexpr unsigned kValueSimpleValue = 2;
constexpr unsigned kSessionLogStatus = 1;
constexpr std::uint64_t kSessionStart = 1;

// Wire types of protobuf.
constexpr unsigned kVarint = 0;
constexpr unsigned kFixed64 = 1;
constexpr unsigned kLengthDelimited = 2;
constexpr unsigned kFixed32 = 5;

/// The only version TensorBoard reads.
constexpr const char* kFileVersion = "brain.Event:2";

void put_little_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>(value >> (8 * i) & 0xFFU));
  }
}

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80U) {
    out.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
    value >>= 7U;
  }
  out.push_back(static_cast<char>(value));
}

void put_key(std::string& out, unsigned field, unsigned wire_type) {
  put_varint(out, field << 3U | wire_type);
}

void put_bytes(std::string& out, unsigned field, const std::string& bytes) {
  put_key(out, field, kLengthDelimited);
  put_varint(out, bytes.size());
  out += bytes;
}

std::string event_head(double wall_time_s, std::int64_t step) {
  std::string event;
  put_key(event, kEventWallTime, kFixed64);
  put_little_endian(event, std::bit_cast<std::uint64_t>(wall_time_s), 8);
  put_key(event, kEventStep, kVarint);
  put_varint(event, static_cast<std::uint64_t>(step));
  return event;
}

/// TFRecord stores check sums rotated and shifted, so that a sum over bytes that hold sums stays
/// meaningful.
std::uint32_t masked_crc(const std::string& bytes) {
  const std::uint32_t sum = streams::crc32c(std::as_bytes(std::span(bytes)));
  constexpr std::uint32_t kMaskDelta = 0xA282EAD8U;
  return std::rotr(sum, 15) + kMaskDelta;
}

}  // namespace

Result<TensorboardWriter> TensorboardWriter::create(const std::filesystem::path& folder,
                                                    double start_s,
                                                    std::int64_t first_step) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return fail(Errc::kIo, "{}: {}", folder.string(), error.message());
  }
  std::filesystem::path path =
      folder / fmt::format("events.out.tfevents.{:010d}.geod", static_cast<std::int64_t>(start_s));
  TensorboardWriter writer(path, std::ofstream(path, std::ios::binary | std::ios::app));
  std::string version = event_head(start_s, 0);
  put_bytes(version, kEventFileVersion, kFileVersion);
  if (auto written = writer.write_record(version); !written) {
    return tl::unexpected(written.error());
  }
  if (first_step > 0) {
    std::string log;
    put_key(log, kSessionLogStatus, kVarint);
    put_varint(log, kSessionStart);
    std::string start = event_head(start_s, first_step);
    put_bytes(start, kEventSessionLog, log);
    if (auto written = writer.write_record(start); !written) {
      return tl::unexpected(written.error());
    }
  }
  return writer;
}

Result<void> TensorboardWriter::add(double wall_time_s,
                                    std::int64_t step,
                                    std::span<const Metric> metrics) {
  std::string summary;
  for (const Metric& metric : metrics) {
    std::string value;
    put_bytes(value, kValueTag, metric.name);
    put_key(value, kValueSimpleValue, kFixed32);
    put_little_endian(value, std::bit_cast<std::uint32_t>(static_cast<float>(metric.value)), 4);
    put_bytes(summary, kSummaryValue, value);
  }
  std::string event = event_head(wall_time_s, step);
  put_bytes(event, kEventSummary, summary);
  return write_record(event);
}

Result<void> TensorboardWriter::write_record(const std::string& event) {
  std::string length;
  put_little_endian(length, event.size(), 8);
  std::string record = length;
  put_little_endian(record, masked_crc(length), 4);
  record += event;
  put_little_endian(record, masked_crc(event), 4);
  file_.write(record.data(), static_cast<std::streamsize>(record.size()));
  file_.flush();
  if (!file_) {
    return fail(Errc::kIo, "{}: cannot be written", path_.string());
  }
  return {};
}

}  // namespace geod::trainer
