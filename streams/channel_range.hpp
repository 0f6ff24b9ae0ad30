#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/das_block.hpp"

namespace geod::streams {

/// The channels of a fibre that are wanted, by their numbers along it. Single-threaded.
class ChannelRange {
 public:
  /// Both within; nothing: up to that end of the fibre.
  ChannelRange(std::optional<std::int64_t> first, std::optional<std::int64_t> last)
      : first_(first), last_(last) {}

  /// The block with the wanted channels alone: itself where all are wanted, else a copy of these;
  /// nothing when it has none of them.
  std::optional<DasBlock> crop(DasBlock block);

  /// How many of the channels are wanted.
  std::int64_t wanted(const FibreGeometry& geometry) const;

 private:
  struct Part {
    std::shared_ptr<const FibreGeometry> whole;
    std::shared_ptr<const FibreGeometry> part;  ///< null: no channel of it is wanted
    std::int64_t from = 0;                      ///< place in the block of the first
  };
  Part part_of(const std::shared_ptr<const FibreGeometry>& whole) const;

  std::optional<std::int64_t> first_;
  std::optional<std::int64_t> last_;
  Part known_;  ///< of the geometry seen last
};

}  // namespace geod::streams
