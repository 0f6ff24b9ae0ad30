#include "config/endpoint.hpp"

#include <algorithm>
#include <charconv>

namespace geod::config {
namespace {

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kIpc = "ipc://";
/// sun_path of a Unix socket address holds 108 bytes with the terminating NUL.
constexpr std::size_t kMaxSocketPathBytes = 107;
/// RFC 1035.
constexpr std::size_t kMaxHostBytes = 253;

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

bool is_address_character(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' ||
         c == '.';
}

Result<Endpoint> parse_tcp(std::string_view whole, std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(Errc::kConfig, "'{}' has no port; write for example tcp://127.0.0.1:15555", whole);
  }
  std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) {
    host = host.substr(1, host.size() - 2);
  }
  const bool good_host =
      host == "*" ||
      (!host.empty() && host.size() <= kMaxHostBytes &&
       std::all_of(
           host.begin(), host.end(), in_brackets ? is_address_character : is_host_character));
  if (!good_host) {
    return fail(Errc::kConfig,
                "'{}' has no valid host; write a name, an address ([...] around IPv6) or *",
                whole);
  }
  Endpoint endpoint;
  endpoint.host = std::string(host);
  if (port != "*") {
    std::uint16_t number = 0;
    const auto [end, status] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (status != std::errc{} || end != port.data() + port.size() || number == 0) {
      return fail(Errc::kConfig, "'{}' has no valid port; write 1 to 65535", whole);
    }
    endpoint.port = number;
  }
  return endpoint;
}

}  // namespace

bool Endpoint::is_local() const {
  if (transport == Transport::kIpc) {
    return true;
  }
  const bool is_ipv4 = std::all_of(
      host.begin(), host.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return host == "localhost" || host == "lo" || host == "::1" ||
         (is_ipv4 && host.starts_with("127."));
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with(kTcp)) {
    return parse_tcp(text, text.substr(kTcp.size()));
  }
  if (text.starts_with(kIpc)) {
    Endpoint endpoint;
    endpoint.transport = Endpoint::Transport::kIpc;
    endpoint.path = std::string(text.substr(kIpc.size()));
    if (!endpoint.path.starts_with("/") || endpoint.path.size() > kMaxSocketPathBytes) {
      return fail(
          Errc::kConfig,
          "'{}' is not a socket path; write ipc:// and an absolute path of at most {} bytes",
          text,
          kMaxSocketPathBytes);
    }
    return endpoint;
  }
  return fail(Errc::kConfig,
              "'{}' is not an address; write for example tcp://127.0.0.1:15555 or "
              "ipc:///run/geod/ingest",
              text);
}

}  // namespace geod::config
