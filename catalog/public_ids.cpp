#include "catalog/public_ids.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace geod::catalog {
namespace {

constexpr std::size_t kEventIdDigits = 16;
constexpr std::size_t kMaxGiven = 1024;  ///< longer ones are not worth keeping
constexpr std::size_t kMaxSlug = 64;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_one_of(char c, std::string_view marks) {
  return is_alphanumeric(c) || marks.find(c) != std::string_view::npos;
}

/// The text with '_' for all that may not stand in an identifier.
std::string slug(std::string_view text) {
  std::string result(text.empty() ? "none" : text);
  for (char& c : result) {
    c = is_one_of(c, "-.~") ? c : '_';
  }
  return result;
}

/// FNV-1a, 64 bit.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t state = 1469598103934665603ULL;
  for (const char c : text) {
    state = (state ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return state;
}

}  // namespace

Result<PublicIds> PublicIds::make(std::string authority) {
  const bool valid =
      authority.size() >= 3 && authority.size() <= kMaxSlug && is_alphanumeric(authority.front()) &&
      std::all_of(authority.begin(), authority.end(), [](char c) { return is_one_of(c, "-._"); });
  if (!valid) {
    return fail(Errc::kConfig,
                "'{}' cannot be the authority of public ids: it takes 3 to {} letters, digits and "
                "- . _ and begins with a letter or digit, e.g. ch.ethz.sed",
                authority,
                kMaxSlug);
  }
  return PublicIds("smi:" + authority + "/");
}

std::string PublicIds::catalogue() const {
  return prefix_ + "catalogue";
}
std::string PublicIds::event(std::string_view event_id) const {
  return fmt::format("{}event/{}", prefix_, slug(event_id));
}
std::string PublicIds::origin(std::string_view event_id, int version) const {
  return fmt::format("{}origin/{}/{}", prefix_, slug(event_id), version);
}
std::string PublicIds::arrival(std::string_view event_id,
                               int version,
                               std::string_view pick_id) const {
  return fmt::format("{}arrival/{}/{}/{}", prefix_, slug(event_id), version, slug(pick_id));
}
std::string PublicIds::magnitude(std::string_view event_id,
                                 int version,
                                 std::string_view type) const {
  return fmt::format("{}magnitude/{}/{}/{}", prefix_, slug(event_id), version, slug(type));
}
std::string PublicIds::station_magnitude(std::string_view event_id,
                                         int version,
                                         std::string_view type,
                                         std::string_view instrument) const {
  return fmt::format("{}stationmagnitude/{}/{}/{}/{}",
                     prefix_,
                     slug(event_id),
                     version,
                     slug(type),
                     slug(instrument));
}
std::string PublicIds::amplitude(std::string_view event_id,
                                 int version,
                                 std::string_view channel) const {
  return fmt::format("{}amplitude/{}/{}/{}", prefix_, slug(event_id), version, slug(channel));
}
std::string PublicIds::pick(std::string_view pick_id) const {
  return fmt::format("{}pick/{}", prefix_, slug(pick_id));
}
std::string PublicIds::method(std::string_view name) const {
  return fmt::format("{}method/{}", prefix_, slug(name));
}
std::string PublicIds::earth_model(std::string_view name) const {
  return fmt::format("{}earthmodel/{}", prefix_, slug(name));
}

std::string PublicIds::given(std::string_view kind, std::string_view id) const {
  if (id.size() <= kMaxGiven && is_valid(id)) {
    return std::string(id) + (id.starts_with(prefix_) ? "/reviewed" : "");
  }
  return fmt::format(
      "{}{}/given/{}-{:016x}", prefix_, kind, slug(id.substr(0, kMaxSlug)), hash_of(id));
}

std::string PublicIds::given_arrival(std::string_view origin_id, std::string_view pick_id) const {
  return fmt::format(
      "{}arrival/given/{:016x}-{:016x}", prefix_, hash_of(origin_id), hash_of(pick_id));
}

bool PublicIds::is_valid(std::string_view id) {
  // (smi|quakeml):[\w\d][\w\d\-\.\*\(\)_~']{2,}/[\w\d\-\.\*\(\)_~'][\w\d\-\.\*\(\)\+\?_~'=,;#/&]*
  constexpr std::string_view kMarks = "-.*()_~'";
  const std::size_t colon = id.find(':');
  const std::string_view scheme = id.substr(0, colon);
  if (colon == std::string_view::npos || (scheme != "smi" && scheme != "quakeml")) {
    return false;
  }
  const std::string_view rest = id.substr(colon + 1);
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash < 3 || slash + 1 == rest.size()) {
    return false;
  }
  const std::string_view authority = rest.substr(0, slash);
  const std::string_view path = rest.substr(slash + 1);
  const auto in = [](std::string_view marks) {
    return [marks](char c) { return is_one_of(c, marks); };
  };
  return is_alphanumeric(authority.front()) &&
         std::all_of(authority.begin(), authority.end(), in(kMarks)) &&
         is_one_of(path.front(), kMarks) &&
         std::all_of(path.begin(), path.end(), in("-.*()_~'+?=,;#/&")) &&
         // A URI has one fragment at most.
         std::count(path.begin(), path.end(), '#') <= 1;
}

std::optional<std::string> PublicIds::event_id_of(std::string_view public_id) {
  constexpr std::string_view kKind = "/event/";
  const std::size_t kind = public_id.find(kKind);
  if (!public_id.starts_with("smi:") || kind == std::string_view::npos ||
      public_id.find('/') != kind) {
    return std::nullopt;
  }
  const std::string_view id = public_id.substr(kind + kKind.size());
  const bool is_id = id.size() == kEventIdDigits &&
                     id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_id ? std::optional(std::string(id)) : std::nullopt;
}

}  // namespace geod::catalog
