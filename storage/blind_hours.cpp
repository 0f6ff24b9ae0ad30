#include "storage/blind_hours.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace geod::storage {
namespace {

constexpr Duration kHour = std::chrono::hours{1};
constexpr Duration kMissedFor = std::chrono::hours{30 * 24};
constexpr Duration kLongest = std::chrono::hours{366 * 24};  // 42 MB of 600 stations

struct Span {
  Time from;
  Time to;
};

/// Numbers of the stations and fibres that count, by the keys of completeness and
/// fibre_completeness. The instruments of a station share a number: one that looks is enough.
struct Stations {
  std::vector<std::string> codes;
  std::map<std::int64_t, std::size_t> of_instrument;
  std::map<std::int64_t, std::size_t> of_fibre;
};

/// "AND (... GLOB ?3 OR ...)" on `code`, the patterns bound from ?3 on.
std::string glob_condition(std::string_view code, std::size_t patterns) {
  std::string sql;
  for (std::size_t i = 0; i < patterns; ++i) {
    sql += fmt::format("{}{} GLOB ?{}", i == 0 ? " AND (" : " OR ", code, i + 3);
  }
  return patterns == 0 ? sql : sql + ")";
}

Result<void> add_stations(Database& database,
                          const BlindQuery& query,
                          const Span& span,
                          const std::string& select,
                          std::map<std::int64_t, std::size_t>& numbers,
                          std::vector<std::string>& codes) {
  Result<Statement> statement = database.prepare(select);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  statement->bind_all(std::int64_t{to_ns(span.from - kMissedFor)},
                      std::int64_t{to_ns(span.to + kMissedFor)});
  for (std::size_t i = 0; i < query.stations.size(); ++i) {
    statement->bind(static_cast<int>(i) + 3, std::string_view(query.stations[i]));
  }
  while (true) {
    const Result<bool> row = statement->step();
    if (!row || !*row) {
      return row ? Result<void>{} : tl::unexpected(row.error());
    }
    const std::string code(statement->text(1));
    const auto known = std::find(codes.begin(), codes.end(), code);
    numbers[statement->integer(0)] = static_cast<std::size_t>(known - codes.begin());
    if (known == codes.end()) {
      codes.push_back(code);
    }
  }
}

Result<Stations> find_stations(Database& database, const BlindQuery& query, const Span& span) {
  Stations stations;
  const std::string instruments =
      "SELECT instrument_key, s.network || '.' || s.station FROM instruments i "
      "JOIN stations s USING (station_key) WHERE EXISTS (SELECT 1 FROM completeness c "
      "WHERE c.instrument_key = i.instrument_key AND c.hour_ns BETWEEN ?1 AND ?2)" +
      glob_condition("s.network || '.' || s.station", query.stations.size());
  const std::string fibres =
      "SELECT fibre_key, fibre_id FROM fibres f WHERE EXISTS (SELECT 1 FROM fibre_completeness c "
      "WHERE c.fibre_key = f.fibre_key AND c.hour_ns BETWEEN ?1 AND ?2)" +
      glob_condition("fibre_id", query.stations.size());
  Result<void> done =
      add_stations(database, query, span, instruments, stations.of_instrument, stations.codes);
  if (done) {
    done = add_stations(database, query, span, fibres, stations.of_fibre, stations.codes);
  }
  if (!done) {
    return tl::unexpected(done.error());
  }
  return stations;
}

/// Seconds looked at of [from, to), hour by hour, station by station: the most of its instruments.
using LookedByHour = std::map<std::int64_t, std::vector<double>>;

Result<void> add_looked(Database& database,
                        const Span& span,
                        std::string_view select,
                        const std::map<std::int64_t, std::size_t>& numbers,
                        LookedByHour& looked) {
  Result<Statement> statement = database.prepare(select);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  const std::int64_t from_ns = to_ns(span.from);
  const std::int64_t to_ns_asked = to_ns(span.to);
  statement->bind_all(from_ns - kHour.count(), to_ns_asked);
  while (true) {
    const Result<bool> row = statement->step();
    if (!row || !*row) {
      return row ? Result<void>{} : tl::unexpected(row.error());
    }
    const auto hour = looked.find(statement->integer(1));
    const auto number = numbers.find(statement->integer(0));
    if (hour == looked.end() || number == numbers.end()) {
      continue;
    }
    // What was looked at is taken to lie evenly in the part of the hour that the row speaks of.
    const std::int64_t row_from_ns = statement->integer(3);
    const std::int64_t row_to_ns = statement->integer(4);
    const std::int64_t common_ns =
        std::min(row_to_ns, to_ns_asked) - std::max(row_from_ns, from_ns);
    const double share = std::max(0.0, static_cast<double>(common_ns)) /
                         static_cast<double>(row_to_ns - row_from_ns);
    double& looked_s = hour->second[number->second];
    looked_s = std::max(looked_s, share * statement->real(2));
  }
}

Result<Span> span_of(Database& database, const BlindQuery& query) {
  const auto first = database.query_integer(
      "SELECT min(ifnull((SELECT min(hour_ns) FROM completeness), 9223372036854775807), "
      "ifnull((SELECT min(hour_ns) FROM fibre_completeness), 9223372036854775807))");
  const auto last = database.query_integer(
      "SELECT max(ifnull((SELECT max(to_ns) FROM completeness "
      "WHERE hour_ns = (SELECT max(hour_ns) FROM completeness)), 0), "
      "ifnull((SELECT max(to_ns) FROM fibre_completeness "
      "WHERE hour_ns = (SELECT max(hour_ns) FROM fibre_completeness)), 0))");
  if (!first || !last) {
    return tl::unexpected(first ? last.error() : first.error());
  }
  const Time to = query.to.value_or(time_from_ns(*last));
  const Time from = std::min(query.from.value_or(time_from_ns(*first)), to);
  if (to - from > kLongest) {
    return fail(Errc::kUnsupported,
                "{}: from {} to {} is more than a year, which is too long to tell what was looked "
                "at; ask for less at once",
                database.file(),
                to_iso(from, 0),
                to_iso(to, 0));
  }
  return Span{from, to};
}

}  // namespace

