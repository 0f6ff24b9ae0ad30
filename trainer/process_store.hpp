#pragma once

#include <cstdint>
#include <string>

#include "core/error.hpp"

namespace geod::trainer {

/// Where processes that train together find each other.
struct ProcessStore {
  std::string path;  ///< of `file:PATH`; else empty
  std::string host;  ///< of `tcp://HOST:PORT`
  std::uint16_t port = 0;

  /// kConfig for any other text.
  static Result<ProcessStore> parse(const std::string& text);
  bool is_file() const { return !path.empty(); }
  /// Whether all processes are on this machine.
  bool is_local() const;
};

/// A socket that listens on one address of this machine only. kIo naming it.
Result<int> listen_on(const std::string& host, std::uint16_t port);

}  // namespace geod::trainer
