#include "streams/mseed2_blockettes.hpp"

#include <algorithm>

namespace geod::streams {
namespace {

constexpr std::size_t kFixedBytes = 48;
constexpr std::size_t kFirstBlocketteField = 46;
constexpr std::size_t kLinkBytes = 4;
constexpr int kMaxBlockettes = 255;

}  // namespace

BlocketteWalk::BlocketteWalk(std::span<const std::byte> bytes, ByteOrder order, std::size_t limit)
    : bytes_(bytes),
      order_(order),
      limit_(limit),
      next_offset_(load<std::uint16_t>(bytes.data() + kFirstBlocketteField, order)),
      free_from_(kFixedBytes) {}

bool BlocketteWalk::has(std::size_t end) {
  missing_bytes_ = end > bytes_.size() ? end - bytes_.size() : 0;
  return missing_bytes_ == 0;
}

std::size_t BlocketteWalk::length_at(std::size_t offset, std::uint16_t type) {
  switch (type) {  // SEED 2.4 chapter 8
    case 100:
      return 12;
    case 200:
      return 52;
    case 201:
    case 300:
    case 310:
      return 60;
    case 320:
      return 64;
    case 390:
      return 28;
    case 395:
    case 400:
      return 16;
    case 405:
      return 6;
    case 500:
      return 200;
    case 1000:
    case 1001:
      return 8;
    case 2000:
      return has(offset + kLinkBytes + 2)
                 ? std::max<std::size_t>(load<std::uint16_t>(bytes_.data() + offset + 4, order_),
                                         15)
                 : 0;
    default:
      return kLinkBytes;
  }
}

BlocketteWalk::Step BlocketteWalk::next() {
  if (next_offset_ == 0) {
    return Step::kEnd;
  }
  const std::size_t offset = next_offset_;
  if (offset < free_from_ || offset + kLinkBytes > limit_ || seen_ == kMaxBlockettes) {
    return Step::kBroken;
  }
  if (!has(offset + kLinkBytes)) {
    return Step::kNeedMore;
  }
  const auto type = load<std::uint16_t>(bytes_.data() + offset, order_);
  const std::size_t length = length_at(offset, type);
  if (length == 0) {
    return Step::kNeedMore;
  }
  if (offset + length > limit_) {
    return Step::kBroken;
  }
  if (!has(offset + length)) {
    return Step::kNeedMore;
  }
  next_offset_ = load<std::uint16_t>(bytes_.data() + offset + 2, order_);
  free_from_ = offset + length;
  ++seen_;
  blockette_ = {type, offset};
  return Step::kBlockette;
}

}  // namespace geod::streams
