#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace geod::config {

/// A ZeroMQ address, taken apart.
struct Endpoint {
  enum class Transport { kTcp, kIpc };
  Transport transport = Transport::kTcp;
  std::string host;                   ///< "127.0.0.1", "*", "eth0", "::1" (no brackets)
  std::optional<std::uint16_t> port;  ///< empty: `*`, any free port
  std::string path;                   ///< of ipc

  /// True when only processes of this host can reach it. A host name other than localhost is taken
  /// as reachable from outside: what it resolves to is not ours to decide.
  bool is_local() const;
};

/// Reads "tcp://HOST:PORT" or "ipc:///PATH". kConfig otherwise.
Result<Endpoint> parse_endpoint(std::string_view text);

}  // namespace geod::config
