#include "storage/row_reader.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace geod::storage {
namespace {

/// The alternative of `task` (an index of kScalarTasks) from its two columns.
EstimateValue value_of(std::size_t task, double value, double uncertainty) {
  switch (task) {
    case 0:
      return PolarityEstimate{value};
    case 1:
      return BackAzimuthEstimate{value, uncertainty};
    case 2:
      return NeuralMagnitudeEstimate{value, uncertainty};
    default:
      return DistanceEstimate{value, uncertainty};
  }
}

std::string pick_id_text(std::int64_t bits) {
  return fmt::format("{:016x}", static_cast<std::uint64_t>(bits));
}

}  // namespace

Result<RowReader> RowReader::make(Database& database) {
  Result<Names> names = Names::make(database);
  if (!names) {
    return tl::unexpected(names.error());
  }
  Result<Statement> estimates = database.prepare(
      "SELECT task, value, uncertainty, windows, model_key, adapter_key, inserted_ns "
      "FROM estimates WHERE pick_key = ? AND role = 'active'");
  if (!estimates) {
    return tl::unexpected(estimates.error());
  }
  RowReader reader(std::move(*names));
  reader.find_estimates_ = std::move(*estimates);
  return reader;
}

Result<StoredPick> RowReader::pick(const Statement& row, bool with_estimates) {
  const Result<const InstrumentId*> instrument = names_.instrument(row.integer(2));
  if (!instrument) {
    return tl::unexpected(instrument.error());
  }
  const Result<const Names::Model*> model = names_.model(row.integer(8));
  if (!model) {
    return tl::unexpected(model.error());
  }
  StoredPick stored;
  stored.pick.time = time_from_ns(row.integer(0));
  stored.pick_key = row.integer(1);
  stored.pick.instrument = **instrument;
  stored.pick.phase_hint = row.text(3) == "S" ? Phase::kS : Phase::kP;
  stored.pick.uncertainty_s = row.real(4);
  stored.pick.probability = row.real(5);
  stored.pick.score = row.real(6);
  stored.pick.components = row.text(7);
  stored.pick.model_id = (*model)->model_id;
  stored.pick.model_hash = (*model)->model_hash;
  stored.pick.pick_id = pick_id_text(row.integer(9));
  stored.inserted = time_from_ns(row.integer(10));
  stored.run_key = row.integer(11);
  if (!row.is_null(12)) {
    const Result<const Names::Adapter*> adapter = names_.adapter(row.integer(12));
    if (!adapter) {
      return tl::unexpected(adapter.error());
    }
    stored.pick.adapter_id = (*adapter)->adapter_id;
    stored.pick.adapter_hash = (*adapter)->adapter_hash;
  }
  if (with_estimates && stored.pick.phase_hint == Phase::kP) {
    if (const Result<void> read = read_estimates(stored); !read) {
      return tl::unexpected(read.error());
    }
  }
  return stored;
}

Result<void> RowReader::read_estimates(StoredPick& stored) {
  // Of several bundles of a task the one that told last.
  std::array<std::optional<Estimate>, kScalarTasks.size()> newest;
  std::array<std::int64_t, kScalarTasks.size()> inserted_ns{};
  Statement& row = find_estimates_;
  row.bind_all(stored.pick_key);
  Result<bool> more = row.step();
  for (; more && *more; more = row.step()) {
    const auto* const name = std::find(kScalarTasks.begin(), kScalarTasks.end(), row.text(0));
    const auto task = static_cast<std::size_t>(name - kScalarTasks.begin());
    if (task == kScalarTasks.size() || (newest[task] && inserted_ns[task] > row.integer(6))) {
      continue;
    }
    const Result<const Names::Model*> model = names_.model(row.integer(4));
    if (!model) {
      return tl::unexpected(model.error());
    }
    const Result<const Names::Adapter*> adapter = names_.adapter(row.integer(5));
    if (!adapter) {
      return tl::unexpected(adapter.error());
    }
    inserted_ns[task] = row.integer(6);
    newest[task] = Estimate{stored.pick.pick_id,
                            stored.pick.instrument,
                            stored.pick.time,
                            value_of(task, row.real(1), row.real(2)),
                            static_cast<int>(row.integer(3)),
                            (*model)->model_id,
                            (*model)->model_hash,
                            (*adapter)->adapter_id,
                            (*adapter)->adapter_hash};
  }
  row.reset();
  if (!more) {
    return tl::unexpected(more.error());
  }
  for (std::optional<Estimate>& estimate : newest) {
    if (estimate) {
      stored.estimates.push_back(std::move(*estimate));
    }
  }
  return {};
}

Result<StoredLocation> RowReader::location(const Statement& row) {
  const Result<const InstrumentId*> instrument = names_.instrument(row.integer(2));
  if (!instrument) {
    return tl::unexpected(instrument.error());
  }
  const Result<const Names::Model*> model = names_.model(row.integer(12));
  if (!model) {
    return tl::unexpected(model.error());
  }
  const Result<const Names::Adapter*> distance_adapter = names_.adapter(row.integer(8));
  if (!distance_adapter) {
    return tl::unexpected(distance_adapter.error());
  }
  const Result<const Names::Adapter*> back_azimuth_adapter = names_.adapter(row.integer(9));
  if (!back_azimuth_adapter) {
    return tl::unexpected(back_azimuth_adapter.error());
  }
  const auto coordinate = [&](int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.real(column));
  };
  StoredLocation stored;
  StationLocation& location = stored.location;
  location.pick_time = time_from_ns(row.integer(0));
  stored.location_key = row.integer(1);
  location.instrument = **instrument;
  location.distance_km = row.real(3);
  location.distance_uncertainty_km = row.real(4);
  location.back_azimuth_deg = row.real(5);
  location.back_azimuth_uncertainty_deg = row.real(6);
  location.s_minus_p_s = row.is_null(7) ? -1.0 : row.real(7);
  location.distance_adapter_id = (*distance_adapter)->adapter_id;
  location.distance_adapter_hash = (*distance_adapter)->adapter_hash;
  location.back_azimuth_adapter_id = (*back_azimuth_adapter)->adapter_id;
  location.back_azimuth_adapter_hash = (*back_azimuth_adapter)->adapter_hash;
  stored.inserted = time_from_ns(row.integer(10));
  location.pick_id = pick_id_text(row.integer(11));
  location.model_id = (*model)->model_id;
  location.model_hash = (*model)->model_hash;
  stored.station_latitude_deg = coordinate(13);
  stored.station_longitude_deg = coordinate(14);
  return stored;
}

Result<ContinuityRow> RowReader::continuity(const Statement& row) {
  const Result<const SourceId*> channel = names_.channel(row.integer(2));
  if (!channel) {
    return tl::unexpected(channel.error());
  }
  return ContinuityRow{**channel,
                       std::string(row.text(4)),
                       time_from_ns(row.integer(0)),
                       time_from_ns(row.integer(3)),
                       std::string(row.text(5))};
}

Result<CompletenessRow> RowReader::completeness(const Statement& row) {
  const Result<const InstrumentId*> instrument = names_.instrument(row.integer(2));
  if (!instrument) {
    return tl::unexpected(instrument.error());
  }
  return CompletenessRow{{**instrument,
                          time_from_ns(row.integer(0)),
                          row.real(3),
                          row.real(4),
                          time_from_ns(row.integer(5)),
                          time_from_ns(row.integer(6))},
                         std::nullopt,
                         row.integer(2)};
}

}  // namespace geod::storage
