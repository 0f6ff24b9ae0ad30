// `geod catalog import`.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "catalog/public_ids.hpp"
#include "catalog/quakeml_reader.hpp"
#include "catalog/review_matching.hpp"
#include "core/clock.hpp"
#include "daemon/catalog_exchange.hpp"
#include "daemon/catalog_listing.hpp"
#include "storage/reader.hpp"
#include "storage/review_import.hpp"

namespace geod {
namespace {

using catalog::OwnEvent;

/// How far our preferred time, by which events are found, may lie from that of the automatic
/// version, by which they are matched.
constexpr Duration kSearchMargin = std::chrono::minutes{1};

/// What became of the events of one file.
struct ImportCount {
  std::size_t automatic = 0;  ///< passed over
  std::size_t faults = 0;     ///< could not be read or stored
  std::size_t matched = 0;    ///< to an event of ours, of those stored
  std::size_t stored = 0;
  std::size_t known = 0;  ///< stored before with the same content
};

/// Our events that the reviews may speak of.
struct Candidates {
  std::vector<OwnEvent> events;
  std::vector<std::string> named;  ///< by the public ids of the reviews; may be withdrawn
};

Result<void> read_events(storage::Reader& reader,
                         const storage::EventQuery& query,
                         std::vector<OwnEvent>& events) {
  return reader.events(query, [&](std::span<const storage::StoredEvent> page) {
    for (const storage::StoredEvent& stored : page) {
      const Origin& origin = stored.event.origin;
      if (stored.event.version > 0) {
        events.push_back(
            {stored.event.event_id, {origin.time, origin.latitude_deg, origin.longitude_deg}});
      }
    }
    return true;
  });
}

Result<Candidates> find_candidates(storage::Reader& reader,
                                   const std::vector<ReviewedEvent>& reviews,
                                   const catalog::MatchLimits& limits) {
  Candidates candidates;
  const auto [first, last] = std::minmax_element(
      reviews.begin(), reviews.end(), [](const ReviewedEvent& a, const ReviewedEvent& b) {
        return a.time < b.time;
      });
  const Duration margin = kSearchMargin + duration_from_seconds(limits.max_time_s);
  storage::EventQuery around;
  around.from = first->time - margin;
  around.to = last->time + margin;
  storage::EventQuery by_id;
  by_id.with_withdrawn = true;
  for (const ReviewedEvent& review : reviews) {
    if (auto id = catalog::PublicIds::event_id_of(review.public_id)) {
      by_id.event_ids.push_back(*std::move(id));
    }
  }
  Result<void> done = read_events(reader, around, candidates.events);
  if (done && !by_id.event_ids.empty()) {
    std::vector<OwnEvent> named;
    done = read_events(reader, by_id, named);
    for (OwnEvent& event : named) {
      candidates.named.push_back(std::move(event.event_id));
    }
  }
  return done ? Result<Candidates>(std::move(candidates)) : tl::unexpected(done.error());
}

Result<void> store_reviews(const std::filesystem::path& database,
                           std::vector<ReviewedEvent> reviews,
                           const catalog::MatchLimits& limits,
                           ImportCount& count) {
  Result<storage::Reader> reader = storage::Reader::open(database);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  const auto candidates = find_candidates(*reader, reviews, limits);
  if (!candidates) {
    return tl::unexpected(candidates.error());
  }
  const std::vector<std::string> matched =
      catalog::match_reviews(reviews, candidates->events, candidates->named, limits);
  std::vector<storage::ReviewRow> rows;
  for (std::size_t i = 0; i < reviews.size(); ++i) {
    rows.push_back({std::move(reviews[i]), matched[i]});
  }
  auto writer = storage::Database::open_writer(database, {});
  if (!writer) {
    return tl::unexpected(writer.error());
  }
  const auto committed = storage::import_reviews(*writer, rows, SystemClock().now());
  if (!committed) {
    return tl::unexpected(committed.error());
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const storage::RowOutcome outcome = committed->reviewed_events[i];
    const bool is_stored = outcome == storage::RowOutcome::kInserted;
    count.stored += is_stored ? 1 : 0;
    count.known += outcome == storage::RowOutcome::kAlreadyThere ? 1 : 0;
    count.matched += outcome != storage::RowOutcome::kRefused && !matched[i].empty() ? 1 : 0;
  }
  if (committed->refused_rows > 0) {
    count.faults += committed->refused_rows;
    fmt::print(stderr, "{}\n", committed->first_refusal);
  }
  return {};
}

Result<ImportCount> import_file(const std::filesystem::path& database,
                                const std::string& file,
                                const catalog::MatchLimits& limits) {
  auto content = catalog::read_quakeml(file);
  if (!content) {
    return tl::unexpected(content.error());
  }
  ImportCount count;
  count.faults = content->faults.size();
  for (const Error& fault : content->faults) {
    fmt::print(stderr, "{}\n", fault.what);
  }
  if (content->arrivals_without_pick > 0) {
    fmt::print(stderr,
               "{}: {} arrivals are left out: their picks are not in the file\n",
               file,
               content->arrivals_without_pick);
  }
  const auto read = content->events.size();
  std::erase_if(content->events,
                [](const ReviewedEvent& event) { return event.evaluation_mode == "automatic"; });
  count.automatic = read - content->events.size();
  if (!content->events.empty()) {
    if (const auto done = store_reviews(database, std::move(content->events), limits, count);
        !done) {
      return fail_with(done.error(), file);
    }
  }
  return count;
}

}  // namespace

int import_reviews(const ImportOptions& options, const CommandContext& context) {
  const auto database = database_file(options.common, context);
  if (!database) {
    return fail_command(database.error());
  }
  int exit_code = kExitOk;
  for (const std::string& file : options.files) {
    const auto count = import_file(*database, file, options.limits);
    if (!count) {
      exit_code = fail_command(count.error());
      continue;
    }
    exit_code = count->faults > 0 ? kExitFailure : exit_code;
    fmt::print("{}: {} reviewed events stored, {} known before; {} are of events of ours",
               file,
               count->stored,
               count->known,
               count->matched);
    if (count->automatic > 0) {
      fmt::print("; {} passed over: their origins are automatic", count->automatic);
    }
    if (count->faults > 0) {
      fmt::print("; {} not taken", count->faults);
    }
    fmt::print("\n");
  }
  return exit_code;
}

}  // namespace geod
