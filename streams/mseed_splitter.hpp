#pragma once

#include <cstddef>
#include <span>

namespace geod::streams {

/// What stands at the beginning of a buffer.
struct RecordExtent {
  enum class State {
    kComplete,    ///< a record of `bytes` bytes lies wholly in the buffer
    kNeedMore,    ///< the beginning of a record: at least `bytes` more are needed to go on
    kNotARecord,  ///< no record begins here, whatever follows
  };
  State state = State::kNotARecord;
  std::size_t bytes = 0;
};

/// Length of the record at the beginning of `bytes`, for cutting concatenated records apart. Reads
/// only what is there; the record itself is not validated beyond its length fields.
RecordExtent next_record_length(std::span<const std::byte> bytes);

/// Offset of the first place at or after `from` where a record begins or, near the end, may begin;
/// bytes.size() when there is none. Skips zero-filled chunks and other garbage.
std::size_t find_record(std::span<const std::byte> bytes, std::size_t from);

}  // namespace geod::streams
