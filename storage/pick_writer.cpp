#include "storage/pick_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace geod::storage {
namespace {

constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kNoPick = std::numeric_limits<std::int64_t>::min();

bool is_fraction(double value) {
  return value >= 0.0 && value <= 1.0;  // false for NaN
}

}  // namespace

std::optional<std::int64_t> parse_pick_id(std::string_view text) {
  std::uint64_t bits = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
  if (text.size() != 16 || status != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(bits);
}

Result<PickWriter> PickWriter::make(Database& database,
                                    std::string_view table,
                                    std::int64_t run_key,
                                    Duration same_pick) {
  PickWriter writer;
  writer.run_key_ = run_key;
  writer.same_pick_ns_ = same_pick.count();
  const std::array<std::pair<Statement*, std::string>, 4> statements{{
      {&writer.insert_,
       fmt::format("INSERT INTO {} (pick_key, pick_id, instrument_key, phase, time_ns, "
                   "uncertainty_s, probability, score, components, model_key, run_key, "
                   "inserted_ns, adapter_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   table)},
      {&writer.find_,
       fmt::format("SELECT 1 FROM {} WHERE instrument_key = ? AND time_ns BETWEEN ? AND ? "
                   "AND phase = ? AND model_key = ? AND adapter_key IS ? LIMIT 1",
                   table)},
      {&writer.newest_, fmt::format("SELECT max(time_ns) FROM {} WHERE instrument_key = ?", table)},
      {&writer.last_key_, fmt::format("SELECT ifnull(max(pick_key), 0) FROM {}", table)},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  if (const Result<void> loaded = writer.load_last_pick_key(); !loaded) {
    return tl::unexpected(loaded.error());
  }
  return writer;
}

Result<void> PickWriter::load_last_pick_key() {
  const Result<bool> row = last_key_.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  last_pick_key_ = last_key_.integer(0);
  last_key_.reset();
  return {};
}

Result<void> PickWriter::forget() {
  newest_pick_ns_.clear();
  return load_last_pick_key();
}

Result<bool> PickWriter::is_there(const Pick& pick,
                                  std::int64_t instrument_key,
                                  std::int64_t model_key,
                                  std::optional<std::int64_t> adapter_key) {
  const auto slot = static_cast<std::size_t>(instrument_key);
  if (slot >= newest_pick_ns_.size()) {
    newest_pick_ns_.resize(slot + 1, kUnknown);
  }
  if (newest_pick_ns_[slot] == kUnknown) {
    newest_.bind_all(instrument_key);
    const Result<bool> row = newest_.step();
    if (!row) {
      return row;
    }
    newest_pick_ns_[slot] = newest_.is_null(0) ? kNoPick : newest_.integer(0);
    newest_.reset();
  }
  const std::int64_t time_ns = to_ns(pick.time);
  if (newest_pick_ns_[slot] == kNoPick || time_ns - same_pick_ns_ > newest_pick_ns_[slot]) {
    return false;
  }
  find_.bind_all(instrument_key,
                 time_ns - same_pick_ns_,
                 time_ns + same_pick_ns_,
                 to_string(pick.phase_hint),
                 model_key,
                 adapter_key);
  const Result<bool> found = find_.step();
  find_.reset();
  return found;
}

Result<RowOutcome> PickWriter::write(const Pick& pick, Keys& keys, Time now, Committed& committed) {
  const std::optional<std::int64_t> pick_id = parse_pick_id(pick.pick_id);
  if (!pick_id || !is_fraction(pick.probability) || !is_fraction(pick.score) ||
      !std::isfinite(pick.uncertainty_s) || pick.uncertainty_s < 0.0) {
    refuse(committed,
           fmt::format("pick '{}' of {} at {}: probability {}, score {}, uncertainty {} s",
                       pick.pick_id,
                       pick.instrument.to_string(),
                       to_iso(pick.time),
                       pick.probability,
                       pick.score,
                       pick.uncertainty_s));
    return RowOutcome::kRefused;
  }
  const Result<std::int64_t> instrument_key = keys.instrument(pick.instrument);
  if (!instrument_key) {
    return tl::unexpected(instrument_key.error());
  }
  const Result<std::int64_t> model_key = keys.model(pick.model_id, pick.model_hash, now);
  if (!model_key) {
    return tl::unexpected(model_key.error());
  }
  std::optional<std::int64_t> adapter_key;
  if (!pick.adapter_hash.empty()) {
    const Result<std::int64_t> key = keys.adapter(pick.adapter_id, pick.adapter_hash, "dpk", now);
    if (!key) {
      return tl::unexpected(key.error());
    }
    adapter_key = *key;
  }
  const Result<bool> there = is_there(pick, *instrument_key, *model_key, adapter_key);
  if (!there) {
    return tl::unexpected(there.error());
  }
  if (*there) {
    return RowOutcome::kAlreadyThere;
  }
  const std::int64_t time_ns = to_ns(pick.time);
  insert_.bind_all(last_pick_key_ + 1,
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
                   std::int64_t{to_ns(now)},
                   adapter_key);
  if (const Result<void> inserted = insert_.run(); !inserted) {
    return tl::unexpected(inserted.error());
  }
  ++last_pick_key_;
  std::int64_t& newest = newest_pick_ns_[static_cast<std::size_t>(*instrument_key)];
  newest = std::max(newest, time_ns);
  return RowOutcome::kInserted;
}

}  // namespace geod::storage
