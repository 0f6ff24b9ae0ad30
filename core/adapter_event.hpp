#pragma once

#include <string>

#include "core/time.hpp"

namespace geod {

/// Something that happened to an adapter bundle, for the adapter log.
struct AdapterEvent {
  Time time;                 ///< wall time
  std::string task;          ///< "dpk", "pmp", ...; empty where the bundle did not tell
  std::string action;        ///< "installed", "refused", "activated", "rolled back", ...
  std::string adapter_id;    ///< bundle name and version
  std::string adapter_hash;  ///< 64 hex digits; empty where the bundle could not be read
  std::string reason;        ///< who asked for it, or what was wrong

  bool operator==(const AdapterEvent&) const = default;
};

}  // namespace geod
