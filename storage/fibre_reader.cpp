#include "storage/fibre_reader.hpp"

#include <array>
#include <optional>
#include <utility>

#include "storage/detection_blobs.hpp"
#include "storage/fibre_plans.hpp"
#include "storage/fibre_words.hpp"
#include "storage/pick_writer.hpp"

namespace geod::storage {
namespace {

/// Network and cable of "NET.CABLE"; an id without a dot is a cable.
std::pair<std::string, std::string> split(const std::string& fibre_id) {
  const std::size_t dot = fibre_id.find('.');
  return dot == std::string::npos ? std::pair{std::string{}, fibre_id}
                                  : std::pair{fibre_id.substr(0, dot), fibre_id.substr(dot + 1)};
}

/// 0 stands for "not known" where the database has NULL.
double known(const Statement& row, int column) {
  return row.is_null(column) ? 0.0 : row.real(column);
}

}  // namespace

Result<FibreReader> FibreReader::make(Database& database) {
  Result<Names> names = Names::make(database);
  const Result<ScanPlan> plan = plan_detections(database, {});
  if (!names || !plan) {
    return tl::unexpected(names ? plan.error() : names.error());
  }
  FibreReader reader(std::move(*names));
  reader.file_ = database.file();
  const std::string find =
      plan->select + " WHERE detection_id = ? ORDER BY detection_key DESC LIMIT 1";
  const std::string find_after =
      plan->select + " WHERE detection_key > ? ORDER BY detection_key LIMIT ?";
  const std::array<std::pair<Statement*, std::string_view>, 6> statements{{
      {&reader.find_detection_, find},
      {&reader.find_after_, find_after},
      {&reader.find_mask_, "SELECT runs FROM mask_runs WHERE detection_key = ?"},
      {&reader.find_arrivals_,
       "SELECT phase, arrivals FROM fibre_arrivals WHERE detection_key = ? ORDER BY phase"},
      {&reader.find_picks_,
       "SELECT phase, channel, first_channel, last_channel, arrivals, time_ns, uncertainty_s, "
       "probability FROM fibre_picks WHERE detection_key = ? ORDER BY phase, channel"},
      {&reader.find_geometries_,
       "SELECT from_ns, rate_numerator, rate_denominator, channels, first_channel, channel_stride, "
       "channel_spacing_m, gauge_length_m, unit, scale, sample_type, sample_order "
       "FROM fibre_geometries JOIN fibres USING (fibre_key) WHERE fibre_id = ? ORDER BY from_ns"},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return reader;
}

Result<StoredDetection> FibreReader::detection(const Statement& row) {
  const Result<const std::string*> fibre = names_.fibre(row.integer(2));
  const Result<const Names::Model*> model = names_.model(row.integer(14));
  if (!fibre || !model) {
    return tl::unexpected(fibre ? model.error() : fibre.error());
  }
  StoredDetection stored;
  FibreDetection& detection = stored.detection;
  detection.from = time_from_ns(row.integer(0));
  stored.detection_key = row.integer(1);
  detection.fibre_id = **fibre;
  detection.detection_id = fmt::format("{:016x}", static_cast<std::uint64_t>(row.integer(3)));
  detection.to = time_from_ns(row.integer(4));
  detection.first_channel = row.integer(5);
  detection.last_channel = row.integer(6);
  stored.channels = row.integer(7);
  detection.channel_spacing_m = known(row, 8);
  detection.mean_probability = row.real(9);
  detection.max_probability = row.real(10);
  detection.apparent_velocity_m_s = known(row, 11);
  stored.p_arrivals = row.integer(12);
  stored.s_arrivals = row.integer(13);
  detection.model_id = (*model)->model_id;
  detection.model_hash = (*model)->model_hash;
  if (!row.is_null(15)) {
    const Result<const Names::Adapter*> adapter = names_.adapter(row.integer(15));
    if (!adapter) {
      return tl::unexpected(adapter.error());
    }
    detection.adapter_id = (*adapter)->adapter_id;
    detection.adapter_hash = (*adapter)->adapter_hash;
  }
  stored.run_key = row.integer(16);
  stored.inserted = time_from_ns(row.integer(17));
  return stored;
}

Result<std::vector<StoredDetection>> FibreReader::detections_after(std::int64_t detection_key,
                                                                   std::size_t limit) {
  find_after_.bind_all(detection_key, static_cast<std::int64_t>(limit));
  std::vector<StoredDetection> all;
  while (true) {
    const Result<bool> row = find_after_.step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      find_after_.reset();
      return all;
    }
    Result<StoredDetection> stored = detection(find_after_);
    if (!stored) {
      find_after_.reset();
      return tl::unexpected(stored.error());
    }
    all.push_back(std::move(*stored));
  }
}

Result<ContinuityRow> FibreReader::gap(const Statement& row) {
  const Result<const std::string*> fibre = names_.fibre(row.integer(2));
  if (!fibre) {
    return tl::unexpected(fibre.error());
  }
  auto [network, cable] = split(**fibre);
  return ContinuityRow{{std::move(network), std::move(cable), {}, {}, {}, {}},
                       std::string(row.text(4)),
                       time_from_ns(row.integer(0)),
                       time_from_ns(row.integer(3)),
                       std::string(row.text(5))};
}

Result<CompletenessRow> FibreReader::completeness(const Statement& row) {
  const Result<const std::string*> fibre = names_.fibre(row.integer(2));
  if (!fibre) {
    return tl::unexpected(fibre.error());
  }
  auto [network, cable] = split(**fibre);
  return CompletenessRow{{{std::move(network), std::move(cable), {}, {}, {}},
                          time_from_ns(row.integer(0)),
                          row.real(3),
                          row.real(4),
                          time_from_ns(row.integer(5)),
                          time_from_ns(row.integer(6))},
                         row.integer(7),
                         row.integer(2)};
}

Result<StoredDetection> FibreReader::whole_detection(std::string_view detection_id) {
  const std::optional<std::int64_t> bits = parse_pick_id(detection_id);
  if (!bits) {
    return fail(Errc::kConfig,
                "'{}' is no id of a detection: 16 hex digits, as geod catalog detections lists "
                "them",
                detection_id);
  }
  find_detection_.bind_all(*bits);
  const Result<bool> row = find_detection_.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (!*row) {
    find_detection_.reset();
    return fail(Errc::kNotFound,
                "{}: no detection {}; geod catalog detections lists them",
                file_,
                detection_id);
  }
  Result<StoredDetection> stored = detection(find_detection_);
  find_detection_.reset();
  if (!stored) {
    return stored;
  }
  Result<void> read = read_mask(*stored);
  if (read) {
    read = read_arrivals(*stored);
  }
  if (read) {
    read = read_picks(*stored);
  }
  if (!read) {
    return fail_with(read.error(), fmt::format("{}: detection {}", file_, detection_id));
  }
  return stored;
}

Result<void> FibreReader::read_mask(StoredDetection& stored) {
  find_mask_.bind_all(stored.detection_key);
  const Result<bool> row = find_mask_.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  auto mask = unpack_mask(*row ? find_mask_.blob(0) : std::span<const std::byte>{},
                          extent_of(stored.detection));
  find_mask_.reset();
  if (!mask) {
    return tl::unexpected(mask.error());
  }
  stored.detection.mask = std::move(*mask);
  return {};
}

Result<void> FibreReader::read_arrivals(StoredDetection& stored) {
  find_arrivals_.bind_all(stored.detection_key);
  Result<void> read;
  Result<bool> row = find_arrivals_.step();
  for (; read && row && *row; row = find_arrivals_.step()) {
    read = unpack_arrivals(find_arrivals_.blob(1),
                           extent_of(stored.detection),
                           find_arrivals_.text(0) == "S" ? Phase::kS : Phase::kP,
                           stored.detection.arrivals);
  }
  find_arrivals_.reset();
  return row ? read : tl::unexpected(row.error());
}

Result<void> FibreReader::read_picks(StoredDetection& stored) {
  find_picks_.bind_all(stored.detection_key);
  Result<bool> row = find_picks_.step();
  for (; row && *row; row = find_picks_.step()) {
    stored.detection.picks.push_back({find_picks_.integer(1),
                                      find_picks_.integer(2),
                                      find_picks_.integer(3),
                                      static_cast<int>(find_picks_.integer(4)),
                                      find_picks_.text(0) == "S" ? Phase::kS : Phase::kP,
                                      time_from_ns(find_picks_.integer(5)),
                                      find_picks_.real(6),
                                      find_picks_.real(7)});
  }
  find_picks_.reset();
  if (!row) {
    return tl::unexpected(row.error());
  }
  return {};
}

Result<std::vector<FibreGeometryChange>> FibreReader::geometries(const std::string& fibre_id) {
  const Statement& at = find_geometries_;
  std::vector<FibreGeometryChange> changes;
  find_geometries_.bind_all(fibre_id);
  Result<bool> row = find_geometries_.step();
  for (; row && *row; row = find_geometries_.step()) {
    const auto rate = SampleRate::make(at.integer(1), at.integer(2));
    const auto unit = unit_of(at.text(8));
    const auto type = value_of(kSampleTypeWords, at.text(10));
    const auto order = value_of(kOrderWords, at.text(11));
    if (!rate || !unit || !type || !order) {
      auto error = fail(Errc::kCorruptRecord,
                        "{}: geometry of fibre {} from {}: {}/{} Hz, unit '{}', type '{}', order "
                        "'{}' are not known; the database is damaged, restore a backup",
                        file_,
                        fibre_id,
                        to_iso(time_from_ns(at.integer(0))),
                        at.integer(1),
                        at.integer(2),
                        at.text(8),
                        at.text(10),
                        at.text(11));
      find_geometries_.reset();
      return error;
    }
    changes.push_back({{fibre_id,
                        *rate,
                        at.integer(3),
                        at.integer(4),
                        at.integer(5),
                        known(at, 6),
                        known(at, 7),
                        *unit,
                        at.real(9),
                        *type,
                        *order},
                       time_from_ns(at.integer(0))});
  }
  find_geometries_.reset();
  if (!row) {
    return tl::unexpected(row.error());
  }
  return changes;
}

}  // namespace geod::storage
