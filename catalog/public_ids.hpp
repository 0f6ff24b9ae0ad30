#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace geod::catalog {

/// QuakeML resource identifiers, "smi:AUTHORITY/KIND/...". Each is made of keys of the database
/// alone, so that an object has the same one in every file.
class PublicIds {
 public:
  /// kConfig when the authority is not three or more letters, digits and - . _ beginning with a
  /// letter or digit, e.g. "ch.ethz.sed".
  static Result<PublicIds> make(std::string authority);

  std::string catalogue() const;
  std::string event(std::string_view event_id) const;
  std::string origin(std::string_view event_id, int version) const;
  std::string arrival(std::string_view event_id, int version, std::string_view pick_id) const;
  std::string magnitude(std::string_view event_id, int version, std::string_view type) const;
  std::string station_magnitude(std::string_view event_id,
                                int version,
                                std::string_view type,
                                std::string_view instrument) const;
  std::string amplitude(std::string_view event_id, int version, std::string_view channel) const;
  std::string pick(std::string_view pick_id) const;
  std::string method(std::string_view name) const;
  std::string earth_model(std::string_view name) const;

  /// Of what came from elsewhere: as it was given where QuakeML allows it. One of our own, which a
  /// review took over, is told from ours by "/reviewed"; what is no identifier gets one of its
  /// text.
  std::string given(std::string_view kind, std::string_view id) const;
  /// Of an arrival that came from elsewhere, whose own identifier is not kept.
  std::string given_arrival(std::string_view origin_id, std::string_view pick_id) const;

  /// Whether QuakeML 1.2 allows it (ASCII only).
  static bool is_valid(std::string_view id);
  /// The 16 hex digits of an identifier as event() makes it, of any authority.
  static std::optional<std::string> event_id_of(std::string_view public_id);

 private:
  explicit PublicIds(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string prefix_;  ///< "smi:AUTHORITY/"
};

}  // namespace geod::catalog
