#include "config/service_config.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

namespace geod::config {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* last = text.data() + text.size();
  const auto [end, status] = std::from_chars(text.data(), last, port);
  if (text.empty() || status != std::errc{} || end != last) {
    return std::nullopt;
  }
  return port;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

bool is_host_name(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

}  // namespace

Result<ListenAddress> parse_listen(std::string_view text) {
  ListenAddress address;
  const std::size_t colon = text.rfind(':');
  const auto port =
      colon == std::string_view::npos ? std::nullopt : parse_port(text.substr(colon + 1));
  if (port) {
    std::string_view host = text.substr(0, colon);
    const bool has_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (has_brackets) {
      host = host.substr(1, host.size() - 2);
    }
    address = {host == "localhost" ? "127.0.0.1"
               : host == "*"       ? "0.0.0.0"
                                   : std::string(host),
               *port};
    const bool is_v6 = address.host.find(':') != std::string::npos;
    if (is_v6 == has_brackets && is_address(address.host)) {
      return address;
    }
  }
  return fail(Errc::kConfig,
              "'{}' is no address to listen on; write ADDRESS:PORT, for example 127.0.0.1:8080, "
              "[::1]:8080 or *:8080",
              text);
}

Result<PublicHost> parse_public_host(std::string_view text) {
  PublicHost host;
  std::string_view rest = text;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (rest.starts_with(scheme)) {
      host.is_https = scheme == "https://";
      rest.remove_prefix(scheme.size());
      break;
    }
  }
  host.authority = rest;
  std::transform(host.authority.begin(), host.authority.end(), host.authority.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::size_t colon = host.authority.find(':');
  const std::string_view name = std::string_view(host.authority).substr(0, colon);
  if (!is_host_name(name) ||
      (colon != std::string::npos && !parse_port(host.authority.substr(colon + 1)))) {
    return fail(Errc::kConfig,
                "'{}' is no name of a host; write name[:port], for example quakes.example.org or "
                "https://quakes.example.org",
                text);
  }
  for (const std::string_view service : {"dataselect", "station", "event"}) {
    if (name.find(service) != std::string_view::npos) {
      return fail(Errc::kConfig,
                  "'{}' contains '{}': ObsPy's client would take every address of this host for "
                  "that service; use another name",
                  text,
                  service);
    }
  }
  return host;
}

}  // namespace geod::config
