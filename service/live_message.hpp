#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "storage/reader.hpp"

namespace geod::service {

/// What the live feed tells, in the order in which a page of the store is told.
enum class LiveType : std::uint8_t { kPick, kDetection, kEvent, kReview };
inline constexpr std::size_t kLiveTypes = 4;
constexpr std::string_view to_string(LiveType type) {
  constexpr std::array<std::string_view, kLiveTypes> kNames{"pick", "detection", "event", "review"};
  return kNames[static_cast<std::size_t>(type)];
}

/// Where a follower stands: the newest row of each type that it was told, as its key in the
/// database. Written "PICK-DETECTION-EVENT-REVIEW", e.g. "1207-0-31-2".
struct LiveCursor {
  std::array<std::int64_t, kLiveTypes> keys{};

  std::int64_t& of(LiveType type) { return keys[static_cast<std::size_t>(type)]; }
  std::int64_t of(LiveType type) const { return keys[static_cast<std::size_t>(type)]; }
  std::string to_string() const;
  /// Also "begin". Nothing when it is none.
  static std::optional<LiveCursor> parse(std::string_view text);
};

/// Which types are told.
struct LiveTypes {
  std::array<bool, kLiveTypes> wanted{true, true, true, true};

  bool has(LiveType type) const { return wanted[static_cast<std::size_t>(type)]; }
  /// Reads "picks,events" (also "pick"); kConfig otherwise.
  static Result<LiveTypes> parse(const std::vector<std::string>& words);
};

/// One row of the store as it is told.
struct LiveMessage {
  LiveType type = LiveType::kPick;
  std::int64_t key = 0;
  LiveCursor cursor;  ///< after it
  std::string json;
};

/// What was committed after `after`, at most `limit` of each type; picks come before the events
/// that they belong to, and those before reviews.
Result<std::vector<LiveMessage>> read_live(storage::Reader& reader,
                                           const LiveCursor& after,
                                           const LiveTypes& types,
                                           std::size_t limit);

}  // namespace geod::service
