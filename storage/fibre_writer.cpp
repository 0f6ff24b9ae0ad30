#include "storage/fibre_writer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "storage/detection_blobs.hpp"
#include "storage/fibre_words.hpp"
#include "storage/pick_writer.hpp"

namespace geod::storage {
namespace {

constexpr Duration kHour = std::chrono::hours{1};

// The same id, or the same event with a border that was rounded otherwise. Nine tenths of the
// channels that either touches are common.
constexpr std::string_view kFindDetection =
    "SELECT 1 FROM detections WHERE detection_id = ?1 AND model_key = ?2 "
    "AND ifnull(adapter_key, 0) = ifnull(?3, 0) "
    "UNION ALL SELECT 1 FROM detections WHERE fibre_key = ?4 AND from_ns BETWEEN ?5 - ?7 AND ?5 + "
    "?7 "
    "AND model_key = ?2 AND adapter_key IS ?3 AND abs(to_ns - ?6) <= ?7 "
    "AND 10 * (min(last_channel, ?9) - max(first_channel, ?8) + 1) "
    ">= 9 * (max(last_channel, ?9) - min(first_channel, ?8) + 1) LIMIT 1";
constexpr std::string_view kInsertDetection =
    "INSERT INTO detections (detection_id, fibre_key, from_ns, to_ns, first_channel, last_channel, "
    "channels, channel_spacing_m, mean_probability, max_probability, apparent_velocity_m_s, "
    "p_arrivals, s_arrivals, model_key, adapter_key, run_key, inserted_ns) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kInsertPick =
    "INSERT INTO fibre_picks (detection_key, phase, channel, first_channel, last_channel, "
    "arrivals, "
    "time_ns, uncertainty_s, probability) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING";
// What is told again of the time of a row takes its place; what says no more than the row that is
// in force is passed over.
constexpr std::string_view kUpsertGeometry =
    "INSERT INTO fibre_geometries (fibre_key, from_ns, rate_numerator, rate_denominator, channels, "
    "first_channel, channel_stride, channel_spacing_m, gauge_length_m, unit, scale, sample_type, "
    "sample_order, run_key) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 "
    "WHERE NOT EXISTS (SELECT 1 FROM (SELECT * FROM fibre_geometries "
    "WHERE fibre_key = ?1 AND from_ns <= ?2 ORDER BY from_ns DESC LIMIT 1) "
    "WHERE rate_numerator = ?3 AND rate_denominator = ?4 AND channels = ?5 AND first_channel = ?6 "
    "AND channel_stride = ?7 AND channel_spacing_m IS ?8 AND gauge_length_m IS ?9 AND unit = ?10 "
    "AND scale = ?11 AND sample_type = ?12 AND sample_order = ?13) "
    "ON CONFLICT (fibre_key, from_ns) DO UPDATE SET rate_numerator = ?3, rate_denominator = ?4, "
    "channels = ?5, first_channel = ?6, channel_stride = ?7, channel_spacing_m = ?8, "
    "gauge_length_m = ?9, unit = ?10, scale = ?11, sample_type = ?12, sample_order = ?13, "
    "run_key = ?14";
constexpr std::string_view kInsertGap =
    "INSERT INTO fibre_gaps (fibre_key, kind, from_ns, to_ns, detail, run_key) "
    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
// As of instruments (batch_writer): only the part of the hour that no row spoke of is counted.
constexpr std::string_view kUpsertCompleteness =
    "INSERT INTO fibre_completeness VALUES (?1, ?2, min(?3, 3600.0), min(?4, 3600.0), ?5, ?6, ?7) "
    "ON CONFLICT DO UPDATE SET "
    "scored_s = min(scored_s + ?3 * "
    "(max(0, ?6 - max(?5, to_ns)) + max(0, min(?6, from_ns) - ?5)) / (?6 - ?5), 3600.0), "
    "masked_s = min(masked_s + ?4 * "
    "(max(0, ?6 - max(?5, to_ns)) + max(0, min(?6, from_ns) - ?5)) / (?6 - ?5), 3600.0), "
    "from_ns = min(from_ns, ?5), to_ns = max(to_ns, ?6), channels = min(channels, ?7)";

bool is_fraction(double value) {
  return value >= 0.0 && value <= 1.0;  // false for NaN
}
bool is_length(double value) {
  return std::isfinite(value) && value >= 0.0;
}
bool is_seconds(double value) {
  return std::isfinite(value) && value >= 0.0;
}

/// NULL where 0 stands for "not known".
std::optional<double> known(double value) {
  return value == 0.0 ? std::nullopt : std::optional(value);
}

std::string why_refused(const FibreDetection& detection) {
  if (!parse_pick_id(detection.detection_id) || detection.fibre_id.empty() ||
      detection.from >= detection.to || detection.first_channel > detection.last_channel ||
      !is_length(detection.channel_spacing_m) || !is_fraction(detection.mean_probability) ||
      !is_fraction(detection.max_probability) || !std::isfinite(detection.apparent_velocity_m_s)) {
    return fmt::format("until {}, channels {} to {}, probability {} to {}, {} m/s",
                       to_iso(detection.to),
                       detection.first_channel,
                       detection.last_channel,
                       detection.mean_probability,
                       detection.max_probability,
                       detection.apparent_velocity_m_s);
  }
  return why_unstorable(detection);
}

std::int64_t channels_of(const std::vector<MaskRun>& mask) {
  std::int64_t channels = 0;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    channels += i == 0 || mask[i].channel != mask[i - 1].channel ? 1 : 0;
  }
  return channels;
}

std::int64_t arrivals_of(const FibreDetection& detection, Phase phase) {
  return std::count_if(detection.arrivals.begin(),
                       detection.arrivals.end(),
                       [&](const FibreArrival& arrival) { return arrival.phase_hint == phase; });
}

}  // namespace

