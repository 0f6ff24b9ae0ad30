#pragma once

#include <cstdint>
#include <vector>

#include "models/mask_events.hpp"

namespace geod::models {

/// Puts the two fronts of an earthquake together where the mask shows them apart.
///
/// A network that sees one front in a tile cannot tell P from S; who sees both can. So a part of
/// the mask that has P and on most columns no S waits for a second one: S is a part that begins
/// after it, by at most kBothInOneTile of a tile, on nearly all of the columns they share, which
/// are at least half of its own, and that does not go over to S itself later on. It becomes S from
/// its begin, whatever the network called it. What has waited until no such part can come any more,
/// or need not wait, goes on as it is.
///
/// The result depends on the sequence of parts and rows alone. Single-threaded.
class PhasePairs {
 public:
  static constexpr double kBothInOneTile = 0.7;
  /// A part that lasts longer, in tiles, is not waited for.
  static constexpr double kLongestSecond = 1.0;
  /// Rows that a part waits at most, however large the tiles are.
  static constexpr std::int64_t kLongestWait = 1024;
  static constexpr double kMost = 0.5;
  static constexpr double kNearlyAll = 0.8;
  static constexpr std::int64_t kOwnS = 24;  ///< rows from a begin to an S that is another arrival

  /// Parts in the order in which they were decided. Appends those that need not wait.
  /// @param tile_rows  of the network. @param decided_row  nothing of this row and later was looked
  ///     at.
  void push(std::vector<MaskEvent> parts,
            std::int64_t tile_rows,
            std::int64_t decided_row,
            std::vector<MaskEvent>& out);
  /// The segment ends: nothing waits any more.
  void finish(std::vector<MaskEvent>& out);

 private:
  struct Waiting {
    MaskEvent part;
    std::int64_t until_row = 0;
  };

  std::vector<Waiting> waiting_;
};

}  // namespace geod::models
