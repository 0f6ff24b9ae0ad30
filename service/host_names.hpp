#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/service_config.hpp"
#include "core/error.hpp"

namespace geod::service {

/// The names under which the server may be spoken to. A page in a browser that had its own name
/// point here must not read it, so other names are refused; addresses in digits cannot be such.
class HostNames {
 public:
  /// `entries` as ServiceConfig::hosts, valid.
  explicit HostNames(const std::vector<std::string>& entries);

  /// "http://HOST" for what a header Host says; nothing when it is not allowed or malformed.
  std::optional<std::string> base_url(std::string_view host) const;

 private:
  std::vector<config::PublicHost> hosts_;
};

}  // namespace geod::service
