#pragma once

#include <string>

#include "core/time.hpp"

namespace geod::config {

/// What the daemon does with a bundle that appears in the folder.
enum class OnNewBundle {
  kCheck,     ///< checks it and says what it found
  kShadow,    ///< and lets it run beside the active one, its picks apart
  kActivate,  ///< and lets it serve
};

struct AdaptersConfig {
  std::string directory = "adapters";  ///< watched; relative to daemon.state_directory
  OnNewBundle on_new = OnNewBundle::kShadow;
  /// A bundle that is copied in file by file is read when nothing in it changed for this time.
  Duration settle = std::chrono::milliseconds{200};
};

}  // namespace geod::config
