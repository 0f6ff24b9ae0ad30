#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/event.hpp"
#include "daemon/association_feed.hpp"
#include "storage/reader.hpp"
#include "storage/stored_pick.hpp"

namespace geod {

/// What the store tells geod-assoc after a restart, or when it missed something. Errors as those of
/// storage::Reader. Thread: confined to one.
class AssociationHistory {
 public:
  static Result<AssociationHistory> open(const std::filesystem::path& database);

  /// As they were told last, withdrawn ones included; ascending in time.
  Result<std::vector<EventVersion>> events(Time since);

  /// Picks of stations with their estimates, ascending in time, in pages.
  Result<void> picks(Time since, const storage::PageSink<storage::StoredPick>& sink);

  /// Picks of fibres, ascending in time.
  Result<std::vector<CommittedFibrePick>> fibre_picks(Time since);

  /// Where fibres lie by what their publishers told: by fibre, the oldest first.
  Result<std::vector<FibrePlacesChange>> fibre_places() { return reader_.fibre_places(); }

  /// Until which hour stations were looked at.
  Result<void> heard(Time since, const std::function<void(const LookedAt&)>& tell);

 private:
  explicit AssociationHistory(storage::Reader reader) : reader_(std::move(reader)) {}

  storage::Reader reader_;
};

}  // namespace geod
