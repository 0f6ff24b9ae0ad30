#include "storage/batch_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace geod::storage {
namespace {

constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kNoPick = std::numeric_limits<std::int64_t>::min();
constexpr Duration kHour = std::chrono::hours{1};

constexpr std::string_view kInsertPick =
    "INSERT INTO picks (pick_key, pick_id, instrument_key, phase, time_ns, uncertainty_s, "
    "probability, score, components, model_key, run_key, inserted_ns) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kFindPick =
    "SELECT 1 FROM picks WHERE instrument_key = ? AND time_ns BETWEEN ? AND ? "
    "AND phase = ? AND model_key = ? LIMIT 1";
constexpr std::string_view kNewestPick = "SELECT max(time_ns) FROM picks WHERE instrument_key = ?";
// A channel's span only grows; its rate is that of its newest record.
constexpr std::string_view kUpsertChannel =
    "UPDATE channels SET "
    "sampling_rate_hz = CASE WHEN last_sample_ns IS NULL OR ?4 >= last_sample_ns THEN ?2 "
    "ELSE sampling_rate_hz END, "
    "first_sample_ns = min(ifnull(first_sample_ns, ?3), ?3), "
    "last_sample_ns = max(ifnull(last_sample_ns, ?4), ?4) WHERE channel_key = ?1";
constexpr std::string_view kInsertContinuity =
    "INSERT INTO continuity (channel_key, kind, from_ns, to_ns, detail, run_key) "
    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
// An hour has 3600 s: data that is replayed under a new source name cannot make it longer.
// Counted is the share of [?5, ?6) outside what the row speaks of already.
constexpr std::string_view kUpsertCompleteness =
    "INSERT INTO completeness VALUES (?1, ?2, min(?3, 3600.0), min(?4, 3600.0), ?5, ?6) "
    "ON CONFLICT DO UPDATE SET "
    "scored_s = min(scored_s + ?3 * "
    "(max(0, ?6 - max(?5, to_ns)) + max(0, min(?6, from_ns) - ?5)) / (?6 - ?5), 3600.0), "
    "masked_s = min(masked_s + ?4 * "
    "(max(0, ?6 - max(?5, to_ns)) + max(0, min(?6, from_ns) - ?5)) / (?6 - ?5), 3600.0), "
    "from_ns = min(from_ns, ?5), to_ns = max(to_ns, ?6)";
constexpr std::string_view kUpsertCursor =
    "INSERT INTO cursors VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
    "position = excluded.position, updated_ns = excluded.updated_ns";

/// The 64 bits of 16 hex digits.
std::optional<std::int64_t> parse_pick_id(const std::string& text) {
  std::uint64_t bits = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
  if (text.size() != 16 || status != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(bits);
}

bool is_fraction(double value) {
  return value >= 0.0 && value <= 1.0;  // false for NaN
}
bool is_seconds(double value) {
  return std::isfinite(value) && value >= 0.0;
}

void refuse(Committed& committed, std::string why) {
  ++committed.refused_rows;
  if (committed.first_refusal.empty()) {
    committed.first_refusal = std::move(why);
  }
}

}  // namespace

Result<BatchWriter> BatchWriter::make(Database& database,
                                      std::int64_t run_key,
                                      Duration same_pick) {
  BatchWriter writer;
  writer.database_ = &database;
  writer.run_key_ = run_key;
  writer.same_pick_ns_ = same_pick.count();
  const std::array<std::pair<Statement*, std::string_view>, 7> statements{{
      {&writer.insert_pick_, kInsertPick},
      {&writer.find_pick_, kFindPick},
      {&writer.newest_pick_, kNewestPick},
      {&writer.upsert_channel_, kUpsertChannel},
      {&writer.insert_continuity_, kInsertContinuity},
      {&writer.upsert_completeness_, kUpsertCompleteness},
      {&writer.upsert_cursor_, kUpsertCursor},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  Result<Keys> keys = Keys::make(database);
  if (!keys) {
    return tl::unexpected(keys.error());
  }
  writer.keys_ = std::move(*keys);
  if (const Result<void> loaded = writer.load_last_pick_key(); !loaded) {
    return tl::unexpected(loaded.error());
  }
  return writer;
}

Result<void> BatchWriter::load_last_pick_key() {
  const Result<std::int64_t> last =
      database_->query_integer("SELECT ifnull(max(pick_key), 0) FROM picks");
  if (!last) {
    return tl::unexpected(last.error());
  }
  last_pick_key_ = *last;
  return {};
}

Result<void> BatchWriter::forget() {
  keys_.forget();
  newest_pick_ns_.clear();
  return load_last_pick_key();
}

Result<Committed> BatchWriter::write(const Batch& batch, Time now) {
  now_ = now;
  Committed committed;
  committed.picks.reserve(batch.picks.size());
  for (const Pick& pick : batch.picks) {
    const Result<PickOutcome> outcome = write_pick(pick, committed);
    if (!outcome) {
      return tl::unexpected(outcome.error());
    }
    committed.picks.push_back(*outcome);
  }
  Result<void> written;
  for (std::size_t i = 0; written && i < batch.channels.size(); ++i) {
    written = write_channel(batch.channels[i], committed);
  }
  for (std::size_t i = 0; written && i < batch.continuity.size(); ++i) {
    written = write_continuity(batch.continuity[i]);
  }
  for (std::size_t i = 0; written && i < batch.completeness.size(); ++i) {
    written = write_completeness(batch.completeness[i], committed);
  }
  for (std::size_t i = 0; written && i < batch.cursors.size(); ++i) {
    written = write_cursor(batch.cursors[i]);
  }
  if (!written) {
    return tl::unexpected(written.error());
  }
  return committed;
}

Result<bool> BatchWriter::is_there(const Pick& pick,
                                   std::int64_t instrument_key,
                                   std::int64_t model_key) {
  const auto slot = static_cast<std::size_t>(instrument_key);
  if (slot >= newest_pick_ns_.size()) {
    newest_pick_ns_.resize(slot + 1, kUnknown);
  }
  if (newest_pick_ns_[slot] == kUnknown) {
    newest_pick_.bind_all(instrument_key);
    const Result<bool> row = newest_pick_.step();
    if (!row) {
      return row;
    }
    newest_pick_ns_[slot] = newest_pick_.is_null(0) ? kNoPick : newest_pick_.integer(0);
    newest_pick_.reset();
  }
  const std::int64_t time_ns = to_ns(pick.time);
  if (newest_pick_ns_[slot] == kNoPick || time_ns - same_pick_ns_ > newest_pick_ns_[slot]) {
    return false;
  }
  find_pick_.bind_all(instrument_key,
                      time_ns - same_pick_ns_,
                      time_ns + same_pick_ns_,
                      to_string(pick.phase_hint),
                      model_key);
  const Result<bool> found = find_pick_.step();
  find_pick_.reset();
  return found;
}

Result<PickOutcome> BatchWriter::write_pick(const Pick& pick, Committed& committed) {
  const std::optional<std::int64_t> pick_id = parse_pick_id(pick.pick_id);
  if (!pick_id || !is_fraction(pick.probability) || !is_fraction(pick.score) ||
      !is_seconds(pick.uncertainty_s)) {
    refuse(committed,
           fmt::format("pick '{}' of {} at {}: probability {}, score {}, uncertainty {} s",
                       pick.pick_id,
                       pick.instrument.to_string(),
                       to_iso(pick.time),
                       pick.probability,
                       pick.score,
                       pick.uncertainty_s));
    return PickOutcome::kRefused;
  }
  const Result<std::int64_t> instrument_key = keys_.instrument(pick.instrument);
  if (!instrument_key) {
    return tl::unexpected(instrument_key.error());
  }
  const Result<std::int64_t> model_key = keys_.model(pick.model_id, pick.model_hash, now_);
  if (!model_key) {
    return tl::unexpected(model_key.error());
  }
  const Result<bool> there = is_there(pick, *instrument_key, *model_key);
  if (!there) {
    return tl::unexpected(there.error());
  }
  if (*there) {
    return PickOutcome::kAlreadyThere;
  }
  const std::int64_t time_ns = to_ns(pick.time);
  insert_pick_.bind_all(last_pick_key_ + 1,
                        *pick_id,
                        *instrument_key,
                        to_string(pick.phase_hint),
                        time_ns,
                        pick.uncertainty_s,
                        pick.probability,
                        pick.score,
                        pick.components,
                        *model_key,
                        run_key_,
                        std::int64_t{to_ns(now_)});
  if (const Result<void> inserted = insert_pick_.run(); !inserted) {
    return tl::unexpected(inserted.error());
  }
  ++last_pick_key_;
  std::int64_t& newest = newest_pick_ns_[static_cast<std::size_t>(*instrument_key)];
  newest = std::max(newest, time_ns);
  return PickOutcome::kInserted;
}

Result<void> BatchWriter::write_channel(const ChannelInfo& channel, Committed& committed) {
  if (!std::isfinite(channel.sampling_rate_hz) || channel.sampling_rate_hz <= 0.0 ||
      channel.last_sample < channel.first_sample) {
    refuse(committed,
           fmt::format("channel {}: rate {} Hz, samples from {} to {}",
                       channel.source_id.to_string(),
                       channel.sampling_rate_hz,
                       to_iso(channel.first_sample),
                       to_iso(channel.last_sample)));
    return {};
  }
  const Result<std::int64_t> key = keys_.channel(channel.source_id);
  if (!key) {
    return tl::unexpected(key.error());
  }
  return upsert_channel_
      .bind_all(*key,
                channel.sampling_rate_hz,
                std::int64_t{to_ns(channel.first_sample)},
                std::int64_t{to_ns(channel.last_sample)})
      .run();
}

Result<void> BatchWriter::write_continuity(const ContinuityEvent& event) {
  const Result<std::int64_t> key = keys_.channel(event.source_id);
  if (!key) {
    return tl::unexpected(key.error());
  }
  return insert_continuity_
      .bind_all(*key,
                to_string(event.kind),
                std::int64_t{to_ns(event.from)},
                std::int64_t{to_ns(event.to)},
                event.detail,
                run_key_)
      .run();
}

Result<void> BatchWriter::write_completeness(const CompletenessDelta& delta, Committed& committed) {
  if (!is_seconds(delta.scored_s) || !is_seconds(delta.masked_s) ||
      to_ns(delta.hour) % kHour.count() != 0 || delta.from >= delta.to) {
    refuse(committed,
           fmt::format("completeness of {} at {}: {} s scored, {} s masked",
                       delta.instrument.to_string(),
                       to_iso(delta.hour),
                       delta.scored_s,
                       delta.masked_s));
    return {};
  }
  const Result<std::int64_t> key = keys_.instrument(delta.instrument);
  if (!key) {
    return tl::unexpected(key.error());
  }
  return upsert_completeness_
      .bind_all(*key,
                std::int64_t{to_ns(delta.hour)},
                delta.scored_s,
                delta.masked_s,
                std::int64_t{to_ns(delta.from)},
                std::int64_t{to_ns(delta.to)})
      .run();
}

Result<void> BatchWriter::write_cursor(const Cursor& cursor) {
  return upsert_cursor_.bind_all(cursor.source, cursor.position, std::int64_t{to_ns(now_)}).run();
}

}  // namespace geod::storage