Result<FibreWriter> FibreWriter::make(Database& database, std::int64_t run_key) {
  FibreWriter writer;
  writer.database_ = &database;
  writer.run_key_ = run_key;
  const std::array<std::pair<Statement*, std::string_view>, 8> statements{{
      {&writer.find_detection_, kFindDetection},
      {&writer.insert_detection_, kInsertDetection},
      {&writer.insert_mask_, "INSERT INTO mask_runs VALUES (?, ?)"},
      {&writer.insert_arrivals_,
       "INSERT INTO fibre_arrivals (detection_key, phase, arrivals) VALUES (?, ?, ?)"},
      {&writer.insert_pick_, kInsertPick},
      {&writer.upsert_geometry_, kUpsertGeometry},
      {&writer.insert_gap_, kInsertGap},
      {&writer.upsert_completeness_, kUpsertCompleteness},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return writer;
}

Result<bool> FibreWriter::is_there(const FibreDetection& detection, const RowKeys& keys) {
  find_detection_.bind_all(keys.detection_id,
                           keys.model,
                           keys.adapter,
                           keys.fibre,
                           std::int64_t{to_ns(detection.from)},
                           std::int64_t{to_ns(detection.to)},
                           std::int64_t{kSameDetection.count()},
                           detection.first_channel,
                           detection.last_channel);
  const Result<bool> found = find_detection_.step();
  find_detection_.reset();
  return found;
}

Result<void> FibreWriter::insert(const FibreDetection& detection, const RowKeys& keys, Time now) {
  insert_detection_.bind_all(keys.detection_id,
                             keys.fibre,
                             std::int64_t{to_ns(detection.from)},
                             std::int64_t{to_ns(detection.to)},
                             detection.first_channel,
                             detection.last_channel,
                             channels_of(detection.mask),
                             known(detection.channel_spacing_m),
                             detection.mean_probability,
                             detection.max_probability,
                             known(detection.apparent_velocity_m_s),
                             arrivals_of(detection, Phase::kP),
                             arrivals_of(detection, Phase::kS),
                             keys.model,
                             keys.adapter,
                             run_key_,
                             std::int64_t{to_ns(now)});
  const Result<void> inserted = insert_detection_.run();
  return inserted ? insert_parts(detection, database_->last_insert_key()) : inserted;
}

Result<void> FibreWriter::insert_parts(const FibreDetection& detection,
                                       std::int64_t detection_key) {
  const std::vector<std::byte> mask = pack_mask(detection);
  Result<void> done = insert_mask_.bind_all(detection_key, mask).run();
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    const std::vector<std::byte> arrivals = pack_arrivals(detection, phase);
    if (done && !arrivals.empty()) {
      done = insert_arrivals_.bind_all(detection_key, to_string(phase), arrivals).run();
    }
  }
  for (std::size_t i = 0; done && i < detection.picks.size(); ++i) {
    const FibrePick& pick = detection.picks[i];
    done = insert_pick_
               .bind_all(detection_key,
                         to_string(pick.phase_hint),
                         pick.channel,
                         pick.first_channel,
                         pick.last_channel,
                         std::int64_t{pick.arrivals},
                         std::int64_t{to_ns(pick.time)},
                         pick.uncertainty_s,
                         pick.probability)
               .run();
  }
  return done;
}

Result<RowOutcome> FibreWriter::write(const FibreDetection& detection,
                                      Keys& keys,
                                      Time now,
                                      Committed& committed) {
  if (const std::string why = why_refused(detection); !why.empty()) {
    refuse(committed,
           fmt::format("detection '{}' on fibre '{}' at {}: {}",
                       detection.detection_id,
                       detection.fibre_id,
                       to_iso(detection.from),
                       why));
    return RowOutcome::kRefused;
  }
  const Result<std::int64_t> fibre = keys.fibre(detection.fibre_id);
  const Result<std::int64_t> model = keys.model(detection.model_id, detection.model_hash, now);
  if (!fibre || !model) {
    return tl::unexpected(fibre ? model.error() : fibre.error());
  }
  RowKeys row{*parse_pick_id(detection.detection_id), *fibre, *model, std::nullopt};
  if (!detection.adapter_hash.empty()) {
    const Result<std::int64_t> adapter =
        keys.adapter(detection.adapter_id, detection.adapter_hash, "das", now);
    if (!adapter) {
      return tl::unexpected(adapter.error());
    }
    row.adapter = *adapter;
  }
  const Result<bool> there = is_there(detection, row);
  if (!there) {
    return tl::unexpected(there.error());
  }
  if (*there) {
    return RowOutcome::kAlreadyThere;
  }
  if (const Result<void> inserted = insert(detection, row, now); !inserted) {
    return tl::unexpected(inserted.error());
  }
  return RowOutcome::kInserted;
}

Result<void> FibreWriter::write(const FibreGeometryChange& change,
                                Keys& keys,
                                Committed& committed) {
  const FibreGeometry& geometry = change.geometry;
  const auto type = word_of(kSampleTypeWords, geometry.type);
  const auto order = word_of(kOrderWords, geometry.order);
  if (!is_known(geometry.unit) || !type || !order || geometry.fibre_id.empty() ||
      geometry.channels <= 0 || geometry.channel_stride == 0 ||
      !is_length(geometry.channel_spacing_m) || !is_length(geometry.gauge_length_m) ||
      !std::isfinite(geometry.scale)) {
    refuse(committed,
           fmt::format("geometry of fibre '{}' from {}: {} channels by {}, {} m apart, gauge {} m, "
                       "scale {}, unit {}, type {}, order {}",
                       geometry.fibre_id,
                       to_iso(change.from),
                       geometry.channels,
                       geometry.channel_stride,
                       geometry.channel_spacing_m,
                       geometry.gauge_length_m,
                       geometry.scale,
                       static_cast<int>(geometry.unit),
                       static_cast<int>(geometry.type),
                       static_cast<int>(geometry.order)));
    return {};
  }
  const Result<std::int64_t> fibre = keys.fibre(geometry.fibre_id);
  if (!fibre) {
    return tl::unexpected(fibre.error());
  }
  return upsert_geometry_
      .bind_all(*fibre,
                std::int64_t{to_ns(change.from)},
                geometry.rate.numerator(),
                geometry.rate.denominator(),
                geometry.channels,
                geometry.first_channel,
                geometry.channel_stride,
                known(geometry.channel_spacing_m),
                known(geometry.gauge_length_m),
                to_string(geometry.unit),
                geometry.scale,
                *type,
                *order,
                run_key_)
      .run();
}

Result<void> FibreWriter::write(const FibreGap& gap, Keys& keys, Committed& committed) {
  if (!is_known(gap.kind) || gap.fibre_id.empty() || gap.to < gap.from) {
    refuse(committed,
           fmt::format("gap {} of fibre '{}' from {} to {}",
                       static_cast<int>(gap.kind),
                       gap.fibre_id,
                       to_iso(gap.from),
                       to_iso(gap.to)));
    return {};
  }
  const Result<std::int64_t> fibre = keys.fibre(gap.fibre_id);
  if (!fibre) {
    return tl::unexpected(fibre.error());
  }
  return insert_gap_
      .bind_all(*fibre,
                to_string(gap.kind),
                std::int64_t{to_ns(gap.from)},
                std::int64_t{to_ns(gap.to)},
                gap.detail,
                run_key_)
      .run();
}

Result<void> FibreWriter::write(const FibreCompleteness& completeness,
                                Keys& keys,
                                Committed& committed) {
  if (!is_seconds(completeness.scored_s) || !is_seconds(completeness.masked_s) ||
      to_ns(completeness.hour) % kHour.count() != 0 || completeness.from >= completeness.to ||
      completeness.channels < 0 || completeness.fibre_id.empty()) {
    refuse(committed,
           fmt::format("completeness of fibre '{}' at {}: {} s scored, {} s masked, {} channels",
                       completeness.fibre_id,
                       to_iso(completeness.hour),
                       completeness.scored_s,
                       completeness.masked_s,
                       completeness.channels));
    return {};
  }
  const Result<std::int64_t> fibre = keys.fibre(completeness.fibre_id);
  if (!fibre) {
    return tl::unexpected(fibre.error());
  }
  return upsert_completeness_
      .bind_all(*fibre,
                std::int64_t{to_ns(completeness.hour)},
                completeness.scored_s,
                completeness.masked_s,
                std::int64_t{to_ns(completeness.from)},
                std::int64_t{to_ns(completeness.to)},
                completeness.channels)
      .run();
}

}  // namespace geod::storage
