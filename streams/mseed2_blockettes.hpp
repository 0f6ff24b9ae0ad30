#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "streams/byte_order.hpp"

namespace geod::streams {

/// One blockette of a miniSEED 2 header: its type and where it begins in the record.
struct Blockette {
  std::uint16_t type = 0;
  std::size_t offset = 0;
};

/// Walks the blockette chain of a record, strictly forward: each blockette begins at or after the
/// end of the one before and lies whole below `limit`.
///
/// At most 255 blockettes (the header counts them in one byte), so a walk is short whatever the
/// bytes say. Does not own the bytes.
class BlocketteWalk {
 public:
  enum class Step {
    kBlockette,  ///< `blockette()` is the next one, whole in the buffer
    kEnd,        ///< the chain has ended as it should
    kBroken,     ///< backwards, overlapping, beyond `limit` or too long
    kNeedMore,   ///< the buffer ends before the next one does; `missing_bytes()` says how much
  };

  /// `bytes` begin with the fixed section (48 bytes at least). `limit`: offset that no blockette
  /// may reach beyond.
  BlocketteWalk(std::span<const std::byte> bytes, ByteOrder order, std::size_t limit);

  Step next();
  const Blockette& blockette() const { return blockette_; }
  std::size_t missing_bytes() const { return missing_bytes_; }

 private:
  /// True when the bytes below `end` are there; sets missing_bytes_ otherwise.
  bool has(std::size_t end);
  /// Bytes of the blockette at `offset`, for unknown types its two link fields. 0: not known yet,
  /// because the field that tells is not there.
  std::size_t length_at(std::size_t offset, std::uint16_t type);

  std::span<const std::byte> bytes_;
  ByteOrder order_;
  std::size_t limit_;
  std::size_t next_offset_;
  std::size_t free_from_;  // end of the last blockette
  int seen_ = 0;
  std::size_t missing_bytes_ = 0;
  Blockette blockette_;
};

}  // namespace geod::streams
