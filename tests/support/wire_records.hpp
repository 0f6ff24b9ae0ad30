#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "streams/source.hpp"

namespace geod::streams {

using Bytes = std::vector<std::byte>;

/// What a test record is made of.
struct RecordSpec {
  std::string network = "XX";
  std::string station = "AAA";
  std::string channel = "HHZ";
  Time start = time_from_ns(1'562'259'600'000'000'000);  // 2019-07-04T17:00:00Z
  std::int16_t rate_hz = 100;
  std::uint16_t samples = 100;   ///< at most 112
  std::int32_t first_value = 0;  ///< samples count up from here
};

/// A miniSEED 2 record of 512 bytes, INT32, big-endian.
Bytes make_record(const RecordSpec& spec);

Bytes bytes_of(std::string_view text);
void append(Bytes& to, std::span<const std::byte> more);

/// Keeps what a source delivers.
class CollectingSink final : public RecordSink {
 public:
  struct End {
    std::string source;
    std::string stream_id;
    std::vector<SourceId> channels;
    std::string reason;
  };
  void on_record(Record record, const Delivery& delivery) override;
  void on_end(const StreamEnd& end) override;

  std::vector<Record> records;
  std::vector<std::string> sources;  ///< of each record
  std::vector<Cursor> cursors;
  std::vector<End> ends;
};

}  // namespace geod::streams
