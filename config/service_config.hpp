#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"

namespace geod::config {

/// What other programs may read over HTTP and ZeroMQ. Nothing here changes anything.
struct ServiceConfig {
  bool enabled = false;
  std::string listen = "127.0.0.1:8080";
  /// Names under which people reach the server, "name[:port]", with "https://" before it where a
  /// proxy speaks TLS. Addresses in digits and localhost need no entry.
  std::vector<std::string> hosts;
  std::string publish;  ///< ZeroMQ PUB, "tcp://127.0.0.1:15556"; empty: none
  std::string agency_id = "geod";
  std::uint32_t max_connections = 128;
  std::uint32_t max_subscribers = 32;
  std::uint32_t max_events = 20'000;
  std::uint32_t query_threads = 2;
  Duration header_timeout = std::chrono::seconds{10};
  Duration idle_timeout = std::chrono::seconds{60};
  Duration write_timeout = std::chrono::seconds{30};
  Duration heartbeat = std::chrono::seconds{15};
};

/// An address that a server listens on.
struct ListenAddress {
  std::string host;        ///< digits of IPv4 or IPv6, without brackets
  std::uint16_t port = 0;  ///< 0: any that is free
};

/// Reads "127.0.0.1:8080", "[::1]:8080", "localhost:8080" or "*:8080". kConfig otherwise.
Result<ListenAddress> parse_listen(std::string_view text);

/// A name of the server as people write it.
struct PublicHost {
  bool is_https = false;
  std::string authority;  ///< "name" or "name:port", in small letters
};

/// Reads an entry of ServiceConfig::hosts. kConfig otherwise, and for names that ObsPy's client
/// cannot work with: it tells the services apart by looking for their names anywhere in the URL.
Result<PublicHost> parse_public_host(std::string_view text);

}  // namespace geod::config
