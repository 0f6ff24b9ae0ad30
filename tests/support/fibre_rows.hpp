#pragma once

#include <string>

#include <fmt/format.h>

#include "core/das_block.hpp"
#include "core/fibre_detection.hpp"
#include "tests/support/storage_fixture.hpp"

namespace geod::storage {

/// A wave that runs up the fibre at 2.5 km/s and 100 Hz: every fourth channel, 10 m apart each,
/// with P and S, the P ones refined. Its numbers fit the packed formats exactly.
inline FibreDetection make_detection(std::uint64_t id,
                                     Duration after_start,
                                     std::int64_t channels = 50,
                                     const std::string& fibre_id = "XX.FORGE") {
  using std::chrono::milliseconds;
  FibreDetection detection;
  detection.detection_id = fmt::format("{:016x}", id);
  detection.fibre_id = fibre_id;
  detection.from = kStart + after_start;
  detection.first_channel = 100;
  detection.last_channel = 100 + 4 * (channels - 1);
  detection.channel_spacing_m = 10.0;
  detection.mean_probability = 0.8125;
  detection.max_probability = 0.96875;
  detection.apparent_velocity_m_s = 2500.0;
  for (std::int64_t i = 0; i < channels; ++i) {
    const Time from = detection.from + milliseconds{20 * (i / 2)};
    detection.mask.push_back({100 + 4 * i, from, from + milliseconds{300 + 10 * (i % 5)}});
    if (i % 7 == 0) {
      detection.mask.push_back(
          {100 + 4 * i, from + milliseconds{350}, from + milliseconds{360 + 10 * (i % 3)}});
    }
  }
  detection.to = detection.from + milliseconds{20 * (channels / 2) + 400};
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    for (std::int64_t i = phase == Phase::kP ? 0 : 10; i < channels; ++i) {
      detection.arrivals.push_back(
          {100 + 4 * i,
           phase,
           detection.from + milliseconds{20 * (i / 2)} + Duration{i * 1'234'567},
           static_cast<double>(30'000 + 100 * (i % 3)) * 1e-6,
           static_cast<float>(50'000 + i % 1000) / 65535.0F,
           phase == Phase::kP});
    }
  }
  detection.picks = {
      {120, 100, 160, 10, Phase::kP, detection.from + milliseconds{55}, 0.0125, 0.75}};
  detection.model_id = "das-1";
  detection.model_hash = std::string(64, 'a');
  return detection;
}

inline FibreGeometryChange make_geometry(Duration after_start,
                                         const std::string& fibre_id = "XX.FORGE") {
  FibreGeometryChange change;
  change.from = kStart + after_start;
  change.geometry.fibre_id = fibre_id;
  change.geometry.rate = *SampleRate::make(1000, 3);
  change.geometry.channels = 2000;
  change.geometry.first_channel = 100;
  change.geometry.channel_stride = 4;
  change.geometry.channel_spacing_m = 2.5;
  change.geometry.unit = DasUnit::kStrainRate;
  change.geometry.scale = 1.5e-9;
  change.geometry.type = DasSampleType::kInt32;
  change.geometry.order = DasOrder::kChannelMajor;
  return change;
}

/// Of the stretch of `scored_s + masked_s` from `from`, inside one hour.
inline FibreCompleteness make_fibre_completeness(Time from,
                                                 double scored_s,
                                                 double masked_s,
                                                 std::int64_t channels,
                                                 const std::string& fibre_id = "XX.FORGE") {
  return {fibre_id,
          std::chrono::floor<std::chrono::hours>(from),
          scored_s,
          masked_s,
          channels,
          from,
          from + duration_from_seconds(scored_s + masked_s)};
}

/// Batches of rows of fibres, each through a store of its own.
class FibreStorageTest : public StorageTest {
 protected:
  Committed commit(const Batch& batch) {
    Store store = open_store();
    const Result<Committed> committed = store.commit(batch);
    EXPECT_TRUE(committed) << committed.error().what;
    EXPECT_TRUE(store.close("test", "{}"));
    return committed ? *committed : Committed{};
  }
  Committed commit(std::vector<FibreDetection> detections) {
    Batch batch;
    batch.detections = std::move(detections);
    return commit(batch);
  }
  std::vector<ContinuityRow> read_gaps(const ContinuityQuery& query = {}) {
    Reader reader = open_reader();
    std::vector<ContinuityRow> rows;
    EXPECT_TRUE(reader.continuity(query, [&](std::span<const ContinuityRow> page) {
      rows.insert(rows.end(), page.begin(), page.end());
      return true;
    }));
    return rows;
  }
  std::vector<CompletenessRow> read_completeness(const CompletenessQuery& query = {}) {
    Reader reader = open_reader();
    std::vector<CompletenessRow> rows;
    EXPECT_TRUE(reader.completeness(query, [&](std::span<const CompletenessRow> page) {
      rows.insert(rows.end(), page.begin(), page.end());
      return true;
    }));
    return rows;
  }
};

}  // namespace geod::storage
