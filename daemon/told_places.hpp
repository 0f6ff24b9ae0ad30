#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fibre_places.hpp"
#include "core/time.hpp"
#include "streams/fibre_sink.hpp"

namespace geod {

/// Where fibres lie by the metadata of their publishers: each change once, with the data time from
/// which it holds. Metadata has no time of its own, so that is the first sample after it. Metadata
/// that names no places, or bad ones (one error says why), changes nothing.
/// Thread: confined to one.
class ToldPlaces {
 public:
  /// Changes of one fibre that are taken in a run; further ones are refused with one error: each
  /// costs a row, and the association begins anew.
  static constexpr int kMostChanges = 100;

  void take(const streams::FibreMetadata& metadata);

  /// A block of the fibre begins at `from`: what was told of it since the last one, where it says
  /// something new.
  std::optional<FibrePlacesChange> change_at(const std::string& fibre_id, Time from);

 private:
  struct Fibre {
    std::vector<FibrePlace> places;  ///< told last
    bool is_waiting = false;         ///< for a block
    int changes = 0;
  };
  std::map<std::string, Fibre> fibres_;
};

}  // namespace geod
