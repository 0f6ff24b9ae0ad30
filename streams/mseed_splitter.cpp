#include "streams/mseed_splitter.hpp"

#include "streams/mseed2_header.hpp"
#include "streams/mseed3_header.hpp"

namespace geod::streams {

RecordExtent next_record_length(std::span<const std::byte> bytes) {
  if (bytes.empty()) {
    return {RecordExtent::State::kNeedMore, kMseed3FixedBytes};
  }
  return bytes[0] == std::byte{'M'} ? mseed3_extent(bytes) : mseed2_extent(bytes);
}

std::size_t find_record(std::span<const std::byte> bytes, std::size_t from) {
  for (std::size_t at = from; at < bytes.size(); ++at) {
    if (next_record_length(bytes.subspan(at)).state != RecordExtent::State::kNotARecord) {
      return at;
    }
  }
  return bytes.size();
}

}  // namespace geod::streams