Result<Blindness> read_blindness(Database& database, const BlindQuery& query) {
  const Result<Span> span = span_of(database, query);
  if (!span) {
    return tl::unexpected(span.error());
  }
  const Result<Stations> stations = find_stations(database, query, *span);
  if (!stations) {
    return tl::unexpected(stations.error());
  }
  LookedByHour looked;
  for (Time hour = std::chrono::floor<std::chrono::hours>(span->from); hour < span->to;
       hour += kHour) {
    looked[to_ns(hour)].resize(stations->codes.size());
  }
  Result<void> done = add_looked(database,
                                 *span,
                                 "SELECT instrument_key, hour_ns, scored_s, from_ns, to_ns "
                                 "FROM completeness WHERE hour_ns > ?1 AND hour_ns < ?2",
                                 stations->of_instrument,
                                 looked);
  if (done) {
    done = add_looked(database,
                      *span,
                      "SELECT fibre_key, hour_ns, scored_s, from_ns, to_ns "
                      "FROM fibre_completeness WHERE hour_ns > ?1 AND hour_ns < ?2",
                      stations->of_fibre,
                      looked);
  }
  if (!done) {
    return tl::unexpected(done.error());
  }
  Blindness blindness{stations->codes.size(), {}};
  for (const auto& [hour_ns, looked_s] : looked) {
    const Time hour = time_from_ns(hour_ns);
    const double asked_s =
        to_seconds(std::min(hour + kHour, span->to) - std::max(hour, span->from));
    BlindHour blind{hour, looked_s.size(), {}};
    for (std::size_t i = 0; i < looked_s.size(); ++i) {
      const double share = std::min(looked_s[i] / asked_s, 1.0);
      if (share < query.least_share) {
        blind.blinds.push_back({stations->codes[i], share});
      }
    }
    std::sort(blind.blinds.begin(), blind.blinds.end(), [](const auto& a, const auto& b) {
      return std::tie(a.looked_share, a.code) < std::tie(b.looked_share, b.code);
    });
    if (!blind.blinds.empty()) {
      blindness.hours.push_back(std::move(blind));
    }
  }
  return blindness;
}

}  // namespace geod::storage
