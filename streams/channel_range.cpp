#include "streams/channel_range.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace geod::streams {

/// The stride may run towards lower numbers: places, not numbers, are compared.
ChannelRange::Part ChannelRange::part_of(const std::shared_ptr<const FibreGeometry>& whole) const {
  const auto is_wanted = [&](std::int64_t place) {
    const std::int64_t number = whole->channel_number(place);
    return (!first_ || number >= *first_) && (!last_ || number <= *last_);
  };
  Part part;
  part.whole = whole;
  while (part.from < whole->channels && !is_wanted(part.from)) {
    ++part.from;
  }
  std::int64_t to = part.from;
  while (to < whole->channels && is_wanted(to)) {
    ++to;
  }
  if (to - part.from == whole->channels) {
    part.part = whole;
  } else if (to > part.from) {
    FibreGeometry geometry = *whole;
    geometry.first_channel = whole->channel_number(part.from);
    geometry.channels = to - part.from;
    part.part = std::make_shared<const FibreGeometry>(std::move(geometry));
  }
  return part;
}

std::int64_t ChannelRange::wanted(const FibreGeometry& geometry) const {
  const Part part = part_of(std::make_shared<const FibreGeometry>(geometry));
  return part.part ? part.part->channels : 0;
}

std::optional<DasBlock> ChannelRange::crop(DasBlock block) {
  if (known_.whole != block.geometry) {
    Part part = part_of(block.geometry);
    // The same sampling under another pointer stays the same for who compares pointers.
    if (known_.part && part.part && *known_.part == *part.part) {
      part.part = known_.part;
    }
    known_ = std::move(part);
  }
  if (!known_.part) {
    return std::nullopt;
  }
  const FibreGeometry& whole = *known_.whole;
  const FibreGeometry& part = *known_.part;
  if (part.channels == whole.channels) {
    return block;
  }
  DasBlock cropped = block;
  cropped.geometry = known_.part;
  const std::size_t sample_bytes = bytes_of(whole.type);
  const bool is_time_major = whole.order == DasOrder::kTimeMajor;
  const auto raw = std::shared_ptr<std::byte[]>(new std::byte[cropped.bytes()]);
  const auto part_bytes = static_cast<std::size_t>(part.channels) * sample_bytes;
  const auto samples = static_cast<std::size_t>(block.samples);
  const auto from = static_cast<std::size_t>(known_.from);
  if (is_time_major) {
    const auto whole_bytes = static_cast<std::size_t>(whole.channels) * sample_bytes;
    for (std::size_t t = 0; t < samples; ++t) {
      std::memcpy(raw.get() + t * part_bytes,
                  block.raw.get() + t * whole_bytes + from * sample_bytes,
                  part_bytes);
    }
  } else {
    std::memcpy(raw.get(), block.raw.get() + from * samples * sample_bytes, part_bytes * samples);
  }
  cropped.raw = raw;
  cropped.dead.clear();
  for (const auto& [begin, end] : block.dead) {
    const std::int64_t inside_begin = std::max(begin - known_.from, std::int64_t{0});
    const std::int64_t inside_end = std::min(end - known_.from, part.channels);
    if (inside_begin < inside_end) {
      cropped.dead.emplace_back(inside_begin, inside_end);
    }
  }
  return cropped;
}

}  // namespace geod::streams
