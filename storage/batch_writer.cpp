#include "storage/batch_writer.hpp"

#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

namespace geod::storage {
namespace {

constexpr Duration kHour = std::chrono::hours{1};

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

constexpr std::string_view kInsertAdapterEvent =
    "INSERT INTO adapter_log (time_ns, task, action, adapter_id, adapter_hash, reason) "
    "VALUES (?, ?, ?, ?, ?, ?)";

bool is_seconds(double value) {
  return std::isfinite(value) && value >= 0.0;
}

}  // namespace

Result<BatchWriter> BatchWriter::make(Database& database,
                                      std::int64_t run_key,
                                      Duration same_pick) {
  BatchWriter writer;
  writer.run_key_ = run_key;
  const std::array<std::pair<Statement*, std::string_view>, 7> statements{{
      {&writer.upsert_channel_, kUpsertChannel},
      {&writer.insert_continuity_, kInsertContinuity},
      {&writer.upsert_completeness_, kUpsertCompleteness},
      {&writer.insert_maker_,
       "INSERT INTO completeness_makers VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"},
      {&writer.insert_fibre_maker_,
       "INSERT INTO fibre_completeness_makers VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"},
      {&writer.upsert_cursor_, kUpsertCursor},
      {&writer.insert_adapter_event_, kInsertAdapterEvent},
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
  Result<PickWriter> picks = PickWriter::make(database, "picks", run_key, same_pick);
  Result<PickWriter> shadow_picks = PickWriter::make(database, "shadow_picks", run_key, same_pick);
  Result<EstimateWriter> estimates = EstimateWriter::make(database, run_key, same_pick);
  if (!picks || !shadow_picks) {
    return tl::unexpected(picks ? shadow_picks.error() : picks.error());
  }
  Result<FibreWriter> fibres = FibreWriter::make(database, run_key);
  if (!estimates || !fibres) {
    return tl::unexpected(estimates ? fibres.error() : estimates.error());
  }
  Result<FibrePlacesWriter> fibre_places = FibrePlacesWriter::make(database, run_key);
  Result<EventWriter> events = EventWriter::make(database, run_key);
  Result<ReviewWriter> reviews = ReviewWriter::make(database);
  if (!events || !reviews) {
    return tl::unexpected(events ? reviews.error() : events.error());
  }
  if (!fibre_places) {
    return tl::unexpected(fibre_places.error());
  }
  writer.events_ = std::move(*events);
  writer.reviews_ = std::move(*reviews);
  writer.picks_ = std::move(*picks);
  writer.shadow_picks_ = std::move(*shadow_picks);
  writer.estimates_ = std::move(*estimates);
  writer.fibres_ = std::move(*fibres);
  writer.fibre_places_ = std::move(*fibre_places);
  return writer;
}

Result<void> BatchWriter::forget() {
  keys_.forget();
  const Result<void> forgotten = picks_.forget();
  return forgotten ? shadow_picks_.forget() : forgotten;
}

Result<Committed> BatchWriter::write(const Batch& batch, Time now) {
  now_ = now;
  Committed committed;
  Result<void> written = write_picks(batch, committed);
  if (written) {
    written = write_fibres(batch, committed);
  }
  if (written) {
    written = write_events(batch, committed);
  }
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
  for (std::size_t i = 0; written && i < batch.adapter_events.size(); ++i) {
    written = write_adapter_event(batch.adapter_events[i]);
  }
  if (!written) {
    return tl::unexpected(written.error());
  }
  return committed;
}

Result<void> BatchWriter::write_picks(const Batch& batch, Committed& committed) {
  const auto write_all = [](const auto& rows, std::vector<RowOutcome>& outcomes, auto write) {
    outcomes.reserve(rows.size());
    for (const auto& row : rows) {
      const Result<RowOutcome> outcome = write(row);
      if (!outcome) {
        return Result<void>(tl::unexpected(outcome.error()));
      }
      outcomes.push_back(*outcome);
    }
    return Result<void>();
  };
  Result<void> written = write_all(batch.picks, committed.picks, [&](const Pick& pick) {
    return picks_.write(pick, keys_, now_, committed);
  });
  if (written) {
    written = write_all(batch.estimates, committed.estimates, [&](const Estimate& estimate) {
      return estimates_.write(estimate, "active", keys_, now_, committed);
    });
  }
  if (written) {
    written = write_all(
        batch.station_locations, committed.station_locations, [&](const StationLocation& location) {
          return estimates_.write(location, keys_, now_, committed);
        });
  }
  if (written) {
    written = write_all(batch.shadow_picks, committed.shadow_picks, [&](const Pick& pick) {
      return shadow_picks_.write(pick, keys_, now_, committed);
    });
  }
  if (written) {
    written = write_all(
        batch.shadow_estimates, committed.shadow_estimates, [&](const Estimate& estimate) {
          return estimates_.write(estimate, "shadow", keys_, now_, committed);
        });
  }
  return written;
}

Result<void> BatchWriter::write_events(const Batch& batch, Committed& committed) {
  for (const EventChange& change : batch.event_changes) {
    const auto outcome = events_.write(change, keys_, now_, committed);
    if (!outcome) {
      return tl::unexpected(outcome.error());
    }
    committed.event_changes.push_back(*outcome);
  }
  for (const ReviewRow& row : batch.reviewed_events) {
    const auto outcome = reviews_.write(row, keys_, now_, committed);
    if (!outcome) {
      return tl::unexpected(outcome.error());
    }
    committed.reviewed_events.push_back(*outcome);
  }
  return {};
}

Result<void> BatchWriter::write_fibres(const Batch& batch, Committed& committed) {
  Result<void> written;
  for (std::size_t i = 0; written && i < batch.fibre_places.size(); ++i) {
    written = fibre_places_.write(batch.fibre_places[i], keys_, committed);
  }
  for (std::size_t i = 0; written && i < batch.fibre_geometries.size(); ++i) {
    written = fibres_.write(batch.fibre_geometries[i], keys_, committed);
  }
  for (std::size_t i = 0; written && i < batch.detections.size(); ++i) {
    const auto outcome = fibres_.write(batch.detections[i], keys_, now_, committed);
    if (!outcome) {
      return tl::unexpected(outcome.error());
    }
    committed.detections.push_back(*outcome);
  }
  for (std::size_t i = 0; written && i < batch.fibre_gaps.size(); ++i) {
    written = fibres_.write(batch.fibre_gaps[i], keys_, committed);
  }
  for (std::size_t i = 0; written && i < batch.fibre_completeness.size(); ++i) {
    written = write_fibre_completeness(batch.fibre_completeness[i], committed);
  }
  return written;
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
  const Result<void> done = upsert_completeness_
                                .bind_all(*key,
                                          std::int64_t{to_ns(delta.hour)},
                                          delta.scored_s,
                                          delta.masked_s,
                                          std::int64_t{to_ns(delta.from)},
                                          std::int64_t{to_ns(delta.to)})
                                .run();
  return done ? write_maker(delta, *key, "dpk", insert_maker_) : done;
}

Result<void> BatchWriter::write_fibre_completeness(const FibreCompleteness& delta,
                                                   Committed& committed) {
  const std::size_t refused_before = committed.refused_rows;
  const Result<void> done = fibres_.write(delta, keys_, committed);
  if (!done || committed.refused_rows != refused_before) {
    return done;
  }
  const Result<std::int64_t> key = keys_.fibre(delta.fibre_id);
  if (!key) {
    return tl::unexpected(key.error());
  }
  return write_maker(delta, *key, "das", insert_fibre_maker_);
}

template <class Delta>
Result<void> BatchWriter::write_maker(const Delta& delta,
                                      std::int64_t key,
                                      std::string_view task,
                                      Statement& insert) {
  if (delta.model_id.empty()) {
    return {};
  }
  const Result<std::int64_t> model = keys_.model(delta.model_id, delta.model_hash, now_);
  Result<std::int64_t> adapter = 0;
  if (model && !delta.adapter_hash.empty()) {
    adapter = keys_.adapter(delta.adapter_id, delta.adapter_hash, task, now_);
  }
  if (!model || !adapter) {
    return tl::unexpected(model ? adapter.error() : model.error());
  }
  return insert.bind_all(key, std::int64_t{to_ns(delta.hour)}, *model, *adapter).run();
}

Result<void> BatchWriter::write_cursor(const Cursor& cursor) {
  return upsert_cursor_.bind_all(cursor.source, cursor.position, std::int64_t{to_ns(now_)}).run();
}

Result<void> BatchWriter::write_adapter_event(const AdapterEvent& event) {
  return insert_adapter_event_
      .bind_all(std::int64_t{to_ns(event.time)},
                event.task,
                event.action,
                event.adapter_id,
                event.adapter_hash,
                event.reason)
      .run();
}

}  // namespace geod::storage
