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
/// its begin, whatever the network called it. As the first front may last longer than the second,
/// a part also waits for those that began before it and are still on. What has waited until no such
/// part can come any more goes on as it is.
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
  /// @param looked_at  what the parts came from. @param tile_rows  of the network.
  void push(std::vector<MaskEvent> parts,
            const MaskEvents& looked_at,
            std::int64_t tile_rows,
            std::vector<MaskEvent>& out);
  /// The segment ends: nothing waits any more.
  void finish(std::vector<MaskEvent>& out);

 private:
  struct Waiting {
    MaskEvent part;
    bool lacks_s = false;
    std::int64_t first_row = 0;     ///< where it begins
    std::int64_t second_until = 0;  ///< a second front can come until then, as the next
    std::int64_t first_until = 0;   ///< a first front
  };

  void join(double longest_rows);

  std::vector<Waiting> waiting_;
};

}  // namespace geod::models
