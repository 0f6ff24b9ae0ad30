#include "service/host_names.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

namespace geod::service {
namespace {

constexpr std::size_t kLongestHost = 300;

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_address(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  // inet_pton reads up to a NUL, whatever comes after it.
  return text.find('\0') == std::string_view::npos &&
         ::inet_pton(family, std::string(text).c_str(), bytes.data()) == 1;
}

/// "127.0.0.1", "[::1]", "localhost", each with or without a port.
bool is_safe_by_itself(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end != std::string_view::npos && is_address(AF_INET6, host.substr(1, end - 1)) &&
           (end + 1 == host.size() || (host[end + 1] == ':' && is_port(host.substr(end + 2))));
  }
  const std::size_t colon = host.find(':');
  const std::string_view name = host.substr(0, colon);
  return (name == "localhost" || is_address(AF_INET, name)) &&
         (colon == std::string_view::npos || is_port(host.substr(colon + 1)));
}

/// An entry without a port stands for all of them.
bool fits(const std::string& authority, std::string_view host) {
  if (host == authority) {
    return true;
  }
  return authority.find(':') == std::string::npos && host.size() > authority.size() &&
         host.starts_with(authority) && host[authority.size()] == ':' &&
         is_port(host.substr(authority.size() + 1));
}

}  // namespace

HostNames::HostNames(const std::vector<std::string>& entries) {
  for (const std::string& entry : entries) {
    if (auto host = config::parse_public_host(entry)) {
      hosts_.push_back(std::move(*host));
    }
  }
}

std::optional<std::string> HostNames::base_url(std::string_view host) const {
  if (host.size() > kLongestHost) {
    return std::nullopt;
  }
  std::string lower(host);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const config::PublicHost& known : hosts_) {
    if (fits(known.authority, lower)) {
      return known.is_https ? "https://" + known.authority : "http://" + lower;
    }
  }
  return is_safe_by_itself(lower) ? std::optional("http://" + lower) : std::nullopt;
}

}  // namespace geod::service
