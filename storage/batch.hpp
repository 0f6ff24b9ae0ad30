#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/continuity.hpp"
#include "core/pick.hpp"
#include "core/window.hpp"

namespace geod::storage {

/// What one transaction writes. A cursor belongs in the batch of the last work that it covers.
struct Batch {
  std::vector<Pick> picks;
  std::vector<ContinuityEvent> continuity;
  std::vector<ChannelInfo> channels;
  std::vector<CompletenessDelta> completeness;
  std::vector<Cursor> cursors;

  std::size_t rows() const {
    return picks.size() + continuity.size() + channels.size() + completeness.size() +
           cursors.size();
  }
  /// Empties it; keeps the memory for the next batch.
  void clear() {
    picks.clear();
    continuity.clear();
    channels.clear();
    completeness.clear();
    cursors.clear();
  }
};

/// What became of one pick of a batch.
enum class PickOutcome : std::uint8_t {
  kInserted,      ///< new
  kAlreadyThere,  ///< the store holds it from before (replay, restart); the first is kept
  kRefused,       ///< a value is not finite or out of its range; counted, not stored
};

/// The answer to a batch that is on disk.
struct Committed {
  std::vector<PickOutcome> picks;  ///< one each, in the order of Batch::picks
  std::size_t refused_rows = 0;    ///< picks and other rows with values that cannot be stored
  std::string first_refusal;       ///< why, for the log; empty when none
};

}  // namespace geod::storage
