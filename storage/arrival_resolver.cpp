#include "storage/arrival_resolver.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "storage/pick_writer.hpp"

namespace geod::storage {
namespace {

// No wave that is picked crosses the distance more slowly on the whole; the margin covers what the
// origin may still be wrong by.
constexpr double kSlowestWave_km_s = 1.0;
constexpr double kMargin_s = 60.0;
constexpr double kLongestTravel_s = 3600.0;

/// "id:phase:channel" of fibre_pick_id.
struct FibrePickId {
  std::int64_t detection_id = 0;
  std::string_view phase;
  std::int64_t channel = 0;
};

std::optional<FibrePickId> parse_fibre_pick_id(std::string_view text) {
  constexpr std::size_t kIdDigits = 16;
  if (text.size() < kIdDigits + 4 || text[kIdDigits] != ':' || text[kIdDigits + 2] != ':') {
    return std::nullopt;
  }
  const std::optional<std::int64_t> detection_id = parse_pick_id(text.substr(0, kIdDigits));
  const std::string_view digits = text.substr(kIdDigits + 3);
  std::int64_t channel = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), channel);
  if (!detection_id || status != std::errc{} || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return FibrePickId{*detection_id, text.substr(kIdDigits + 1, 1), channel};
}

double longest_travel_s(const Origin& origin, const std::vector<OriginArrival>& arrivals) {
  double longest_s = 0.0;
  for (const OriginArrival& arrival : arrivals) {
    const double path_km = std::hypot(arrival.distance_km, origin.depth_km);
    longest_s = std::max(longest_s, path_km / kSlowestWave_km_s + std::abs(arrival.residual_s));
  }
  return std::min(longest_s, kLongestTravel_s);
}

}  // namespace

Result<ArrivalResolver> ArrivalResolver::make(Database& database) {
  ArrivalResolver resolver;
  const std::array<std::pair<Statement*, std::string_view>, 3> statements{{
      {&resolver.scan_picks_, "SELECT pick_id, pick_key FROM picks WHERE time_ns BETWEEN ? AND ?"},
      {&resolver.describe_pick_,
       "SELECT network || '.' || station, model_key, ifnull(adapter_key, 0) FROM picks "
       "JOIN instruments USING (instrument_key) JOIN stations USING (station_key) "
       "WHERE pick_key = ?"},
      {&resolver.describe_fibre_pick_,
       "SELECT d.detection_key, fibre_id, model_key, ifnull(adapter_key, 0) "
       "FROM detections d JOIN fibres USING (fibre_key) "
       "JOIN fibre_picks p ON p.detection_key = d.detection_key AND phase = ?2 AND channel = ?3 "
       "WHERE detection_id = ?1 ORDER BY d.detection_key DESC LIMIT 1"},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return resolver;
}

Result<void> ArrivalResolver::find_picks(const Origin& origin,
                                         const std::vector<OriginArrival>& arrivals,
                                         PickKeys& key_of_id) {
  for (const OriginArrival& arrival : arrivals) {
    if (const auto id = parse_pick_id(arrival.pick_id)) {
      key_of_id.emplace(*id, 0);
    }
  }
  if (key_of_id.empty()) {
    return {};
  }
  const Time from = origin.time - duration_from_seconds(kMargin_s);
  const Time to =
      origin.time + duration_from_seconds(longest_travel_s(origin, arrivals) + kMargin_s);
  scan_picks_.bind_all(std::int64_t{to_ns(from)}, std::int64_t{to_ns(to)});
  Result<bool> row = scan_picks_.step();
  for (; row && *row; row = scan_picks_.step()) {
    if (const auto wanted = key_of_id.find(scan_picks_.integer(0)); wanted != key_of_id.end()) {
      wanted->second = std::max(wanted->second, scan_picks_.integer(1));
    }
  }
  scan_picks_.reset();
  return row ? Result<void>{} : tl::unexpected(row.error());
}

Result<std::optional<ResolvedArrival>> ArrivalResolver::describe_pick(std::int64_t pick_key) {
  describe_pick_.bind_all(pick_key);
  const Result<bool> row = describe_pick_.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  std::optional<ResolvedArrival> resolved;
  if (*row) {
    resolved.emplace();
    resolved->pick_key = pick_key;
    resolved->site = describe_pick_.text(0);
    resolved->model_key = describe_pick_.integer(1);
    resolved->adapter_key = describe_pick_.integer(2);
  }
  describe_pick_.reset();
  return resolved;
}

Result<std::optional<ResolvedArrival>> ArrivalResolver::describe_fibre_pick(
    const std::string& pick_id) {
  const std::optional<FibrePickId> id = parse_fibre_pick_id(pick_id);
  if (!id) {
    return std::nullopt;
  }
  describe_fibre_pick_.bind_all(id->detection_id, id->phase, id->channel);
  const Result<bool> row = describe_fibre_pick_.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  std::optional<ResolvedArrival> resolved;
  if (*row) {
    resolved.emplace();
    resolved->detection_key = describe_fibre_pick_.integer(0);
    resolved->fibre_channel = id->channel;
    resolved->fibre_phase = id->phase;
    resolved->site = describe_fibre_pick_.text(1);
    resolved->model_key = describe_fibre_pick_.integer(2);
    resolved->adapter_key = describe_fibre_pick_.integer(3);
  }
  describe_fibre_pick_.reset();
  return resolved;
}

Result<std::vector<std::optional<ResolvedArrival>>> ArrivalResolver::resolve(
    const Origin& origin, const std::vector<OriginArrival>& arrivals) {
  PickKeys key_of_id;
  if (const Result<void> found = find_picks(origin, arrivals, key_of_id); !found) {
    return tl::unexpected(found.error());
  }
  std::vector<std::optional<ResolvedArrival>> resolved;
  resolved.reserve(arrivals.size());
  for (const OriginArrival& arrival : arrivals) {
    const std::optional<std::int64_t> id = parse_pick_id(arrival.pick_id);
    auto one = id ? describe_pick(key_of_id.at(*id)) : describe_fibre_pick(arrival.pick_id);
    if (!one) {
      return tl::unexpected(one.error());
    }
    resolved.push_back(std::move(*one));
  }
  return resolved;
}

}  // namespace geod::storage
