#include "storage/estimate_writer.hpp"

#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "storage/pick_writer.hpp"

namespace geod::storage {
namespace {

constexpr std::string_view kFindPick =
    "SELECT pick_key FROM picks WHERE instrument_key = ?1 AND time_ns BETWEEN ?2 - ?3 AND ?2 + ?3 "
    "AND phase = 'P' AND model_key = ?4 "
    "ORDER BY pick_id = ?5 DESC, abs(time_ns - ?2), pick_key DESC LIMIT 1";
constexpr std::string_view kInsertEstimate =
    "INSERT INTO estimates (pick_key, task, role, adapter_key, value, uncertainty, windows, "
    "model_key, run_key, inserted_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING";
// A stop between P and S may have left a location without S: one with S takes its place.
constexpr std::string_view kInsertLocation =
    "INSERT INTO station_locations (pick_key, instrument_key, time_ns, distance_km, "
    "distance_uncertainty_km, back_azimuth_deg, back_azimuth_uncertainty_deg, s_minus_p_s, "
    "distance_adapter_key, back_azimuth_adapter_key, run_key, inserted_ns) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (pick_key, distance_adapter_key, back_azimuth_adapter_key) DO UPDATE SET "
    "distance_km = excluded.distance_km, "
    "distance_uncertainty_km = excluded.distance_uncertainty_km, "
    "s_minus_p_s = excluded.s_minus_p_s, run_key = excluded.run_key, "
    "inserted_ns = excluded.inserted_ns "
    "WHERE s_minus_p_s IS NULL AND excluded.s_minus_p_s IS NOT NULL";

bool is_bearing(double value_deg) {
  return value_deg >= 0.0 && value_deg < 360.0;  // false for NaN
}
bool is_width(double value) {
  return std::isfinite(value) && value >= 0.0;
}
bool is_distance(double value_km) {
  return std::isfinite(value_km) && value_km >= 0.0;
}

/// The columns `value` and `uncertainty`.
struct Columns {
  double value = 0.0;
  std::optional<double> uncertainty;
  bool is_valid = false;
};

Columns columns_of(const EstimateValue& value) {
  if (const auto* polarity = std::get_if<PolarityEstimate>(&value)) {
    const double up = polarity->up_probability;
    return {up, std::nullopt, up >= 0.0 && up <= 1.0};
  }
  if (const auto* bearing = std::get_if<BackAzimuthEstimate>(&value)) {
    return {bearing->back_azimuth_deg,
            bearing->uncertainty_deg,
            is_bearing(bearing->back_azimuth_deg) && is_width(bearing->uncertainty_deg)};
  }
  if (const auto* size = std::get_if<NeuralMagnitudeEstimate>(&value)) {
    return {size->magnitude,
            size->uncertainty,
            std::isfinite(size->magnitude) && is_width(size->uncertainty)};
  }
  const auto& distance = std::get<DistanceEstimate>(value);
  return {distance.distance_km,
          distance.uncertainty_km,
          is_distance(distance.distance_km) && is_width(distance.uncertainty_km)};
}

}  // namespace

Result<EstimateWriter> EstimateWriter::make(Database& database,
                                            std::int64_t run_key,
                                            Duration same_pick) {
  EstimateWriter writer;
  writer.database_ = &database;
  writer.run_key_ = run_key;
  writer.same_pick_ns_ = same_pick.count();
  const std::array<std::pair<Statement*, std::string_view>, 3> statements{{
      {&writer.find_pick_, kFindPick},
      {&writer.insert_estimate_, kInsertEstimate},
      {&writer.insert_location_, kInsertLocation},
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

Result<std::optional<std::int64_t>> EstimateWriter::find_pick(const PickName& pick, Keys& keys) {
  const std::optional<std::int64_t> pick_id = parse_pick_id(pick.pick_id);
  if (!pick_id) {
    return std::nullopt;
  }
  const Result<std::int64_t> instrument_key = keys.instrument(pick.instrument);
  if (!instrument_key) {
    return tl::unexpected(instrument_key.error());
  }
  const Result<std::int64_t> model_key = keys.model(pick.model_id, pick.model_hash, pick.now);
  if (!model_key) {
    return tl::unexpected(model_key.error());
  }
  find_pick_.bind_all(
      *instrument_key, std::int64_t{to_ns(pick.time)}, same_pick_ns_, *model_key, *pick_id);
  const Result<bool> row = find_pick_.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  const auto key = *row ? std::optional(find_pick_.integer(0)) : std::nullopt;
  find_pick_.reset();
  return key;
}

Result<RowOutcome> EstimateWriter::insert(Statement& statement) {
  if (const Result<void> done = statement.run(); !done) {
    return tl::unexpected(done.error());
  }
  return database_->rows_changed() > 0 ? RowOutcome::kInserted : RowOutcome::kAlreadyThere;
}

Result<RowOutcome> EstimateWriter::write(
    const Estimate& estimate, std::string_view role, Keys& keys, Time now, Committed& committed) {
  const std::string_view task = task_of(estimate.value);
  const Columns columns = columns_of(estimate.value);
  if (!columns.is_valid || estimate.windows <= 0 || estimate.adapter_hash.empty()) {
    refuse(committed,
           fmt::format("{} of pick '{}' of {}: value {}, uncertainty {}, {} windows, adapter '{}'",
                       task,
                       estimate.pick_id,
                       estimate.instrument.to_string(),
                       columns.value,
                       columns.uncertainty.value_or(0.0),
                       estimate.windows,
                       estimate.adapter_hash));
    return RowOutcome::kRefused;
  }
  const auto pick_key = find_pick({estimate.pick_id,
                                   estimate.instrument,
                                   estimate.pick_time,
                                   estimate.model_id,
                                   estimate.model_hash,
                                   now},
                                  keys);
  if (!pick_key) {
    return tl::unexpected(pick_key.error());
  }
  if (!*pick_key) {
    refuse(committed,
           fmt::format("{} of a P pick that is not stored: '{}' of {} at {}",
                       task,
                       estimate.pick_id,
                       estimate.instrument.to_string(),
                       to_iso(estimate.pick_time)));
    return RowOutcome::kRefused;
  }
  const auto model_key = keys.model(estimate.model_id, estimate.model_hash, now);
  if (!model_key) {
    return tl::unexpected(model_key.error());
  }
  const auto adapter_key = keys.adapter(estimate.adapter_id, estimate.adapter_hash, task, now);
  if (!adapter_key) {
    return tl::unexpected(adapter_key.error());
  }
  return insert(insert_estimate_.bind_all(**pick_key,
                                          task,
                                          role,
                                          *adapter_key,
                                          columns.value,
                                          columns.uncertainty,
                                          std::int64_t{estimate.windows},
                                          *model_key,
                                          run_key_,
                                          std::int64_t{to_ns(now)}));
}

Result<RowOutcome> EstimateWriter::write(const StationLocation& location,
                                         Keys& keys,
                                         Time now,
                                         Committed& committed) {
  if (!is_distance(location.distance_km) || !is_width(location.distance_uncertainty_km) ||
      !is_bearing(location.back_azimuth_deg) || !is_width(location.back_azimuth_uncertainty_deg) ||
      std::isnan(location.s_minus_p_s) || std::isinf(location.s_minus_p_s)) {
    refuse(committed,
           fmt::format("single-station location of pick '{}' of {}: {} +- {} km, {} +- {} deg",
                       location.pick_id,
                       location.instrument.to_string(),
                       location.distance_km,
                       location.distance_uncertainty_km,
                       location.back_azimuth_deg,
                       location.back_azimuth_uncertainty_deg));
    return RowOutcome::kRefused;
  }
  const auto pick_key = find_pick({location.pick_id,
                                   location.instrument,
                                   location.pick_time,
                                   location.model_id,
                                   location.model_hash,
                                   now},
                                  keys);
  if (!pick_key) {
    return tl::unexpected(pick_key.error());
  }
  if (!*pick_key) {
    refuse(committed,
           fmt::format("single-station location of a P pick that is not stored: '{}' of {} at {}",
                       location.pick_id,
                       location.instrument.to_string(),
                       to_iso(location.pick_time)));
    return RowOutcome::kRefused;
  }
  const Result<std::int64_t> adapter_keys[] = {
      keys.adapter(location.distance_adapter_id, location.distance_adapter_hash, "dis", now),
      keys.adapter(
          location.back_azimuth_adapter_id, location.back_azimuth_adapter_hash, "baz", now)};
  for (const Result<std::int64_t>& key : adapter_keys) {
    if (!key) {
      return tl::unexpected(key.error());
    }
  }
  return insert(insert_location_.bind_all(
      **pick_key,
      *keys.instrument(location.instrument),
      std::int64_t{to_ns(location.pick_time)},
      location.distance_km,
      location.distance_uncertainty_km,
      location.back_azimuth_deg,
      location.back_azimuth_uncertainty_deg,
      location.s_minus_p_s > 0.0 ? std::optional(location.s_minus_p_s) : std::nullopt,
      *adapter_keys[0],
      *adapter_keys[1],
      run_key_,
      std::int64_t{to_ns(now)}));
}

}  // namespace geod::storage
