#include "core/source_id.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>

namespace geod {
namespace {

constexpr std::size_t kMaxCode = 8;
constexpr std::string_view kPrefix = "FDSN:";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) {
    text.remove_suffix(1);
  }
  while (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
  }
  return text;
}

bool is_code(std::string_view text, std::size_t min_length, bool dash_allowed) {
  if (text.size() < min_length || text.size() > kMaxCode) {
    return false;
  }
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && !(dash_allowed && c == '-')) {
      return false;
    }
  }
  return true;
}

Result<SourceId> checked(SourceId id) {
  const bool valid = is_code(id.network, 1, false) && is_code(id.station, 1, true) &&
                     is_code(id.location, 0, true) && id.location != "--" &&
                     is_code(id.band, 0, false) && is_code(id.source, 0, false) &&
                     is_code(id.subsource, 0, false) &&
                     // Without a source only as a bare orientation, see from_seed.
                     (!id.source.empty() || (id.band.empty() && !id.subsource.empty()));
  if (!valid) {
    return fail(Errc::kCorruptRecord, "'{}' is not a valid FDSN source id", id.to_string());
  }
  return id;
}

std::size_t hash_all(std::initializer_list<std::string_view> parts) {
  std::uint64_t state = 1469598103934665603ULL;  // FNV-1a, 64 bit
  for (const std::string_view part : parts) {
    for (const char c : part) {
      state = (state ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    state = (state ^ 0xFFU) * 1099511628211ULL;
  }
  return static_cast<std::size_t>(state);
}

}  // namespace

std::string InstrumentId::to_string() const {
  return network + "." + station + "." + location + "." + band + source;
}

Result<SourceId> SourceId::from_seed(std::string_view network,
                                     std::string_view station,
                                     std::string_view location,
                                     std::string_view channel) {
  const std::string_view code = trimmed(channel);
  if (code.size() == 1) {
    return checked({std::string(trimmed(network)),
                    std::string(trimmed(station)),
                    std::string(trimmed(location)),
                    "",
                    "",
                    std::string(code)});
  }
  if (code.size() != 3) {
    return fail(
        Errc::kCorruptRecord, "channel code '{}' has neither three characters nor one", code);
  }
  return checked({std::string(trimmed(network)),
                  std::string(trimmed(station)),
                  std::string(trimmed(location)),
                  std::string(code.substr(0, 1)),
                  std::string(code.substr(1, 1)),
                  std::string(code.substr(2, 1))});
}

Result<SourceId> SourceId::parse(std::string_view text) {
  if (!text.starts_with(kPrefix)) {
    return fail(Errc::kCorruptRecord, "source id '{}' does not begin with FDSN:", text);
  }
  std::array<std::string_view, 6> parts{};
  std::string_view rest = text.substr(kPrefix.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t end = rest.find('_');
    const bool last = i + 1 == parts.size();
    if ((end == std::string_view::npos) != last) {
      return fail(Errc::kCorruptRecord, "source id '{}' does not have six parts", text);
    }
    parts[i] = rest.substr(0, end);
    rest = last ? std::string_view{} : rest.substr(end + 1);
  }
  return checked({std::string(parts[0]),
                  std::string(parts[1]),
                  std::string(parts[2]),
                  std::string(parts[3]),
                  std::string(parts[4]),
                  std::string(parts[5])});
}

std::string SourceId::to_string() const {
  return fmt::format("FDSN:{}_{}_{}_{}_{}_{}", network, station, location, band, source, subsource);
}

std::string SourceId::seed_id() const {
  return fmt::format("{}.{}.{}.{}{}{}", network, station, location, band, source, subsource);
}

}  // namespace geod

std::size_t std::hash<geod::SourceId>::operator()(const geod::SourceId& id) const noexcept {
  return geod::hash_all({id.network, id.station, id.location, id.band, id.source, id.subsource});
}
std::size_t std::hash<geod::InstrumentId>::operator()(const geod::InstrumentId& id) const noexcept {
  return geod::hash_all({id.network, id.station, id.location, id.band, id.source});
}
std::size_t std::hash<geod::StationId>::operator()(const geod::StationId& id) const noexcept {
  return geod::hash_all({id.network, id.station});
}
